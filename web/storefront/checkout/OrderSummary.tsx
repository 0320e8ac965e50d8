import type { Quote } from '@tessera/api-client'
import { Disclosure, Money, useTranslation } from '@tessera/ui'

type Part = Quote['lines'][number]['parts'][number]
type Props = { quote: Pick<Quote, 'lines' | 'total' | 'currency'>; open?: boolean }

/** The lines of a basket or an order, its total, and how the total is made up. */
export function OrderSummary({ quote, open = false }: Props) {
  const { t } = useTranslation()
  const parts = sumParts(quote.lines.flatMap((line) => line.parts))
  return (
    <div>
      <ul className="space-y-2">
        {quote.lines.map((line) => (
          <li key={line.ticketTypeId} className="flex items-baseline justify-between gap-4">
            <span>
              <span className="tabular font-semibold">{line.quantity} ×</span> {line.name}
            </span>
            <Money value={line.total} />
          </li>
        ))}
      </ul>
      <p className="mt-4 flex items-baseline justify-between gap-4 border-t border-line pt-4">
        <span>
          <span className="block font-bold">{t('checkout.total')}</span>
          <span className="block text-sm text-muted">{t('checkout.allIn')}</span>
        </span>
        <Money value={quote.total} className="text-2xl font-bold tracking-tight" />
      </p>
      {quote.total.amount > 0 && (
        <Disclosure open={open} className="mt-1 -mb-2 text-[0.9375rem]" summary={t('checkout.breakdown')}>
          <dl className="pb-3 text-muted">
            {parts.map((part) => (
              <div key={`${part.kind} ${part.label}`} className="flex justify-between gap-4 py-0.5">
                <dt>
                  {part.label}
                  {part.included && ` (${t('checkout.included')})`}
                </dt>
                <dd>
                  <Money value={part.amount} />
                </dd>
              </div>
            ))}
          </dl>
        </Disclosure>
      )}
    </div>
  )
}

/** Adds up the parts that have the same name, in the order ticket, fees, taxes. */
export function sumParts(parts: readonly Part[]): Part[] {
  const sums = new Map<string, Part>()
  for (const part of parts) {
    const key = `${part.kind} ${part.label} ${part.included}`
    const amount = (sums.get(key)?.amount.amount ?? 0) + part.amount.amount
    sums.set(key, { ...part, amount: { ...part.amount, amount } })
  }
  const order = ['face', 'fee', 'tax']
  return [...sums.values()].sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))
}
