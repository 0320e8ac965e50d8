import { useEffect, useRef, useState } from 'react'
import { makeDecoder, type Decoder } from './decoder.ts'

export type CameraState = 'starting' | 'running' | 'denied' | 'missing' | 'insecure' | 'failed'

/** Between two looks at the picture: often enough to feel instant, seldom enough to spare the battery. */
const LOOK_MS = 110

type Torch = { on: boolean; toggle: () => void } | null

/** Shows the camera in the element of `video` and hands every code it sees to `onCode`, until it is unmounted. */
export function useCamera(onCode: (code: string) => void) {
  const video = useRef<HTMLVideoElement>(null)
  const [state, setState] = useState<CameraState>('starting')
  const [track, setTrack] = useState<MediaStreamTrack | null>(null)
  useEffect(() => {
    const element = video.current
    return element ? run(element, { onCode, onState: setState, onTrack: setTrack }) : undefined
  }, [onCode])
  return { video, state, torch: useTorch(track) }
}

type Listeners = {
  onCode: (code: string) => void
  onState: (state: CameraState) => void
  onTrack: (track: MediaStreamTrack | null) => void
}

/** Runs the camera until the returned function is called. */
function run(video: HTMLVideoElement, { onCode, onState, onTrack }: Listeners): () => void {
  let stopped = false
  let stream: MediaStream | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  const look = async (decode: Decoder) => {
    if (stopped) return
    if (video.readyState >= video.HAVE_CURRENT_DATA && document.visibilityState === 'visible') {
      // A picture that cannot be read is one of thousands; the next comes in a moment.
      const code = await decode(video).catch(() => null)
      if (code && !stopped) onCode(code)
    }
    timer = setTimeout(() => void look(decode), LOOK_MS)
  }
  const start = async () => {
    try {
      stream = await openCamera()
      if (stopped) return stop(stream)
      video.srcObject = stream
      await video.play()
      onTrack(stream.getVideoTracks()[0] ?? null)
      const decode = await makeDecoder()
      onState('running')
      await look(decode)
    } catch (thrown) {
      if (!stopped) onState(stateOf(thrown))
    }
  }
  void start()
  return () => {
    stopped = true
    clearTimeout(timer)
    if (stream) stop(stream)
  }
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
  const turn = async () => {
    // Refused by some devices that promise it; the light then stays as it was.
    const done = await track.applyConstraints({ advanced: [{ torch: !on } as MediaTrackConstraintSet] }).then(
      () => true,
      () => false,
    )
    if (done) setOn(!on)
  }
  const toggle = () => void turn()
  return { on, toggle }
}
