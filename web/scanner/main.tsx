import './styles.css'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { readerLocale, startI18n, uiEnglish } from '@tessera/ui'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { RouterProvider } from 'react-router/dom'
import { makeRouter } from './routes.tsx'
import { doorEnglish } from './strings/en.ts'

await startI18n(
  {
    en: () => ({ ...uiEnglish, ...doorEnglish }),
    de: async () => {
      const [{ uiGerman }, { doorGerman }] = await Promise.all([
        import('@tessera/ui'),
        import('./strings/de.ts'),
      ])
      return { ...uiGerman, ...doorGerman }
    },
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
