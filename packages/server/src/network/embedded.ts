import { type Action, checkApiKey, createMacaroon, type Decision } from '@valetkey/access-grant'
import type { Deps } from '../deps.ts'
import { newId } from '../ids.ts'
import type { StorageNetwork } from './storage-network.ts'

/** 1: the key may use object lock; notifications (4) and audited tails (2) are not offered. */
const keyVersion = 1
const saltBytes = 16
const headBytes = 32
const secretBytes = 32

/** The storage network of a laptop: projects and API keys in our own database, checked as a satellite checks them. */
export function createEmbeddedNetwork(
  deps: Pick<Deps, 'store' | 'clock' | 'random' | 'sealer'>,
  satellite_address: string,
): StorageNetwork {
  const { store, clock, random, sealer } = deps
  return {
    satellite_address,
    projectsOf: (user_id) => store.projects.list(user_id),
    async createProject(user_id, name) {
      const project = {
        id: newId(deps),
        user_id,
        name,
        salt: random(saltBytes).toString('base64'),
        created_at: clock.now(),
      }
      return (await store.projects.add(project)) ? project : undefined
    },
    async issueApiKey({ project, grant_id, name }) {
      const id = newId(deps)
      const head = random(headBytes)
      // In the order of time, so that an index over heads grows at its end; what is left is still 208 random bits.
      head.writeUIntBE(clock.nowMs(), 0, 6)
      const secret = random(secretBytes)
      const record = {
        id,
        project_id: project.id,
        grant_id,
        name,
        head: head.toString('hex'),
        sealed_secret: sealer.seal('api-key', id, secret),
        version: keyVersion,
        created_at: clock.now(),
        revoked_at: null,
      }
      return { record, api_key: createMacaroon({ head, secret }) }
    },
    openApiKey: (record) =>
      createMacaroon({
        head: Buffer.from(record.head, 'hex'),
        secret: sealer.open('api-key', record.id, record.sealed_secret),
      }),
    async check(apiKey, { op, bucket, encrypted_path }): Promise<Decision> {
      const record = await store.apiKeys.findByHead(Buffer.from(apiKey.head).toString('hex'))
      if (record === undefined)
        return { allowed: false, reason: 'invalid', explanation: 'no API key has this head' }
      const action: Action = {
        op,
        bucket,
        encrypted_path,
        time: { seconds: BigInt(clock.now()), nanos: 0 },
      }
      const secret = sealer.open('api-key', record.id, record.sealed_secret)
      return checkApiKey({
        api_key: apiKey,
        secret,
        version: record.version,
        action,
        isRevoked: () => record.revoked_at !== null,
      })
    },
  }
}
