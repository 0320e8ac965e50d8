import './styles.css'
import { accentVariables, readerLocale, startI18n, uiEnglish } from '@tessera/ui'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { RouterProvider } from 'react-router/dom'
import { firstAccent } from './first-data.ts'
import { takeOrderToken } from './order-token.ts'
import { makeRouter } from './routes.tsx'
import { english } from './strings/en.ts'

// Not awaited at the top of the module: the German words import from this very file, and would wait for it.
void start()

async function start(): Promise<void> {
  const accent = accentVariables(firstAccent() ?? '')
  for (const [name, value] of Object.entries(accent ?? {})) {
    document.documentElement.style.setProperty(name, value)
  }

  const locale = readerLocale()
  await startI18n(
    {
      en: () => ({ ...uiEnglish, ...english }),
      de: async () => (await import('./strings/de.ts')).german,
    },
    locale,
  )

  // Before the router sees the address, and again when a link from an e-mail is opened in a page that is open.
  takeOrderToken()
  const router = makeRouter(locale)
  window.addEventListener('hashchange', () => {
    if (takeOrderToken()) void router.revalidate()
  })

  const root = document.getElementById('root')
  if (!root) throw new Error('The page has no #root')
  createRoot(root).render(
    <StrictMode>
      <RouterProvider router={router} />
    </StrictMode>,
  )
}
