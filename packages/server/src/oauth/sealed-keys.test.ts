/** Storage keys that the user's browser sealed: what the server is given, what it gives, and what it cannot read. */
import {
  type AccessGrant,
  cipherSuite,
  decodeBase64Url,
  encodeBase64Url,
  encodeSegment,
  openAccessGrant,
  parseAccessGrant,
  parseCaveat,
  sealEncryptionAccess,
  serializeAccessGrant,
  unsealEncryptionAccess,
} from '@valetkey/access-grant'
import { decisionBodyLimit } from '@valetkey/protocol'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { tokenHash } from '../ids.ts'
import { type RefusalScene, refusalScene } from '../testing/refusal-scene.ts'

let scene: RefusalScene
beforeEach(async () => {
  scene = await refusalScene()
})
afterEach(() => scene.close())

const passphrase = 'a passphrase'
const kinds: readonly (readonly [string, readonly string[]])[] = [
  ['the whole project', ['read', 'write']],
  ['a bucket', ['read', 'list', 'bucket:photos']],
  ['prefixes, one within another', ['read', 'bucket:photos;2026/ü/', 'bucket:music', 'bucket:photos;2026']],
]

/** A token request as a plain client of a code in two halves sends it. */
const redeem = (code: string, change: object = {}) => scene.token({ code, passphrase: undefined, ...change })

/** The grant that the passphrase gives, when it is sent in the token request. */
async function byPassphrase(scopes: readonly string[]): Promise<AccessGrant> {
  const { request_id } = (await scene.request({ scope: scopes })).body
  const { code } = (await scene.consent({ request_id, approved_scopes: scopes })).body
  return parseAccessGrant((await scene.token({ code, passphrase })).body.access_grant)
}

/** All of a grant but what sets any two apart: the API key, and the nonce of its one restriction. */
function essence({ api_key, ...rest }: AccessGrant) {
  expect(api_key.caveats).toHaveLength(1)
  const { nonce: _, ...restriction } = parseCaveat(api_key.caveats[0] ?? new Uint8Array())
  return { ...rest, restriction }
}

async function opened(access_grant: string, sealed: string, browser_half: string): Promise<AccessGrant> {
  const form = { key: decodeBase64Url(browser_half), associated_data: scene.client.client_id }
  return parseAccessGrant(openAccessGrant(access_grant, decodeBase64Url(sealed), form))
}

describe.each(kinds)('for %s', (_what, scopes) => {
  test('the whole code gives the access grant that the passphrase gives', async () => {
    const { status, body } = await redeem(await scene.sealedCode({ scopes, passphrase }))
    expect([status, Object.keys(body).sort()]).toEqual([200, ['access_grant', 'expires_in', 'scopes']])
    expect(essence(parseAccessGrant(body.access_grant))).toEqual(essence(await byPassphrase(scopes)))
  })

  test("the server's half gives one without keys, and the sealed keys that complete it", async () => {
    const [server_half = '', browser_half = ''] = (await scene.sealedCode({ scopes, passphrase })).split('.')
    const { status, body } = await redeem(server_half)
    expect(status).toBe(200)
    const { encryption_access } = parseAccessGrant(body.access_grant)
    expect(encryption_access).toEqual({ default_path_cipher: 2, store_entries: [] })
    const whole = await opened(body.access_grant, body.sealed_encryption_access, browser_half)
    expect(essence(whole)).toEqual(essence(await byPassphrase(scopes)))
    expect(parseAccessGrant(serializeAccessGrant(whole))).toEqual(whole)
  })
})

