import { availableParallelism } from 'node:os'
import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'
import { launchOptions } from './e2e/testing/chromium.ts'

// The library is isomorphic, so the very same test files run in Node and in a browser.
const isomorphic = ['packages/access-grant/src/**/*.test.ts']

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'node',
          include: ['{packages/*/src,e2e,interop,examples}/**/*.test.ts'],
          globalSetup: ['e2e/testing/postgres.ts', 'e2e/testing/web.ts'],
          testTimeout: 20_000,
          // They wait for a browser, a server or a clock half of the time, so two cores have time for three of them.
          maxWorkers: Math.max(3, availableParallelism() - 1),
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
            provider: playwright({ launchOptions: launchOptions() }),
          },
        },
      },
    ],
  },
})
