import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'

const chromiumArgs =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'
const launchOptions = {
  args: chromiumArgs.split(' '),
  ...(process.env.CHROMIUM === undefined ? {} : { executablePath: process.env.CHROMIUM }),
}

// The library is isomorphic, so the very same test files run in Node and in a browser.
const isomorphic = ['packages/access-grant/src/**/*.test.ts']

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'node',
          include: ['{packages/*/src,e2e,interop,examples}/**/*.test.ts'],
          globalSetup: ['e2e/testing/postgres.ts'],
          testTimeout: 20_000,
        },
      },
      {
        optimizeDeps: { include: ['fast-check', 'hash-wasm'] },
        test: {
          name: 'browser',
          include: isomorphic,
          testTimeout: 60_000,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            instances: [{ browser: 'chromium' }],
            provider: playwright({ launchOptions }),
          },
        },
      },
    ],
  },
})
