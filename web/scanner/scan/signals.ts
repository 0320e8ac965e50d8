import type { Signal } from './verdict.ts'

let context: AudioContext | null = null

/** Makes sound possible; browsers ask for a press first, so it is called from one. */
export function unlockSound(): void {
  context ??= new AudioContext()
  if (context.state === 'suspended') context.resume().catch(() => undefined)
}

type Tone = { at: number; hertz: number; seconds: number; shape: OscillatorType }

// Told apart with closed eyes: two rising bells, one low buzz, three even knocks.
const tones: Record<Signal, Tone[]> = {
  yes: [
    { at: 0, hertz: 880, seconds: 0.09, shape: 'sine' },
    { at: 0.1, hertz: 1320, seconds: 0.16, shape: 'sine' },
  ],
  no: [{ at: 0, hertz: 150, seconds: 0.55, shape: 'sawtooth' }],
  unsure: [
    { at: 0, hertz: 440, seconds: 0.08, shape: 'square' },
    { at: 0.16, hertz: 440, seconds: 0.08, shape: 'square' },
    { at: 0.32, hertz: 440, seconds: 0.08, shape: 'square' },
  ],
}

const shakes: Record<Signal, number[]> = { yes: [70], no: [220, 90, 220], unsure: [60, 60, 60, 60, 60] }

/** Plays a verdict's sound, if sound is on, and shakes the telephone, if it can. */
export function signal(kind: Signal, sound: boolean): void {
  // Absent in some browsers, whatever the types say.
  navigator.vibrate?.(shakes[kind])
  if (!sound || !context) return
  for (const tone of tones[kind]) play(context, tone)
}

function play(audio: AudioContext, { at, hertz, seconds, shape }: Tone): void {
  const start = audio.currentTime + at
  const oscillator = audio.createOscillator()
  const volume = audio.createGain()
  oscillator.type = shape
  oscillator.frequency.value = hertz
  // A short rise and fall, without which every tone begins and ends with a click.
  volume.gain.setValueAtTime(0, start)
  volume.gain.linearRampToValueAtTime(0.32, start + 0.012)
  volume.gain.setValueAtTime(0.32, start + seconds - 0.03)
  volume.gain.linearRampToValueAtTime(0, start + seconds)
  oscillator.connect(volume).connect(audio.destination)
  oscillator.start(start)
  oscillator.stop(start + seconds)
}
