// Makes the pages of an order open without a network. The page itself fills the cache (see order/offline.ts);
// this worker only answers from it, for order pages that cannot be reached and for the scripts they need.
const SHELL = '/orders/offline'

self.addEventListener('install', () => self.skipWaiting())
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))

self.addEventListener('fetch', (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (origin !== self.location.origin || request.method !== 'GET') return
  if (request.mode === 'navigate' && pathname.startsWith('/orders/')) {
    event.respondWith(fetch(request).catch(() => fromCache(SHELL)))
  } else if (pathname.startsWith('/assets/')) {
    // Their names change with their content, so what is cached is what the network would say.
    event.respondWith(caches.match(request).then((known) => known ?? fetch(request)))
  }
})

async function fromCache(address) {
  return (await caches.match(address)) ?? Response.error()
}
