import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { compressed, forProduction } from '../ui/vite-plugins.ts'

export default defineConfig({
  // Named, so that the build is the same from whichever folder it is started.
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: '/door/',
  plugins: [forProduction(), react(), tailwindcss(), compressed()],
  build: {
    outDir: 'dist',
    assetsDir: 'assets',
    emptyOutDir: true,
    // Inlined files would need exceptions in the content security policy.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    modulePreload: { polyfill: false },
  },
})
