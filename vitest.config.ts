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
          include: ['{packages/*/src,e2e,interop,examples,scripts}/**/*.test.ts'],
          globalSetup: ['e2e/testing/postgres.ts', 'e2e/testing/build.ts'],
          // Limits end what hangs. None is a promise about time: a busy machine is many times slower than an idle one.
          testTimeout: 60_000,
          hookTimeout: 60_000,
          expect: { poll: { timeout: 15_000 } },
          maxWorkers: Math.max(2, availableParallelism() - 1),
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
