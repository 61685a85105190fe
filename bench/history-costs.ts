import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What a token request costs over much history, as a multiple of what it costs over little. */
export interface HistoryCosts {
  /** Rows in each of the large tables. */
  readonly rows: number
  readonly sqlite?: number
  readonly postgres?: number
}

export const historyFile = (results: string): string => join(results, 'history.json')

/** What `npm run bench:history` measured last. */
export function newestHistory(results: string): HistoryCosts | undefined {
  const file = historyFile(results)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
}
