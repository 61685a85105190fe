import type { Chance } from './random.ts'
import type { Site } from './site.ts'
import type { Outcome } from './stage.ts'

export type Length = 'full' | 'quick' | 'smoke'

/** Something that goes wrong on purpose. */
export interface Fault {
  /** As `--only` takes it. */
  readonly name: string
  readonly title: string
  /** What is done, in a sentence. */
  readonly what: string
  /** How often; 0 leaves it out. */
  readonly times: Readonly<Record<Length, number>>
  /** @throws Unavailable where it cannot be done */
  run(given: {
    readonly site: Site
    readonly chance: Chance
    readonly times: number
    readonly length: Length
  }): Promise<Outcome>
}

/** The machine does not let a fault be made: said, and never passed over in silence. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable'
}
