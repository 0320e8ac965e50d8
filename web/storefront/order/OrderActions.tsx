import { Problem, shop, type Order } from '@tessera/api-client'
import { Button, showToast, useTranslation } from '@tessera/ui'
import { CalendarPlus, FileDown, Mail } from 'lucide-react'
import { useState } from 'react'

/** What a buyer can take along: the PDF, the calendar entry, the e-mail once more. */
export function OrderActions({ order, token }: { order: Order; token: string }) {
  const { t } = useTranslation()
  const [busy, setBusy] = useState<string | null>(null)
  const run = async (name: string, work: () => Promise<void>) => {
    if (busy) return
    setBusy(name)
    try {
      await work()
    } catch (thrown) {
      if (!(thrown instanceof Problem)) throw thrown
      const text =
        thrown.status === 429 && name === 'resend'
          ? t('order.resend.many')
          : thrown.offline
            ? t('problem.network.unreachable')
            : t('order.failed')
      showToast(text, 'negative')
    } finally {
      setBusy(null)
    }
  }
  const pdf = async () => save(await shop.ticketsPdf(order.id, token), `${order.number}.pdf`)
  const calendar = async () => save(await shop.calendarFile(order.id, token), `${order.event.slug}.ics`)
  const resend = async () => {
    await shop.resendTickets(order.id, token)
    showToast(t('order.resent', { email: order.buyer.email }))
  }
  return (
    <div className="grid auto-cols-fr grid-flow-col gap-2.5 sm:flex sm:flex-wrap print:hidden [&>button]:max-sm:flex-col [&>button]:max-sm:gap-1.5 [&>button]:max-sm:px-2 [&>button]:max-sm:py-3 [&>button]:max-sm:text-sm">
      <Button look="secondary" busy={busy === 'pdf'} onClick={() => void run('pdf', pdf)}>
        <FileDown aria-hidden="true" /> {t('order.pdf')}
      </Button>
      <Button look="secondary" busy={busy === 'calendar'} onClick={() => void run('calendar', calendar)}>
        <CalendarPlus aria-hidden="true" /> {t('order.calendar')}
      </Button>
      {order.allowedActions.includes('resend') && (
        <Button look="secondary" busy={busy === 'resend'} onClick={() => void run('resend', resend)}>
          <Mail aria-hidden="true" /> {t('order.resend')}
        </Button>
      )}
    </div>
  )
}

function save(file: Blob, name: string): void {
  const address = URL.createObjectURL(file)
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  // Some browsers read the file only after the click has returned.
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
}
