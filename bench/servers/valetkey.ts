import { Session } from 'node:inspector/promises'
import { createLog } from '../../packages/server/src/log.ts'
import { serve } from '../../packages/server/src/serve.ts'
import { readSettings } from '../../packages/server/src/settings.ts'
import { answerParent } from './asks.ts'

const server = await serve({ ...readSettings({}, process.env), port: 0 }, createLog())

let inspector: Session | undefined

answerParent(
  Number(new URL(server.url).port),
  {
    async profile() {
      if (inspector !== undefined) return JSON.stringify((await inspector.post('Profiler.stop')).profile)
      inspector = new Session()
      inspector.connect()
      await inspector.post('Profiler.enable')
      await inspector.post('Profiler.start')
      return '{}'
    },
  },
  () => server.close(),
)
