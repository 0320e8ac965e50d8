import { CircleAlert, CircleCheck } from 'lucide-react'
import { useEffect, useSyncExternalStore } from 'react'

type Message = { id: number; text: string; tone: 'positive' | 'negative' }

let message: Message | null = null
let lastId = 0
const listeners = new Set<() => void>()

function publish(next: Message | null): void {
  message = next
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Says for a few seconds that something was done, or was not. A newer message takes the older one's place. */
export function showToast(text: string, tone: Message['tone'] = 'positive'): void {
  lastId += 1
  publish({ id: lastId, text, tone })
}

/** The place where toasts appear; once per app. */
export function ToastHost() {
  const current = useSyncExternalStore(subscribe, () => message)
  useEffect(() => {
    if (!current) return undefined
    const timer = setTimeout(() => publish(null), 6000)
    return () => clearTimeout(timer)
  }, [current])
  const Icon = current?.tone === 'negative' ? CircleAlert : CircleCheck
  return (
    <div
      role="status"
      className="pointer-events-none fixed inset-x-0 bottom-0 z-60 flex justify-center p-4 pb-[max(1rem,env(safe-area-inset-bottom))]"
    >
      {current && (
        <div
          key={current.id}
          className="animate-rise pointer-events-auto flex max-w-md items-center gap-3 rounded-md bg-ink px-5 py-3.5 font-medium text-paper"
        >
          <Icon aria-hidden="true" className="size-5 shrink-0" />
          {current.text}
        </div>
      )}
    </div>
  )
}
