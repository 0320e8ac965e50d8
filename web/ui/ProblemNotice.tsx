import { CloudOff } from 'lucide-react'
import type { ReactNode } from 'react'
import { Alert } from './surfaces.tsx'
import { useTranslation } from './i18n.ts'

type Props = {
  /** What happened, in the reader's words. */
  title: string
  /** What was kept and what can be done. */
  children?: ReactNode
  actions?: ReactNode
  /** The server's name for the request, for whoever is asked for help. */
  requestId?: string | undefined
  offline?: boolean
  className?: string
}

/** A refusal or a failure: what happened, what was kept, what to do. Speaks when it appears. */
export function ProblemNotice({ title, children, actions, requestId, offline, className }: Props) {
  const { t } = useTranslation()
  return (
    <Alert
      urgent
      tone={offline ? 'warning' : 'negative'}
      {...(offline ? { icon: CloudOff } : {})}
      title={title}
      actions={actions}
      {...(className ? { className } : {})}
    >
      {children}
      {requestId && <p className="mt-1 text-sm text-muted">{t('ui.reference', { id: requestId })}</p>}
    </Alert>
  )
}
