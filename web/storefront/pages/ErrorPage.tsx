import { Problem } from '@tessera/api-client'
import { Button, buttonClass, EmptyState, useTranslation } from '@tessera/ui'
import { CloudOff, Compass, TriangleAlert, Users, type LucideIcon } from 'lucide-react'
import { Link, useRevalidator, useRouteError } from 'react-router'
import { addresses } from '../addresses.ts'
import { Shell } from './Shell.tsx'

type Kind = 'notFound' | 'offline' | 'busy' | 'other'

const icons: Record<Kind, LucideIcon> = {
  notFound: Compass,
  offline: CloudOff,
  busy: Users,
  other: TriangleAlert,
}

/** What is shown when a page cannot be: why, and the way on. */
export function ErrorPage() {
  const { t } = useTranslation()
  const { revalidate, state } = useRevalidator()
  const error = useRouteError()
  const kind = kindOf(error)
  const requestId = error instanceof Problem ? error.requestId : undefined
  return (
    <Shell title={t(`error.${kind}.title`)}>
      <div className="px-5 py-10">
        <EmptyState
          level={1}
          icon={icons[kind]}
          title={t(`error.${kind}.title`)}
          actions={
            kind === 'notFound' ? (
              <Link to={addresses.home} className={buttonClass('primary')}>
                {t('nav.home')}
              </Link>
            ) : (
              <Button busy={state === 'loading'} onClick={() => void revalidate()}>
                {t('error.retry')}
              </Button>
            )
          }
        >
          <p>{t(`error.${kind}.text`)}</p>
          {requestId && kind === 'other' && (
            <p className="mt-2 text-sm">{t('ui.reference', { id: requestId })}</p>
          )}
        </EmptyState>
      </div>
    </Shell>
  )
}

function kindOf(error: unknown): Kind {
  if (error === undefined || error === null) return 'notFound'
  // A script that cannot be loaded is the network, too: the page was open while the connection went.
  if (error instanceof TypeError && /import|fetch|module/i.test(error.message)) return 'offline'
  if (!(error instanceof Problem)) return 'other'
  if (error.offline) return 'offline'
  if (error.status === 404) return 'notFound'
  return error.status === 503 || error.status === 429 ? 'busy' : 'other'
}
