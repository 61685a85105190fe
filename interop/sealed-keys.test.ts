/** However the storage keys came into an access grant, the Go implementation reads the same of it, and lets it in. */
import { operationNumber } from '@valetkey/access-grant'
import { redeemCode } from '@valetkey/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aSealedCode } from '../e2e/testing/sealed-code.ts'
import {
  aClient,
  aCode,
  aUser,
  type Person,
  type RegisteredClient,
  redeem,
  redirectUri,
  startServer,
  type TestServer,
} from '../e2e/testing/story.ts'
import { findGo, type Judge, type Ruling, startJudge } from './judge.ts'
import type { GoAccessGrant, Hex } from './questions.ts'

/** `received` are its bytes as they came. */
type Received = GoAccessGrant & { readonly received: Hex }

const go = findGo()
const passphrase = 'correct horse battery staple, ü'
/** The same for all: tomorrow. */
const not_after = Math.floor(Date.now() / 1000) + 86_400
const hex = (text: string): string => Buffer.from(text).toString('hex')

describe.runIf(go !== undefined)('Go and sealed keys', { timeout: 120_000 }, () => {
  let judge: Judge
  let server: TestServer
  let client: RegisteredClient
  let user: Person
  beforeAll(async () => {
    judge = await startJudge(go ?? 'go')
    server = await startServer()
    ;[client, user] = [await aClient(server), await aUser(server)]
  }, 600_000)
  afterAll(async () => {
    await judge?.close()
    await server?.stop()
  })

  test.each([
    ['the whole project', ['read', 'list'], 'photos', 'a/b'],
    ['a bucket', ['read', 'bucket:photos'], 'photos', 'a/b'],
    [
      'prefixes',
      ['read', 'bucket:music', 'bucket:photos;2026/ü/', 'bucket:photos;2026/ü/x'],
      'photos',
      '2026/ü/x/y',
    ],
  ])('an access grant for %s', async (_what, scope, bucket, path) => {
    const { code } = await aCode(server, client, user, { scope, consent: { not_after } })
    const usual = await redeem(server, client, code, { passphrase })
    const whole = await redeem(server, client, (await sealed(scope)).code, { passphrase: undefined })
    const bySdk = await redeemCode({
      url: server.url,
      ...client,
      code: (await sealed(scope)).code,
      redirect_uri: redirectUri,
    })
    const grants = await Promise.all(
      [usual.body.access_grant, whole.body.access_grant, bySdk.access_grant].map(read),
    )
    const [first, ...others] = grants.map(withoutApiKey)
    for (const other of others) expect(other).toEqual(first)
    for (const grant of grants) expect(await decided(grant, bucket, path)).toBe('ok')
  })

  test("an access grant of the server's half is read, and holds no key", async () => {
    const { server_half } = await sealed(['read', 'bucket:photos'])
    const { body } = await redeem(server, client, server_half, { passphrase: undefined })
    const { encryption_access } = await read(body.access_grant)
    expect(encryption_access.default_key ?? '').toBe('')
    expect(encryption_access.store_entries ?? []).toEqual([])
  })

  const sealed = (scope: string[]) => aSealedCode(server, client, user, { scope, passphrase, not_after })

  async function read(access_grant: string): Promise<Received> {
    const { uplink, ...grant } = answerOf(await judge.ask('decode_access_grant', { access_grant }))
    expect(uplink?.error).toBeUndefined()
    return grant
  }

  /** Byte for byte what the grant has beside its API key; and of that, what it allows. */
  function withoutApiKey({ received, api_key }: Received) {
    const around = received.split(api_key.raw)
    expect(around).toHaveLength(2)
    const caveats = api_key.caveats?.map(({ fields: { nonce: _, ...fields } = {} }) => fields)
    return { around, caveats }
  }

  /** What a satellite says to reading this path with the keys of the grant. */
  async function decided({ api_key, encryption_access }: GoAccessGrant, bucket: string, path: string) {
    const form = { encryption_access, bucket: hex(bucket), path: hex(path) }
    const encrypted = answerOf(await judge.ask('encrypt_path', form))
    const record = await server.deps.store.apiKeys.findByHead(api_key.head)
    if (record === undefined) throw new Error('no API key has this head')
    const secret = server.deps.sealer.open('api-key', record.id, record.sealed_secret).toString('hex')
    const time = { seconds: String(server.deps.clock.now()), nanos: 0 }
    const action = { op: operationNumber('read'), bucket: form.bucket, encrypted_path: encrypted.path, time }
    const question = { api_key: api_key.api_key, secret, version: record.version, action }
    return answerOf(await judge.ask('check_api_key', question)).decision
  }
})

function answerOf<Answer>(ruling: Ruling<Answer>): Answer {
  if ('refusal' in ruling) throw new Error(ruling.refusal)
  return ruling.answer
}