describe('a code in two halves', () => {
  test("is given out by its first half, which alone is what the server's record names", async () => {
    const { answer, browser_half } = await scene.decide()
    expect(answer.body.code).toMatch(/^[\w-]{43}$/)
    const { code } = await scene.deps.store.codes.read(
      '',
      tokenHash(answer.body.code),
      scene.deps.clock.now(),
    )
    expect(code?.sealed_encryption_access).toMatch(/^[\w-]+$/)
    expect(JSON.stringify(code)).not.toContain(browser_half)
  })

  test('is as good as before when its second half is another, or is cut, or has something behind it', async () => {
    const code = await scene.sealedCode()
    const [server_half] = code.split('.')
    const [, of_another] = (await scene.sealedCode()).split('.')
    for (const wrong of [
      `${server_half}.${of_another}`,
      code.slice(0, -1),
      `${code}\n`,
      `${code}&state=x`,
      `${server_half}.`,
      `${code}.${of_another}`,
    ]) {
      const { status, body } = await redeem(wrong)
      expect([status, body.error], JSON.stringify(wrong)).toEqual([400, 'invalid_code'])
    }
    expect((await redeem(code)).status).toBe(200)
  })

  test('takes no passphrase, not even a blank one, whole or half', async () => {
    const code = await scene.sealedCode()
    for (const sent of [code, code.slice(0, 43)]) {
      for (const said of ['', passphrase]) {
        const { status, body } = await redeem(sent, { passphrase: said })
        expect([status, body.error]).toEqual([400, 'invalid_request'])
      }
    }
    expect((await redeem(code)).status).toBe(200)
  })

  test('is redeemed once, whichever way, and the sealed keys are gone with it', async () => {
    const code = await scene.sealedCode()
    const first = await redeem(code)
    for (const again of [code, code.slice(0, 43), `${code.slice(0, 43)}.x`])
      expect((await redeem(again)).body.error).toBe('invalid_code')
    const { client, deps } = scene
    const found = await deps.store.codes.read(
      client.client_id,
      tokenHash(code.slice(0, 43)),
      deps.clock.now(),
    )
    expect(found.code).toMatchObject({ sealed_encryption_access: null, encrypted_prefixes: [] })
    const { api_key } = parseAccessGrant(first.body.access_grant)
    const action = { op: 'read', bucket: 'b', encrypted_path: Buffer.from('x') } as const
    expect(await deps.network.check(api_key, action)).toMatchObject({ allowed: false, reason: 'revoked' })
  })

  test('its sealed keys are for one client: another cannot open them', async () => {
    const other = await scene.ask(scene.developer, 'POST', '/api/v0/developer/auth/oauth2/clients', {
      name: 'Other',
      redirect_uris: ['https://photos.example/callback'],
    })
    const { answer, browser_half } = await scene.decide()
    const { body } = await redeem(answer.body.code)
    expect(() =>
      unsealEncryptionAccess(decodeBase64Url(body.sealed_encryption_access), {
        key: decodeBase64Url(browser_half),
        associated_data: other.body.client_id,
      }),
    ).toThrow(expect.objectContaining({ code: 'seal' }))
  })
})

test('a code without sealed keys is none with a second half behind it, and good without', async () => {
  const code = await scene.code()
  for (const behind of ['', 'x', 'A'.repeat(43)]) {
    const { status, body } = await scene.token({ code: `${code}.${behind}` })
    expect([status, body.error_description]).toEqual([400, (await scene.token()).body.error_description])
  }
  expect((await scene.token({ code })).status).toBe(200)
})

describe('the trace', () => {
  async function traceOf({ headers }: { headers: Readonly<Record<string, unknown>> }) {
    const id = String(headers['x-trace-id'])
    await scene.deps.recorder.flush()
    const { body } = await scene.ask(scene.developer, 'GET', `/api/v0/developer/auth/token-requests/${id}`)
    return body.explanation.steps as { step: string; result: string; note: string }[]
  }

  test('says which way the storage keys went, and names no step of the other way', async () => {
    const code = await scene.sealedCode()
    const notes = [
      [code.slice(0, 43), 'the second half of the code was not sent: only the app can open them'],
      [await scene.sealedCode(), 'opened with the second half of the code'],
    ] as const
    for (const [sent, note] of notes) {
      const steps = await traceOf(await redeem(sent))
      expect(steps.slice(-2)).toMatchObject([
        { step: 'unseal_keys', result: 'passed', note },
        { step: 'spend_code', result: 'passed' },
      ])
      expect(steps.map(({ step }) => step)).not.toContain('derive_root_key')
    }
    const usual = await traceOf(await scene.token({ code: await scene.code() }))
    expect(usual.map(({ step }) => step)).toContain('derive_root_key')
    expect(usual.map(({ step }) => step)).not.toContain('unseal_keys')
  })

  test('foresees what the second half would have done, for whoever failed before', async () => {
    const client_secret = await scene.jwt({}, 'another key of some length')
    const code = await scene.sealedCode()
    const results = [
      [code, {}, 'would_pass'],
      [code.slice(0, -1), {}, 'would_fail'],
      [code, { passphrase: '' }, 'would_fail'],
    ] as const
    for (const [sent, change, result] of results) {
      const steps = await traceOf(await redeem(sent, { client_secret, ...change }))
      expect(steps.find(({ step }) => step === 'unseal_keys')?.result).toBe(result)
    }
  })
})

