import type { EventPage } from '@tessera/api-client'
import { Checkbox, Disclosure, Field, useLocale, useTranslation, wordsFor } from '@tessera/ui'
import { refundRule } from '../event/refund-rule.ts'
import { drafts } from '../storage.ts'
import type { BuyerFormState } from './buyer-form.ts'

type Props = { form: BuyerFormState; event: EventPage; free: boolean }

/** Who buys, and what they agree to. */
export function BuyerFields({ form, event, free }: Props) {
  const { t } = useTranslation()
  const { errors } = form.formState
  const remember = () => {
    const { name, email } = form.getValues()
    drafts.save({ name, email })
  }
  return (
    <>
      <section>
        <h2 className="text-xl">{t('checkout.you')}</h2>
        <div className="mt-5 space-y-5">
          <Field
            {...form.register('name', { onChange: remember })}
            label={t('checkout.name')}
            hint={t('checkout.name.hint')}
            error={shown(errors.name?.message)}
            autoComplete="name"
            maxLength={200}
            required
          />
          <Field
            {...form.register('email', { onChange: remember })}
            label={t('checkout.email')}
            hint={t('checkout.email.hint')}
            error={shown(errors.email?.message)}
            type="email"
            inputMode="email"
            autoComplete="email"
            autoCapitalize="none"
            spellCheck={false}
            maxLength={254}
            required
          />
        </div>
      </section>
      <section className="mt-10">
        <h2 className="text-xl">{t('checkout.agree')}</h2>
        <div className="mt-3 divide-y divide-line">
          {free ? <FreeAgreement form={form} event={event} /> : <Agreements form={form} event={event} />}
        </div>
      </section>
    </>
  )
}

function Agreements({ form, event }: Omit<Props, 'free'>) {
  const { t } = useTranslation()
  const locale = useLocale()
  const { errors } = form.formState
  return (
    <>
      <Agreement
        field={form.register('terms')}
        label={t('checkout.terms', { organiser: event.organiser.name })}
        read={t('checkout.terms.read')}
        text={event.terms.text}
        error={shown(errors.terms?.message)}
      />
      <Agreement
        field={form.register('refund')}
        label={t('checkout.refund', {
          rule: refundRule(t, event.refundPolicy, event.timeZone, locale, 'inline'),
        })}
        read={t('checkout.refund.read')}
        text={event.refundPolicy.text}
        error={shown(errors.refund?.message)}
      />
    </>
  )
}

// The order records which version of both texts was accepted, so both can be read; a promise of money back would
// only puzzle somebody who pays nothing.
function FreeAgreement({ form, event }: Omit<Props, 'free'>) {
  const { t } = useTranslation()
  return (
    <Agreement
      field={form.register('terms')}
      label={t('checkout.terms.free', { organiser: event.organiser.name })}
      read={t('checkout.terms.free.read')}
      text={`${event.terms.text}\n\n${event.refundPolicy.text}`}
      error={shown(form.formState.errors.terms?.message)}
    />
  )
}

type AgreementProps = {
  field: ReturnType<BuyerFormState['register']>
  label: string
  read: string
  text: string
  error: string | undefined
}

function Agreement({ field, label, read, text, error }: AgreementProps) {
  return (
    <div className="py-3">
      <Checkbox {...field} label={label} error={error} required />
      <Disclosure
        className="ml-9 text-[0.9375rem] [&>summary]:justify-start [&>summary]:font-medium [&>summary]:text-muted"
        summary={read}
      >
        <p className="rounded-md bg-sunken p-4 leading-relaxed whitespace-pre-line">{text}</p>
      </Disclosure>
    </div>
  )
}

// Our own messages are names of strings; the server's are sentences already.
function shown(message: string | undefined): string | undefined {
  return message === undefined ? undefined : (wordsFor(message) ?? message)
}
