import pino from 'pino'
import type { Log } from './deps.ts'
import { fittingFields } from './log-fields.ts'

interface LogOptions {
  /** The least that is written. */
  readonly level?: 'info' | 'error'
}

/** One line of JSON per event, to standard output. What a line may hold is in `log-fields.ts`, and nothing else. */
export function createLog(
  destination?: { write(line: string): void },
  { level = 'info' }: LogOptions = {},
): Log {
  const options = {
    base: null,
    level,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (name: string) => ({ level: name }) },
  }
  if (destination !== undefined) return logTo(pino(options, destination))
  // Lines go out together, at once where something went wrong: a call of the system for each costs more than the line.
  const output = pino.destination({ sync: true, minLength: togetherBytes, periodicFlush: togetherMs })
  process.once('exit', () => {
    try {
      output.flushSync()
    } catch {
      // Nobody reads any more.
    }
  })
  return logTo(pino(options, output), () => output.flushSync())
}

const togetherBytes = 4096
const togetherMs = 100

function logTo(logger: pino.Logger, atOnce: () => void = () => {}): Log {
  const written = logger.isLevelEnabled('info')
  return {
    info(event, fields = {}) {
      if (written) logger.info({ event: fittingEvent(event), ...fittingFields(fields) })
    },
    error(event, fields = {}) {
      logger.error({ event: fittingEvent(event), ...fittingFields(fields) })
      atOnce()
    },
  }
}

const fittingEvent = (event: string): string => (/^[a-z][a-z_]{0,47}$/.test(event) ? event : 'unnamed')
