import { useQuery } from '@tanstack/react-query'
import { door, type AdmissionCounts, type ScanAnswer } from '@tessera/api-client'
import { Button, buttonClass, cx, useTranslation } from '@tessera/ui'
import { ArrowLeft, Eye, Keyboard, MapPin, Users, Volume2, VolumeX, type LucideIcon } from 'lucide-react'
import { useCallback, useState } from 'react'
import { Link, useLoaderData } from 'react-router'
import { addresses } from '../addresses.ts'
import type { ScanPlace } from '../loaders.ts'
import { CameraView } from '../scan/CameraView.tsx'
import { CountsDialog, GateDialog, ManualDialog } from '../scan/dialogs.tsx'
import { unlockSound } from '../scan/signals.ts'
import { useScans } from '../scan/useScans.ts'
import { useWedge } from '../scan/useWedge.ts'
import { VerdictPanel } from '../scan/VerdictPanel.tsx'
import { settings } from '../storage.ts'

/** The door itself: codes in, verdicts out. */
export function ScanPage() {
  const place = useLoaderData<ScanPlace>()
  const [started, setStarted] = useState(false)
  const start = () => {
    unlockSound()
    setStarted(true)
  }
  if (!started) return <Start place={place} onStart={start} />
  return <Scanning key={place.event.id} place={place} />
}

// Sound and vibration are given to a page only after a press, so there is one before the work begins.
function Start({ place, onStart }: { place: ScanPlace; onStart: () => void }) {
  const { t } = useTranslation()
  return (
    <main className="mx-auto flex min-h-dvh max-w-md flex-col justify-end px-5 pt-6 pb-10">
      <Link to={addresses.choose} className="mb-auto inline-flex min-h-11 items-center gap-2 text-muted">
        <ArrowLeft aria-hidden="true" className="size-4" /> {t('scan.back')}
      </Link>
      <h1 className="text-4xl">{place.event.name}</h1>
      <p className="mt-3 text-lg text-muted">{t('scan.start.text')}</p>
      <Button size="lg" wide className="mt-8 min-h-18! text-xl!" onClick={onStart}>
        {t('scan.start')}
      </Button>
    </main>
  )
}

function useCounts({ orgId, event, counts }: ScanPlace) {
  const query = useQuery({
    queryKey: ['counts', orgId, event.id],
    queryFn: () => door.counts(orgId, event.id),
    initialData: counts,
    refetchInterval: 15_000,
    retry: false,
  })
  const [latest, setLatest] = useState<{ counts: ScanAnswer['counts']; over: AdmissionCounts } | null>(null)
  // A scan's own answer is newer than the numbers that were there before it, and older than the next ones.
  const shown = latest && latest.over === query.data ? { ...query.data, ...latest.counts } : query.data
  const accept = (counts: ScanAnswer['counts']) => setLatest({ counts, over: query.data })
  return { counts: shown, stale: query.isError, accept }
}

function Scanning({ place }: { place: ScanPlace }) {
  const { t } = useTranslation()
  const { orgId, event } = place
  const [gate, setGate] = useState(settings.gate)
  const [sound, setSound] = useState(settings.sound)
  const [preview, setPreview] = useState(false)
  const [dialog, setDialog] = useState<'gate' | 'manual' | 'counts' | null>(null)
  const { counts, stale, accept } = useCounts(place)
  const options = { orgId, eventId: event.id, gate, preview, sound, onCounts: accept }
  const { verdict, checking, take, clear } = useScans(options)
  const fromWedge = useCallback((code: string) => take(code), [take])
  useWedge(fromWedge)
  const dialogProps = (name: 'gate' | 'manual' | 'counts') => ({
    open: dialog === name,
    onOpenChange: (open: boolean) => setDialog(open ? name : null),
  })
  return (
    <main className="mx-auto flex h-dvh max-w-2xl flex-col">
      <h1 className="sr-only">{event.name}</h1>
      <div className="flex items-center gap-1 px-2 py-1.5">
        <Link
          to={addresses.choose}
          aria-label={t('scan.back')}
          className={cx(buttonClass('quiet', 'sm'), 'px-3')}
        >
          <ArrowLeft aria-hidden="true" />
        </Link>
        <p className="min-w-0 grow truncate font-semibold">{event.name}</p>
        <Button look="quiet" size="sm" onClick={() => setDialog('counts')} className="tabular shrink-0">
          <Users aria-hidden="true" />
          {t('scan.counts', { admitted: counts.admitted, expected: counts.expected })}
        </Button>
      </div>
      <CameraView onCode={take} />
      <VerdictPanel verdict={verdict} checking={checking} preview={preview} timeZone={event.timeZone} />
      <nav className="grid grid-cols-4 border-t border-line bg-raised pb-[env(safe-area-inset-bottom)]">
        <Tool icon={MapPin} label={gate || t('scan.gate.none')} onPress={() => setDialog('gate')} />
        <Tool
          icon={Eye}
          label={t('scan.preview')}
          pressed={preview}
          onPress={() => {
            setPreview(!preview)
            clear()
          }}
        />
        <Tool
          icon={sound ? Volume2 : VolumeX}
          label={sound ? t('scan.sound.on') : t('scan.sound.off')}
          pressed={sound}
          onPress={() => {
            settings.saveSound(!sound)
            setSound(!sound)
          }}
        />
        <Tool icon={Keyboard} label={t('scan.manual')} onPress={() => setDialog('manual')} />
      </nav>
      <GateDialog
        {...dialogProps('gate')}
        gate={gate}
        onSave={(name) => {
          settings.saveGate(name)
          setGate(name)
        }}
      />
      <ManualDialog {...dialogProps('manual')} onCode={take} />
      <CountsDialog {...dialogProps('counts')} counts={counts} stale={stale} />
    </main>
  )
}

type ToolProps = { icon: LucideIcon; label: string; onPress: () => void; pressed?: boolean }

function Tool({ icon: Icon, label, onPress, pressed }: ToolProps) {
  return (
    <button
      type="button"
      aria-pressed={pressed}
      onClick={onPress}
      className={cx(
        'flex min-h-18 min-w-0 flex-col items-center justify-center gap-1.5 px-1 text-sm font-semibold',
        'focus-visible:outline-offset-[-4px]',
        pressed === true ? 'text-positive' : 'text-ink',
      )}
    >
      <Icon aria-hidden="true" className="size-6" />
      <span className="max-w-full truncate">{label}</span>
    </button>
  )
}