describe('the decision', () => {
  const scopes = ['read', 'bucket:photos;2026/summer', 'bucket:music']

  test.each<[string, object]>([
    ['with a space in it', { sealed_encryption_access: `${'A'.repeat(60)} A` }],
    ['in ordinary base64', { sealed_encryption_access: '/+'.repeat(40) }],
    ['padded', { sealed_encryption_access: `${'A'.repeat(62)}==` }],
    ['with spare bits', { sealed_encryption_access: `${'A'.repeat(61)}B` }],
    ['too short for anything in it', { sealed_encryption_access: Buffer.alloc(28).toString('base64url') }],
    ['empty', { sealed_encryption_access: '' }],
    ['missing beside its prefixes', { sealed_encryption_access: undefined }],
  ])('refuses sealed keys that are %s', async (_what, change) => {
    const { answer } = await scene.decide(change, { scopes })
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_request'])
    expect(answer.body.error_uri).toMatch(/sealed_keys_malformed$/)
  })

  const prefixesOf = async (): Promise<readonly { bucket: string; encrypted_path_prefix: string }[]> => {
    const { deps } = scene
    const { answer } = await scene.decide({}, { scopes })
    const found = await deps.store.codes.read('', tokenHash(answer.body.code), deps.clock.now())
    return found.code?.encrypted_prefixes ?? []
  }
  const flipped = (text: string) => `${text.slice(0, -4)}${text.slice(-4).replaceAll(/./g, 'A')}`
  test.each<[string, (prefixes: Awaited<ReturnType<typeof prefixesOf>>) => unknown]>([
    ['missing', () => undefined],
    ['too few', ([first]) => [first]],
    ['too many', ([first, second]) => [first, second, second]],
    ['in another order', ([first, second]) => [second, first]],
    ['of another bucket', ([first, second]) => [{ ...first, bucket: 'photos2' }, second]],
    ['wider than the place', ([first, second]) => [{ ...first, encrypted_path_prefix: '' }, second]],
    [
      'narrower than the place',
      ([first, second]) => [first, { ...second, encrypted_path_prefix: first?.encrypted_path_prefix }],
    ],
    [
      'cut within a name, so that it begins others as well',
      ([first, second]) => [
        { ...first, encrypted_path_prefix: first?.encrypted_path_prefix.slice(0, -4) },
        second,
      ],
    ],
    [
      'bytes that encrypting never makes',
      ([first, second]) => [
        { ...first, encrypted_path_prefix: flipped(first?.encrypted_path_prefix ?? '') },
        second,
      ],
    ],
    [
      'no base64url',
      ([first, second]) => [{ ...first, encrypted_path_prefix: `${first?.encrypted_path_prefix}=` }, second],
    ],
  ])('refuses encrypted prefixes that are %s', async (_what, change) => {
    const encrypted_prefixes = change(await prefixesOf())
    const { answer } = await scene.decide({ encrypted_prefixes }, { scopes })
    expect([answer.status, answer.body.error_uri]).toEqual([
      400,
      'https://valetkey.test/errors/encrypted_prefixes_differ',
    ])
  })

  test('takes as many places as an access grant can carry, and no body beyond its limit', async () => {
    const prefix = (at: number) => [at, ...Array(19).fill('n'.repeat(51))].join('/')
    const places = Array.from({ length: 10 }, (_, at) => `bucket:${'b'.repeat(63)};${prefix(at)}`)
    const code = await scene.sealedCode({ scopes: ['read', ...places] })
    const { access_grant } = (await redeem(code)).body
    // Some 60,050: a byte of an encrypted path that means something in one is written as two.
    expect(access_grant.length).toBeGreaterThan(59_000)
    expect(parseAccessGrant(access_grant).encryption_access.store_entries).toHaveLength(10)

    const more = Array.from({ length: 11 }, (_, at) => `bucket:${'b'.repeat(63)};${prefix(at)}`)
    const { status, body } = await scene.request({ scope: ['read', ...more] })
    expect([status, body.error]).toEqual([400, 'invalid_scope'])
    expect(body.error_description).toBe(
      'scope: the prefixes together are longer than an access grant can be.',
    )

    const large = await scene.decide({ sealed_encryption_access: 'A'.repeat(decisionBodyLimit) })
    expect([large.answer.status, large.answer.body.error]).toEqual([413, 'invalid_request'])
  })

  test('spends no code for an access grant that would be too long after all', async () => {
    const prefix = 'x'.repeat(1000)
    const buckets = Array.from({ length: 14 }, (_, at) => `photos-${at}`)
    // As long as encrypting makes it, and each byte is one that is written as two.
    const encrypted = encodeSegment(new Uint8Array(1028).fill(0xff))
    const [key, nonce] = [Buffer.alloc(32, 1), Buffer.alloc(12)]
    const store_entries = buckets.map((bucket) => ({
      bucket: Buffer.from(bucket),
      unencrypted_path: Buffer.from(prefix),
      encrypted_path: encrypted,
      key,
      path_cipher: cipherSuite.aes_gcm,
    }))
    const sealed = sealEncryptionAccess(
      { default_path_cipher: cipherSuite.aes_gcm, store_entries },
      { key, nonce, associated_data: scene.client.client_id },
    )
    const form = {
      sealed_encryption_access: encodeBase64Url(sealed),
      encrypted_prefixes: buckets.map((bucket) => ({
        bucket,
        encrypted_path_prefix: encodeBase64Url(encrypted),
      })),
    }
    const scopes = ['read', ...buckets.map((bucket) => `bucket:${bucket};${prefix}`)]
    const code = (await scene.decide(form, { scopes })).answer.body.code
    const whole = `${code}.${encodeBase64Url(key)}`
    const { status, body } = await redeem(whole)
    expect([status, body.error]).toEqual([500, 'server_error'])
    const read = await scene.deps.store.codes.read('', tokenHash(code), scene.deps.clock.now())
    expect([read.code?.spent_at, read.code?.grant_id]).toEqual([null, null])
  })
})
