import pino from 'pino'
import type { Log } from './deps.ts'

/** One line of JSON per event, to standard output. */
export function createLog(destination?: { write(line: string): void }): Log {
  const options = {
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level: string) => ({ level }) },
  }
  const logger = destination === undefined ? pino(options) : pino(options, destination)
  return {
    info: (event, fields = {}) => logger.info({ event, ...fields }),
    error: (event, fields = {}) => logger.error({ event, ...fields }),
  }
}
