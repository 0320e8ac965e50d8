import type { Order, Ticket } from '@tessera/api-client'
import { Badge, Card, useTranslation } from '@tessera/ui'
import { Maximize2 } from 'lucide-react'
import { Link } from 'react-router'
import { addresses } from '../addresses.ts'
import { QrCode } from './QrCode.tsx'

/** A ticket as it is carried: who and what above the perforation, the code below it. */
export function TicketCard({ order, ticket }: { order: Order; ticket: Ticket }) {
  const { t } = useTranslation()
  const usable = ticket.state === 'valid'
  return (
    <Card className="flex flex-col">
      <div className="p-5">
        <div className="flex items-start justify-between gap-3">
          <h3 className="text-lg">{ticket.ticketTypeName}</h3>
          <span className="tabular pt-0.5 text-sm whitespace-nowrap text-muted">
            {t('code.serial', { serial: ticket.serial })}
          </span>
        </div>
        <p className="mt-0.5 text-muted">{ticket.holderName}</p>
        <div className="mt-2 flex flex-wrap gap-2 empty:hidden">
          <TicketBadges ticket={ticket} />
        </div>
      </div>
      <div className="perforation mt-auto" />
      <div className="flex flex-col items-center p-5">
        {usable ? (
          <Link
            to={addresses.ticket(order.id, ticket.id)}
            className="flex w-full flex-col items-center gap-3 rounded-md font-semibold"
          >
            <QrCode
              text={ticket.code}
              label={t('code.alt', { serial: ticket.serial })}
              className="w-full max-w-52 rounded-md border border-line"
            />
            <span className="inline-flex min-h-11 items-center gap-2">
              <Maximize2 aria-hidden="true" className="size-4" /> {t('code.show')}
            </span>
          </Link>
        ) : (
          <p className="py-10 text-lg font-semibold text-muted">
            {ticket.state === 'refunded' ? t('code.refunded') : t('code.void')}
          </p>
        )}
      </div>
    </Card>
  )
}

/** What is special about a ticket: more than one person, used, no longer valid. */
export function TicketBadges({ ticket }: { ticket: Ticket }) {
  const { t } = useTranslation()
  return (
    <>
      {ticket.state === 'refunded' && <Badge tone="negative">{t('code.refunded')}</Badge>}
      {ticket.state === 'void' && <Badge tone="negative">{t('code.void')}</Badge>}
      {ticket.state === 'valid' && ticket.admits > 1 && (
        <Badge>{t('code.admits', { count: ticket.admits })}</Badge>
      )}
      {ticket.state === 'valid' && ticket.admitted >= ticket.admits && (
        <Badge tone="positive">{t('code.used')}</Badge>
      )}
    </>
  )
}
