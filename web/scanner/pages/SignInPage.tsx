import { door, Problem } from '@tessera/api-client'
import { Button, Field, formText, ProblemNotice, TesseraMark, useTranslation } from '@tessera/ui'
import { useState, type FormEvent } from 'react'
import { useNavigate } from 'react-router'
import { addresses } from '../addresses.ts'

/** Door staff sign in with e-mail and password. */
export function SignInPage() {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  const signIn = async (submit: FormEvent<HTMLFormElement>) => {
    submit.preventDefault()
    if (busy) return
    const email = formText(submit.currentTarget, 'email')
    // Spaces at the ends belong to a password.
    const password = new FormData(submit.currentTarget).get('password')
    setBusy(true)
    setProblem(null)
    try {
      await door.signIn(email, typeof password === 'string' ? password : '')
      await navigate(addresses.choose, { replace: true })
    } catch (thrown) {
      if (!(thrown instanceof Problem)) throw thrown
      setProblem(thrown)
    } finally {
      setBusy(false)
    }
  }
  return (
    <main className="mx-auto flex min-h-dvh max-w-sm flex-col justify-center px-5 py-10">
      <TesseraMark className="size-9 text-accent-text" />
      <h1 className="mt-6 text-3xl">{t('door.signIn.title')}</h1>
      <p className="mt-2 text-muted">{t('door.signIn.text')}</p>
      <form className="mt-8 space-y-5" onSubmit={(submit) => void signIn(submit)}>
        <Field
          name="email"
          type="email"
          inputMode="email"
          autoComplete="username"
          autoCapitalize="none"
          label={t('door.signIn.email')}
          required
        />
        <Field
          name="password"
          type="password"
          autoComplete="current-password"
          label={t('door.signIn.password')}
          required
        />
        {problem && <ProblemNotice title={t(reasonOf(problem))} offline={problem.offline} />}
        <Button type="submit" size="lg" wide busy={busy}>
          {t('door.signIn.submit')}
        </Button>
      </form>
    </main>
  )
}

function reasonOf(problem: Problem) {
  if (problem.offline) return 'door.error.offline'
  if (problem.status === 429) return 'door.signIn.many'
  return problem.status < 500 ? 'door.signIn.refused' : 'door.error.other'
}
