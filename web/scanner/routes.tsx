import { createBrowserRouter } from 'react-router'
import { loadChoice, loadScan } from './loaders.ts'
import { ChoosePage } from './pages/ChoosePage.tsx'
import { ErrorPage, Waiting } from './pages/ErrorPage.tsx'
import { ScanPage } from './pages/ScanPage.tsx'
import { SignInPage } from './pages/SignInPage.tsx'

/** The door's routes: one script, since everything is needed within a minute of opening it. */
export function makeRouter() {
  return createBrowserRouter(
    [
      {
        ErrorBoundary: ErrorPage,
        HydrateFallback: Waiting,
        children: [
          { index: true, loader: loadChoice, Component: ChoosePage },
          { path: 'sign-in', Component: SignInPage },
          { path: ':orgId/:eventId', loader: loadScan, Component: ScanPage },
          { path: '*', Component: ErrorPage },
        ],
      },
    ],
    { basename: '/door' },
  )
}
