import './styles.css'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { readerLocale, startI18n, uiEnglish, uiGerman } from '@tessera/ui'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { RouterProvider } from 'react-router/dom'
import { makeRouter } from './routes.tsx'
import { doorEnglish } from './strings/en.ts'

// Not awaited at the top of the module: words that import from this very file would wait for it for ever.
void start()

async function start(): Promise<void> {
  await startI18n(
    {
      en: () => ({ ...uiEnglish, ...doorEnglish }),
      de: async () => ({ ...uiGerman, ...(await import('./strings/de.ts')).doorGerman }),
    },
    readerLocale(),
  )

  const queries = new QueryClient()
  const root = document.getElementById('root')
  if (!root) throw new Error('The page has no #root')
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <RouterProvider router={makeRouter()} />
      </QueryClientProvider>
    </StrictMode>,
  )
}
