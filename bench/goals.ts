import type { AccessGrantCosts } from './access-grant.ts'
import type { Beside } from './beside.ts'
import type { HistoryCosts } from './history-costs.ts'
import type { Measured } from './measure.ts'

/** All that a run measured, as far as it was asked for. */
export interface Run {
  readonly results: readonly Measured[]
  readonly accessGrant?: AccessGrantCosts
  readonly beside?: Beside
  readonly history?: HistoryCosts
}

/** What we hold ourselves to. Undefined where a run did not measure it. */
export interface Goal {
  readonly about: string
  readonly wanted: string
  measured(run: Run): number | undefined
  reached(measured: number): boolean
}

const atLeast = (least: number, about: string, measured: Goal['measured']): Goal => ({
  about,
  wanted: `≥ ${least}`,
  measured,
  reached: (value) => value >= least,
})
const atMost = (most: number, about: string, measured: Goal['measured']): Goal => ({
  about,
  wanted: `≤ ${most}`,
  measured,
  reached: (value) => value <= most,
})

const named = ({ results }: Run, name: string): Measured | undefined =>
  results.find((result) => result.name === name)

const ratio =
  (name: string, reference: string): Goal['measured'] =>
  (run) => {
    const [rate, by] = [named(run, name)?.per_second, named(run, reference)?.per_second]
    return rate === undefined || by === undefined ? undefined : rate / by
  }

const sqlite = 'Valetkey, SQLite'
const postgres = 'Valetkey, PostgreSQL'
const oidc = 'oidc-provider'

export const goals: readonly Goal[] = [
  atLeast(2.5, 'a code redeemed on SQLite: rate × oidc-provider in memory', ratio(sqlite, oidc)),
  atLeast(0.14, 'a code redeemed on SQLite: rate × bare node:http', ratio(sqlite, 'bare node:http')),
  atMost(15, 'a code redeemed on SQLite: p99 in ms', (run) => named(run, sqlite)?.p99),
  atLeast(2.5, 'a code redeemed on PostgreSQL: rate × oidc-provider in memory', ratio(postgres, oidc)),
  atLeast(
    6,
    'a code redeemed on PostgreSQL: rate × oidc-provider on PostgreSQL',
    ratio(postgres, `${oidc}, PostgreSQL`),
  ),
  ...['wrong signature', 'unknown client'].map((kind) =>
    atLeast(3, `refused for ${kind}: rate × oidc-provider`, ratio(`Valetkey, ${kind}`, `${oidc}, ${kind}`)),
  ),
  atLeast(
    2,
    'introspection: rate × oidc-provider',
    ratio('Valetkey, introspection', `${oidc}, introspection`),
  ),
  atLeast(0.9, 'passphrase: rate × bare Argon2id', ratio('Valetkey, passphrase', 'bare Argon2id')),
  atMost(
    2,
    'passphrase: p99 of other requests meanwhile × alone',
    ({ beside }) => beside && beside.meanwhile / beside.alone,
  ),
  atMost(
    1,
    'passphrase: memory beyond idle × (64 MiB × derivations at once + 128 MiB)',
    ({ beside }) => beside?.memory,
  ),
  atMost(1.2, 'much history on SQLite: cost × little', ({ history }) => history?.sqlite),
  atMost(1.2, 'much history on PostgreSQL: cost × little', ({ history }) => history?.postgres),
  atMost(500, 'process start to the first 200, ms', (run) => named(run, sqlite)?.startMs),
  atMost(120, 'idle memory, MB', (run) => idleMb(named(run, sqlite))),
  atLeast(
    1,
    'access grant parsed, restricted, serialized: rate × Go in WebAssembly',
    ({ accessGrant }) => accessGrant && accessGrant.goInWebAssembly / accessGrant.ours,
  ),
]

const idleMb = (result: Measured | undefined): number | undefined => result && result.idle.rss / 1e6
