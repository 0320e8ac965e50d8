import type { AdmissionCounts } from '@tessera/api-client'
import { Button, Dialog, Field, formText, useTranslation } from '@tessera/ui'
import type { FormEvent } from 'react'

type OpenProps = { open: boolean; onOpenChange: (open: boolean) => void }

/** Asks for the gate's name. */
export function GateDialog({
  gate,
  onSave,
  ...open
}: OpenProps & { gate: string; onSave: (gate: string) => void }) {
  const { t } = useTranslation()
  const save = (submit: FormEvent<HTMLFormElement>) => {
    submit.preventDefault()
    onSave(formText(submit.currentTarget, 'gate'))
    open.onOpenChange(false)
  }
  return (
    <Dialog {...open} title={t('scan.gate.title')} description={t('scan.gate.text')}>
      <form onSubmit={save} className="mt-3 space-y-5">
        <Field
          name="gate"
          label={t('scan.gate.label')}
          defaultValue={gate}
          maxLength={60}
          autoComplete="off"
        />
        <Button type="submit" size="lg" wide>
          {t('scan.gate.save')}
        </Button>
      </form>
    </Dialog>
  )
}

/** Takes a code from the keyboard. */
export function ManualDialog({ onCode, ...open }: OpenProps & { onCode: (code: string) => void }) {
  const { t } = useTranslation()
  const check = (submit: FormEvent<HTMLFormElement>) => {
    submit.preventDefault()
    const code = formText(submit.currentTarget, 'code')
    if (code === '') return
    onCode(code)
    open.onOpenChange(false)
  }
  return (
    <Dialog {...open} title={t('scan.manual.title')} description={t('scan.manual.text')}>
      <form onSubmit={check} className="mt-3 space-y-5">
        <Field
          name="code"
          label={t('scan.manual.label')}
          autoComplete="off"
          autoCapitalize="characters"
          autoCorrect="off"
          spellCheck={false}
          className="font-mono"
          required
        />
        <Button type="submit" size="lg" wide>
          {t('scan.manual.check')}
        </Button>
      </form>
    </Dialog>
  )
}

type Row = { key: string; name: string; admitted: number; expected?: number }

/** Who is in: by ticket and by gate. */
export function CountsDialog({
  counts,
  stale,
  ...open
}: OpenProps & { counts: AdmissionCounts; stale: boolean }) {
  const { t } = useTranslation()
  const gates = counts.byGate.map(({ gate, admitted }) => ({
    key: gate ?? '',
    name: gate ?? t('scan.counts.noGate'),
    admitted,
  }))
  const types = counts.byTicketType.map((type) => ({
    ...type,
    key: type.ticketTypeId,
    name: type.ticketTypeName,
  }))
  const { admitted, expected } = counts
  return (
    <Dialog {...open} title={t('scan.counts.title')} description={t('scan.counts', { admitted, expected })}>
      {stale && <p className="mt-2 font-medium text-warning">{t('scan.counts.old')}</p>}
      <CountList title={t('scan.counts.types')} rows={types} />
      <CountList title={t('scan.counts.gates')} rows={gates} />
    </Dialog>
  )
}

function CountList({ title, rows }: { title: string; rows: Row[] }) {
  if (rows.length === 0) return null
  return (
    <section className="mt-5">
      <h3 className="text-sm font-semibold text-muted">{title}</h3>
      <ul className="mt-1 divide-y divide-line">
        {rows.map((row) => (
          <li key={row.key} className="py-2.5">
            <p className="flex items-baseline justify-between gap-4">
              <span>{row.name}</span>
              <span className="tabular font-semibold">
                {row.admitted}
                {row.expected !== undefined && (
                  <span className="font-normal text-muted"> / {row.expected}</span>
                )}
              </span>
            </p>
            {row.expected !== undefined && row.expected > 0 && <Bar share={row.admitted / row.expected} />}
          </li>
        ))}
      </ul>
    </section>
  )
}

function Bar({ share }: { share: number }) {
  return (
    <div aria-hidden="true" className="mt-1.5 h-1.5 overflow-hidden rounded-full bg-ink/10">
      <div className="h-full rounded-full bg-positive" style={{ width: `${Math.min(100, share * 100)}%` }} />
    </div>
  )
}
