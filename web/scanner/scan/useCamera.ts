import { useEffect, useState, type RefObject } from 'react'
import { makeDecoder, type Decoder } from './decoder.ts'

export type CameraState = 'starting' | 'running' | 'denied' | 'missing' | 'insecure' | 'failed'

/** Between two looks at the picture: often enough to feel instant, seldom enough to spare the battery. */
const LOOK_MS = 110

type Torch = { on: boolean; toggle: () => void } | null

/** Shows the camera in `video` and hands every code it sees to `onCode`, until it is unmounted. */
export function useCamera(video: RefObject<HTMLVideoElement | null>, onCode: (code: string) => void) {
  const [state, setState] = useState<CameraState>('starting')
  const [attempt, setAttempt] = useState(0)
  const [track, setTrack] = useState<MediaStreamTrack | null>(null)

  useEffect(() => {
    let stopped = false
    let stream: MediaStream | null = null
    let timer: ReturnType<typeof setTimeout> | undefined
    const look = async (decode: Decoder) => {
      if (stopped) return
      const element = video.current
      if (
        element &&
        element.readyState >= element.HAVE_CURRENT_DATA &&
        document.visibilityState === 'visible'
      ) {
        // A picture that cannot be read is one of thousands; the next comes in a moment.
        const code = await decode(element).catch(() => null)
        if (code && !stopped) onCode(code)
      }
      timer = setTimeout(() => void look(decode), LOOK_MS)
    }
    const start = async () => {
      setState('starting')
      try {
        stream = await openCamera()
        if (stopped) return stop(stream)
        if (video.current) {
          video.current.srcObject = stream
          await video.current.play()
        }
        setTrack(stream.getVideoTracks()[0] ?? null)
        const decode = await makeDecoder()
        setState('running')
        await look(decode)
      } catch (thrown) {
        if (!stopped) setState(stateOf(thrown))
      }
    }
    void start()
    return () => {
      stopped = true
      clearTimeout(timer)
      if (stream) stop(stream)
      setTrack(null)
    }
  }, [video, onCode, attempt])

  return { state, torch: useTorch(track), again: () => setAttempt((before) => before + 1) }
}

async function openCamera(): Promise<MediaStream> {
  if (!window.isSecureContext || !('mediaDevices' in navigator)) throw new Error('insecure')
  return navigator.mediaDevices.getUserMedia({
    audio: false,
    video: { facingMode: 'environment', width: { ideal: 1280 }, height: { ideal: 960 } },
  })
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop()
}

function stateOf(thrown: unknown): CameraState {
  if (thrown instanceof Error && thrown.message === 'insecure') return 'insecure'
  const name = thrown instanceof DOMException ? thrown.name : ''
  if (name === 'NotAllowedError') return 'denied'
  return name === 'NotFoundError' || name === 'OverconstrainedError' ? 'missing' : 'failed'
}

function useTorch(track: MediaStreamTrack | null): Torch {
  const [on, setOn] = useState(false)
  // Known to telephones, not to the types.
  const capable = (track?.getCapabilities?.() as { torch?: boolean } | undefined)?.torch === true
  if (!track || !capable) return null
  const toggle = () => {
    const next = !on
    track.applyConstraints({ advanced: [{ torch: next } as MediaTrackConstraintSet] }).then(
      () => setOn(next),
      () => undefined,
    )
  }
  return { on, toggle }
}
