import { Session } from 'node:inspector/promises'
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'
import { answerParent } from './asks.ts'

// As `valetkey serve` does it.
enableCompileCache(fileURLToPath(new URL('../../packages/cli/.cache', import.meta.url)))
const { createLog } = await import('../../packages/server/src/log.ts')
const { serve } = await import('../../packages/server/src/serve.ts')
const { readSettings } = await import('../../packages/server/src/settings.ts')

const server = await serve({ ...readSettings({}, process.env), port: 0 }, createLog())

const inspector = new Session()
inspector.connect()
let profiling = false

answerParent(
  Number(new URL(server.url).port),
  {
    async profile() {
      const taken = profiling ? (await inspector.post('Profiler.stop')).profile : {}
      profiling = !profiling
      if (profiling) {
        await inspector.post('Profiler.enable')
        await inspector.post('Profiler.start')
      }
      return JSON.stringify(taken)
    },
  },
  () => server.close(),
)
