import { z } from 'zod'
import { defineEvent } from '#platform/events'

/** Something that must always be true of the books is not. A person has to look; nothing is corrected by itself. */
export const invariantBroken = defineEvent(
  'invariantBroken',
  1,
  z.object({
    invariant: z.enum([
      'balanced',
      'liability-negative',
      'open-too-long',
      'booked-twice',
      'checkpoint-differs',
    ]),
    orgId: z.string(),
    /** `L.payee:organiser`; absent where it is about all accounts of a currency. */
    account: z.string().optional(),
    /** A payment's id, or the source of a posting. */
    about: z.string().optional(),
    currency: z.string().optional(),
    amount: z.number().int().optional(),
    since: z.string().optional(),
  }),
)

export type InvariantBroken = z.infer<typeof invariantBroken.payload>
