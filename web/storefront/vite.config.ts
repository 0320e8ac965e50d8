import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { compressed, forProduction } from '../ui/vite-plugins.ts'

export default defineConfig({
  // Named, so that the build is the same from whichever folder it is started.
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: '/',
  plugins: [forProduction(), react(), tailwindcss(), compressed()],
  build: {
    outDir: 'dist',
    assetsDir: 'assets',
    emptyOutDir: true,
    // Inlined files would need exceptions in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        // What fans need on arrival goes into two files, of which one changes only with the libraries:
        // dozens of small ones press worse and travel slower.
        codeSplitting: {
          groups: [
            {
              name: 'base',
              test: /node_modules[\\/](react|react-dom|scheduler|react-router|i18next|openapi-fetch)[\\/]/,
            },
            {
              name: 'arrival',
              test: /web[\\/](ui[\\/](?!Dialog|Field)|api-client|storefront[\\/]([^\\/]+\.ts|event[\\/]|strings[\\/]en\.ts|pages[\\/](Root|Shell|ErrorPage|EventPage)))|lucide-react[\\/]dist[\\/]esm[\\/](createLucideIcon|Icon|defaultAttributes|context|shared|icons[\\/](arrow-right|cloud-off|users|ticket)\.)/,
            },
          ],
        },
      },
    },
  },
})
