import { createLog } from '../../packages/server/src/log.ts'
import { serve } from '../../packages/server/src/serve.ts'
import { readSettings } from '../../packages/server/src/settings.ts'
import { answerParent } from './asks.ts'

const server = await serve({ ...readSettings({}, process.env), port: 0 }, createLog())
answerParent(Number(new URL(server.url).port), {}, () => server.close())
