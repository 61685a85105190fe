import { readdirSync } from 'node:fs'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const pageScripts = readdirSync(new URL('src/pages', import.meta.url)).filter((name) =>
  /^[a-z-]+\.ts$/.test(name),
)

/** One build: the console, one script per page that needs one, and the one stylesheet of all pages. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  // The server puts a fresh nonce in its place with every answer.
  html: { cspNonce: '__CSP_NONCE__' },
  worker: { format: 'es' },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    manifest: true,
    modulePreload: { polyfill: false },
    // A file in a stylesheet as a data: URL would need a wider content policy.
    assetsInlineLimit: 0,
    // The first that know light-dark().
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    chunkSizeWarningLimit: 1000,
    rolldownOptions: {
      input: ['console.html', 'src/pages/pages.css', ...pageScripts.map((name) => `src/pages/${name}`)],
    },
  },
})
