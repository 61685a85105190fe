import { Session } from 'node:inspector/promises'
import { createServer } from 'node:net'
import { builtProgram } from '../../scripts/built-program.ts'
import { answerParent } from './asks.ts'
import { listening } from './listening.ts'

// The very program that `npm start` runs, in this process: it ends when it is told to, as it always does.

const free = createServer()
const port = await listening(free)
await new Promise((closed) => free.close(closed))
process.argv.splice(1, Number.POSITIVE_INFINITY, builtProgram, 'serve', '--json', '--port', String(port))
const ended = import(builtProgram)

let inspector: Session | undefined

answerParent(
  port,
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
  async () => {
    if (!process.connected) process.kill(process.pid, 'SIGTERM')
    await ended
  },
)
