import { shop, type Problem } from '@tessera/api-client'
import { Button, EmptyState, Field, ProblemNotice, useTranslation } from '@tessera/ui'
import { MailCheck } from 'lucide-react'
import { useState, type FormEvent } from 'react'
import { asProblem, problemText } from '../problem-text.ts'
import { Shell } from './Shell.tsx'

/** Sends the links of an address's orders to that address; says the same whether there are any or not. */
export function Component() {
  const { t } = useTranslation()
  const [sentTo, setSentTo] = useState<string | null>(null)
  return (
    <Shell title={t('find.title')}>
      <div className="mx-auto max-w-lg px-5 pt-10 pb-16 sm:pt-20">
        {sentTo === null ? (
          <FindForm onSent={setSentTo} />
        ) : (
          <div role="status">
            <EmptyState
              level={1}
              tone="positive"
              icon={MailCheck}
              title={t('find.sent.title')}
              actions={
                <Button look="secondary" onClick={() => setSentTo(null)}>
                  {t('find.again')}
                </Button>
              }
            >
              <p className="break-words">{t('find.sent.text', { email: sentTo })}</p>
            </EmptyState>
          </div>
        )}
      </div>
    </Shell>
  )
}

function FindForm({ onSent }: { onSent: (email: string) => void }) {
  const { t } = useTranslation()
  const [busy, setBusy] = useState(false)
  const [wrong, setWrong] = useState<string>()
  const [problem, setProblem] = useState<Problem | null>(null)
  const send = async (submit: FormEvent<HTMLFormElement>) => {
    submit.preventDefault()
    const input = submit.currentTarget.elements.namedItem('email') as HTMLInputElement
    const email = input.value.trim()
    setProblem(null)
    if (email === '' || !input.validity.valid) {
      setWrong(t('checkout.email.wrong'))
      input.focus()
      return
    }
    setWrong(undefined)
    setBusy(true)
    try {
      await shop.requestOrderLinks(email)
      onSent(email)
    } catch (thrown) {
      const problem = asProblem(thrown)
      const ofField = problem.fieldError('/email')
      if (ofField) setWrong(ofField)
      else setProblem(problem)
    } finally {
      setBusy(false)
    }
  }
  return (
    <form noValidate onSubmit={(submit) => void (busy ? submit.preventDefault() : send(submit))}>
      <h1 className="text-4xl sm:text-5xl">{t('find.title')}</h1>
      <p className="mt-4 text-lg text-muted">{t('find.lead')}</p>
      <Field
        className="mt-8"
        name="email"
        type="email"
        inputMode="email"
        autoComplete="email"
        autoCapitalize="none"
        spellCheck={false}
        label={t('find.email')}
        error={wrong}
        required
      />
      {problem && (
        <ProblemNotice className="mt-5" title={t('problem.title')} offline={problem.offline}>
          {problemText(problem)}
        </ProblemNotice>
      )}
      <Button type="submit" size="lg" wide busy={busy} className="mt-6">
        {t('find.send')}
      </Button>
    </form>
  )
}
