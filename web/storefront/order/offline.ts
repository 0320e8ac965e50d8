const CACHE = 'tessera-orders'

/** An order address without an order: the page as the server gives it before any data. */
const SHELL = '/orders/offline'

/**
 * Keeps what the order pages are made of on this device, so that a ticket opens at a door without a network.
 * The order itself is kept by `storage.ts`. Where the browser offers none of this, nothing happens.
 */
export async function keepForOffline(): Promise<void> {
  if (!('serviceWorker' in navigator) || !('caches' in window)) return
  try {
    await navigator.serviceWorker.register('/service-worker.js')
    // The page for a single ticket is loaded now, while there is a network.
    await Promise.all([import('../pages/TicketPage.tsx'), import('../pages/OrderPage.tsx')])
    const loaded = performance
      .getEntriesByType('resource')
      .map((entry) => new URL(entry.name))
      .filter(
        (address) => address.origin === window.location.origin && address.pathname.startsWith('/assets/'),
      )
      .map((address) => address.pathname)
    const wanted = new Set([SHELL, ...loaded])
    const cache = await caches.open(CACHE)
    const kept = (await cache.keys()).map((request) => new URL(request.url).pathname)
    // The shell is fetched anew, since it names the scripts of the present version.
    const missing = [...wanted].filter((path) => path === SHELL || !kept.includes(path))
    await cache.addAll(missing)
    await Promise.all(kept.filter((path) => !wanted.has(path)).map((path) => cache.delete(path)))
  } catch {
    // No space, no permission, no network: the ticket still opens with one.
  }
}
