import { addStrings, languageOf } from '@tessera/ui'
import { createBrowserRouter, type RouteObject } from 'react-router'
import { loadEvent, loadHome, loadOrganiser } from './loaders.ts'
import { ErrorPage } from './pages/ErrorPage.tsx'
import { EventPage } from './pages/EventPage.tsx'
import { PageSkeleton, Root } from './pages/Root.tsx'

/**
 * The storefront's routes. The event page, where most fans arrive, is part of the first script; everything
 * else is loaded when it is needed.
 */
export function makeRouter(locale: string) {
  const later = laterWith(locale)
  return createBrowserRouter([
    {
      Component: Root,
      HydrateFallback: PageSkeleton,
      children: [
        {
          ErrorBoundary: ErrorPage,
          children: [
            {
              index: true,
              loader: loadHome,
              lazy: { Component: async () => (await import('./pages/HomePage.tsx')).HomePage },
            },
            { path: 'find-order', lazy: later(() => import('./pages/FindOrderPage.tsx')) },
            { path: 'orders/:orderId', lazy: later(() => import('./pages/OrderPage.tsx')) },
            { path: 'orders/:orderId/return', lazy: later(() => import('./pages/ReturnPage.tsx')) },
            {
              path: 'orders/:orderId/tickets/:ticketId',
              lazy: later(() => import('./pages/TicketPage.tsx')),
            },
            {
              path: ':organiser',
              loader: loadOrganiser,
              lazy: { Component: async () => (await import('./pages/OrganiserPage.tsx')).OrganiserPage },
            },
            { path: ':organiser/:event', loader: loadEvent, Component: EventPage },
            { path: ':organiser/:event/checkout', lazy: later(() => import('./pages/CheckoutPage.tsx')) },
            { path: '*', Component: ErrorPage },
          ],
        },
      ],
    },
  ])
}

type Page = Pick<RouteObject, 'Component' | 'loader'>

// Loads a page together with the words that it and its like need, once.
function laterWith(locale: string) {
  let words: Promise<void> | undefined
  const loadWords = async () => {
    const more =
      languageOf(locale) === 'de'
        ? (await import('./strings/de-more.ts')).germanMore
        : (await import('./strings/en-more.ts')).englishMore
    addStrings(more)
  }
  return (load: () => Promise<Page>) => async () => {
    // After a failure the next visit tries again, instead of failing for good.
    words ??= loadWords().catch((cause: unknown) => {
      words = undefined
      throw cause
    })
    const [page] = await Promise.all([load(), words])
    return page
  }
}
