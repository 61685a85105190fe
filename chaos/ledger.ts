import type { Person } from '../e2e/testing/story.ts'

/** All that must hold whatever happens. */
export const invariants = {
  lost: 'nothing that was answered is lost',
  once: 'no code gave two grants',
  revoked: 'no revoked key works',
  orphans: 'no orphan key lives',
  answers: 'every request is answered or cut off, and every 5xx has the fault for a cause',
  memory: 'memory is flat',
  recovery: 'recovery without hands',
} as const
export type Invariant = keyof typeof invariants

/** What broke an invariant, in words. */
export interface Breach {
  readonly invariant: Invariant
  readonly words: string
}

/** A client as its own program knows it. */
export interface App {
  readonly client_id: string
  readonly client_secret: string
  readonly redirect_uri: string
  /** The server's name. */
  readonly issuer: string
  readonly dialect: 'storx' | 'standard'
}

/** What a user approved: a code, and what redeems it. */
export interface Approval {
  readonly app: App
  readonly user: Person
  readonly dialect: 'storx' | 'standard'
  readonly code: string
  readonly code_verifier?: string
  /** Epoch seconds: when a code that came through the front expires. The others live as long as a run. */
  readonly expires_at?: number
}

/** A code, and all that its client was told about it. */
export interface Entry extends Approval {
  /**
   * `fresh`: never sent in a request that could spend it. `unknown`: sent, and no answer came. `granted`: answered with
   * an access grant. `lost`: refused, after an answer that never came.
   */
  fate: 'fresh' | 'unknown' | 'granted' | 'lost'
  /** Whether its access, or the code itself, was ended: `maybe` when nobody answered. */
  ended: 'no' | 'maybe' | 'yes'
  access_grant?: string
  refresh_token?: string
  /** When the refresh was first sent that got no answer yet, by `performance.now()`. */
  refreshingSince?: number
}

/** What is counted of the requests. */
export interface Counts {
  requests: number
  granted: number
  refused: number
  refreshed: number
  ended: number
  /** No answer: whether it was done is not known. */
  unknown: number
  /** 503 while a fault was on. */
  unavailable: number
}

/** Everything that clients were told, and everything that must never be and was. */
export interface Ledger {
  readonly counts: Counts
  /** Writes down what must never be and was. */
  breach(invariant: Invariant, words: string): void
  /** What was written down since this was last asked. */
  breaches(): readonly Breach[]
  /** What was sent before, by `performance.now()`, may come to nothing, since something was broken on purpose. */
  calmSince: number
  add(approval: Approval): Entry
  /** The entries that somebody was told something about since this was last asked. */
  touched(): readonly Entry[]
  touch(entry: Entry): void
  /** All that were ever touched: to be looked at once more. */
  touchAll(): void
}

export function createLedger(): Ledger {
  const touched = new Set<Entry>()
  const known = new Set<Entry>()
  const broken: Breach[] = []
  return {
    counts: { requests: 0, granted: 0, refused: 0, refreshed: 0, ended: 0, unknown: 0, unavailable: 0 },
    calmSince: 0,
    breach: (invariant, words) => void broken.push({ invariant, words }),
    breaches: () => broken.splice(0),
    add: (approval) => ({ ...approval, fate: 'fresh', ended: 'no' }),
    touch(entry) {
      touched.add(entry)
      known.add(entry)
    },
    touchAll() {
      for (const entry of known) touched.add(entry)
    },
    touched() {
      const all = [...touched]
      touched.clear()
      return all
    },
  }
}
