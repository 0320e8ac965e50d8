import { LoadingRegion, Skeleton, ToastHost, useTranslation } from '@tessera/ui'
import { useEffect, useRef } from 'react'
import { Outlet, ScrollRestoration, useLocation, useNavigation } from 'react-router'

/** What surrounds every page: the skip link, the progress line, the toasts. */
export function Root() {
  const { t } = useTranslation()
  useFocusOnNewPage()
  return (
    <>
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:fixed focus:top-3 focus:left-3 focus:z-60 focus:rounded-md focus:bg-ink focus:px-4 focus:py-3 focus:text-paper"
      >
        {t('nav.skip')}
      </a>
      <Progress />
      <Outlet />
      <ScrollRestoration />
      <ToastHost />
    </>
  )
}

// Those who hear the screen are taken to the new page's beginning, as a full page load would do.
function useFocusOnNewPage(): void {
  const { pathname } = useLocation()
  const before = useRef(pathname)
  useEffect(() => {
    if (before.current === pathname) return
    before.current = pathname
    document.getElementById('main')?.focus({ preventScroll: true })
  }, [pathname])
}

function Progress() {
  const { t } = useTranslation()
  const { state } = useNavigation()
  if (state === 'idle') return null
  return (
    <div
      role="status"
      aria-label={t('nav.loading')}
      className="fixed inset-x-0 top-0 z-60 h-0.5 bg-accent-soft"
    >
      <div className="h-full w-full origin-left animate-breathe bg-accent" />
    </div>
  )
}

/** Shown while the first page's data is on its way. */
export function PageSkeleton() {
  return (
    <LoadingRegion className="mx-auto max-w-6xl px-5 py-6 sm:px-8">
      <Skeleton className="h-9 w-40" />
      <Skeleton className="mt-8 aspect-[16/9] w-full rounded-lg lg:max-w-2xl" />
      <Skeleton className="mt-7 h-10 w-3/4 max-w-lg" />
      <Skeleton className="mt-4 h-5 w-1/2 max-w-sm" />
      <Skeleton className="mt-3 h-5 w-2/5 max-w-xs" />
    </LoadingRegion>
  )
}
