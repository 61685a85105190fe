import type { Deps } from '../deps.ts'
import type { Assets } from '../http/assets.ts'

/** What every room of the pages is handed. */
export interface PageOptions {
  readonly deps: Deps
  readonly assets: Assets
}
