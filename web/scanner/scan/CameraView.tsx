import { Button, useTranslation } from '@tessera/ui'
import { CameraOff, Flashlight, FlashlightOff } from 'lucide-react'
import { useState } from 'react'
import { useCamera } from './useCamera.ts'

/** The camera's picture with a frame to aim with, or why there is none. */
export function CameraView({ onCode }: { onCode: (code: string) => void }) {
  const [attempt, setAttempt] = useState(0)
  return <Camera key={attempt} onCode={onCode} again={() => setAttempt(attempt + 1)} />
}

function Camera({ onCode, again }: { onCode: (code: string) => void; again: () => void }) {
  const { t } = useTranslation()
  const { video, state, torch } = useCamera(onCode)
  const broken = state !== 'running' && state !== 'starting'
  return (
    <div className="relative h-[36dvh] min-h-48 shrink-0 overflow-hidden bg-black">
      <video
        ref={video}
        muted
        playsInline
        aria-label={t('camera.label')}
        className={`h-full w-full object-cover ${broken ? 'hidden' : ''}`}
      />
      {!broken && (
        <div
          aria-hidden="true"
          className="pointer-events-none absolute top-1/2 left-1/2 aspect-square h-[78%] -translate-x-1/2 -translate-y-1/2 rounded-xl border-4 border-white/80"
        />
      )}
      {state === 'starting' && (
        <p role="status" className="absolute inset-x-0 bottom-4 text-center font-medium text-white">
          {t('camera.starting')}
        </p>
      )}
      {broken && (
        <div
          role="status"
          className="flex h-full flex-col items-center justify-center gap-3 px-8 text-center text-white"
        >
          <CameraOff aria-hidden="true" className="size-9" strokeWidth={1.5} />
          <p className="max-w-sm leading-snug">{t(`camera.${state}`)}</p>
          {state !== 'missing' && state !== 'insecure' && (
            <Button look="secondary" size="sm" onClick={again}>
              {t('camera.again')}
            </Button>
          )}
        </div>
      )}
      {torch && (
        <button
          type="button"
          aria-label={t('scan.torch')}
          aria-pressed={torch.on}
          onClick={torch.toggle}
          className="absolute right-3 bottom-3 inline-flex size-14 items-center justify-center rounded-full bg-black/60 text-white"
        >
          {torch.on ? <FlashlightOff aria-hidden="true" /> : <Flashlight aria-hidden="true" />}
        </button>
      )}
    </div>
  )
}
