import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe } from 'vitest'
import type { Store } from '../store.ts'
import { type Call, perform } from './actions.ts'
import { accountPromises } from './contract/accounts.ts'
import { auditPromises } from './contract/audit.ts'
import { clientPromises } from './contract/clients.ts'
import { devicePromises } from './contract/devices.ts'
import { grantPromises } from './contract/grants.ts'
import { type Race, racePromises } from './contract/races.ts'
import { standardRacePromises } from './contract/races-standard.ts'
import { suspensionRacePromises } from './contract/races-suspension.ts'
import { recordPromises } from './contract/records.ts'
import { refreshPromises } from './contract/refresh-tokens.ts'
import { requestPromises } from './contract/requests.ts'
import { sealedPromises } from './contract/sealed.ts'
import { tracePromises } from './contract/traces.ts'
import { webhookPromises, webhookRacePromises } from './contract/webhooks.ts'
import { type SecondServer, startSecondServer } from './second-server.ts'

/** What every store promises, races within one process included. `open` gives an empty one. */
export function storeContract(name: string, open: () => Promise<Store>): void {
  describe(name, () => {
    let opened: Store
    const store = () => opened
    beforeAll(async () => {
      opened = await open()
    })
    afterAll(() => opened.close())

    describe('accounts', () => accountPromises(store))
    describe('clients', () => clientPromises(store))
    describe('requests', () => requestPromises(store))
    describe('grants', () => grantPromises(store))
    describe('records', () => recordPromises(store))
    describe('traces', () => tracePromises(store))
    describe('audit events', () => auditPromises(store))
    describe('pushed requests and devices', () => devicePromises(store))
    describe('refresh tokens', () => refreshPromises(store))
    describe('sealed texts', () => sealedPromises(store))
    describe('webhooks', () => webhookPromises(store))
    describe('races', () => {
      const race: Race = (calls) => Promise.all(calls.map((call) => perform(opened, call)))
      racePromises(store, race)
      standardRacePromises(store, race)
      webhookRacePromises(store, race)
      suspensionRacePromises(store, race)
    })
  })
}

/** The same races between two processes that share the database at `address`: a URL of PostgreSQL, or a file's path. */
export function twoServersContract(
  name: string,
  address: () => Promise<string>,
  open: (address: string) => Promise<Store>,
): void {
  describe(`${name}, two servers`, () => {
    let here: Store
    let there: SecondServer
    beforeAll(async () => {
      const shared = await address()
      // At once, on an empty database: both bring up the schema, or wait for the other to do it.
      ;[here, there] = await Promise.all([open(shared), startSecondServer(shared)])
    })
    afterAll(async () => {
      await there.stop()
      await here.close()
    })

    const race: Race = async (calls) => {
      const at = Date.now() + 15
      const [odd, even] = [1, 0].map((rest) => calls.filter((_, place) => place % 2 === rest)) as [
        Call[],
        Call[],
      ]
      const theirs = there.perform(odd, at)
      const ours = sleep(Math.max(0, at - Date.now())).then(() =>
        Promise.all(even.map((call) => perform(here, call))),
      )
      // Both are over before anything is thrown: the next race starts with nothing under way.
      await Promise.allSettled([theirs, ours])
      const results = [await ours, await theirs] as const
      return calls.map((_, place) => results[place % 2]?.[Math.floor(place / 2)])
    }
    racePromises(() => here, race)
    standardRacePromises(() => here, race)
    webhookRacePromises(() => here, race)
    suspensionRacePromises(() => here, race)
  })
}
