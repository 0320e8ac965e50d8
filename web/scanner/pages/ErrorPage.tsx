import { Problem } from '@tessera/api-client'
import { Button, buttonClass, EmptyState, Spinner, useTranslation } from '@tessera/ui'
import { CloudOff, TriangleAlert } from 'lucide-react'
import { Link, useRevalidator, useRouteError } from 'react-router'
import { addresses } from '../addresses.ts'

/** Shown while the first answer is on its way. */
export function Waiting() {
  const { t } = useTranslation()
  return (
    <main className="flex min-h-dvh items-center justify-center">
      <h1 className="sr-only">{t('door.title')}</h1>
      <p role="status">
        <Spinner className="size-10 border-3" />
        <span className="sr-only">{t('ui.loading')}</span>
      </p>
    </main>
  )
}

/** Why a page of the door cannot be shown, and the way on. */
export function ErrorPage() {
  const { t } = useTranslation()
  const { revalidate, state } = useRevalidator()
  const error = useRouteError()
  const problem = error instanceof Problem ? error : null
  const missing = !error || problem?.status === 404 || problem?.status === 403
  const text = problem?.offline ? 'door.error.offline' : missing ? 'door.error.notFound' : 'door.error.other'
  return (
    <main className="px-5 py-16">
      <EmptyState
        level={1}
        tone="warning"
        icon={problem?.offline ? CloudOff : TriangleAlert}
        title={t('door.error.title')}
        actions={
          missing ? (
            <Link to={addresses.choose} className={buttonClass()}>
              {t('scan.back')}
            </Link>
          ) : (
            <Button busy={state === 'loading'} onClick={() => void revalidate()}>
              {t('door.retry')}
            </Button>
          )
        }
      >
        {t(text)}
      </EmptyState>
    </main>
  )
}
