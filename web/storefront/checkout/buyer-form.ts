import { zodResolver } from '@hookform/resolvers/zod'
import type { Problem } from '@tessera/api-client'
import { useForm, type UseFormReturn } from 'react-hook-form'
import { z } from 'zod/mini'
import { drafts } from '../storage.ts'

// The messages are names of strings, so that they are spoken in the reader's language when they are shown.
const schema = z.object({
  name: z
    .string()
    .check(z.trim(), z.minLength(1, 'checkout.name.missing'), z.maxLength(200, 'checkout.name.long')),
  email: z.string().check(z.trim(), z.email('checkout.email.wrong')),
  terms: z.boolean().check(z.refine((ticked) => ticked, 'checkout.accept.missing')),
  refund: z.boolean().check(z.refine((ticked) => ticked, 'checkout.accept.missing')),
})

// Nothing is paid, so nothing can be paid back: one box covers the terms and the rules for returning tickets.
const freeSchema = z.extend(schema, { refund: z.boolean() })
const [paidResolver, freeResolver] = [zodResolver(schema), zodResolver(freeSchema)]

export type BuyerValues = z.infer<typeof schema>
export type BuyerFormState = UseFormReturn<BuyerValues>

/** The checkout form's state, with what was typed before a reload. */
export function useBuyerForm(free: boolean): BuyerFormState {
  return useForm<BuyerValues>({
    resolver: free ? freeResolver : paidResolver,
    defaultValues: { ...drafts.load(), terms: false, refund: false },
    // Not when a field is left: the message would push the button away from under the finger that presses it.
    mode: 'onSubmit',
  })
}

const fields: Record<string, keyof BuyerValues> = {
  '/buyer/name': 'name',
  '/buyer/email': 'email',
  '/accept/termsVersion': 'terms',
  '/accept/refundPolicyVersion': 'refund',
}

/** Puts the server's messages at the fields they are about; false when it named none of ours. */
export function showFieldErrors(form: BuyerFormState, problem: Problem): boolean {
  const known = problem.errors.flatMap((error) => {
    const field = fields[error.field]
    return field ? [{ field, message: error.message }] : []
  })
  known.forEach(({ field, message }, index) =>
    form.setError(field, { message }, { shouldFocus: index === 0 }),
  )
  return known.length > 0
}
