import { buttonClass, EmptyState, useTranslation } from '@tessera/ui'
import { KeyRound } from 'lucide-react'
import { Link } from 'react-router'
import { addresses } from '../addresses.ts'
import { Shell } from '../pages/Shell.tsx'

/** An order that this device has no key to: says where the key is. */
export function LockedOrder() {
  const { t } = useTranslation()
  return (
    <Shell title={t('order.noToken.title')}>
      <div className="px-5 py-10">
        <EmptyState
          level={1}
          icon={KeyRound}
          title={t('order.noToken.title')}
          actions={
            <Link to={addresses.findOrder} className={buttonClass('primary')}>
              {t('order.noToken.action')}
            </Link>
          }
        >
          {t('order.noToken.text')}
        </EmptyState>
      </div>
    </Shell>
  )
}
