import { generateKeyPairSync } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import { type ClientKeys, createClientKeys } from './client-keys.ts'
import type { Client } from './domain/client.ts'
import { OutboundRefused } from './outbound.ts'
import { aClient } from './store/testing/scene.ts'

const jwk = (kid?: string): object => ({
  ...generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }),
  ...(kid === undefined ? {} : { kid }),
})
const setOf = (...kids: readonly string[]): string => JSON.stringify({ keys: kids.map((kid) => jwk(kid)) })

const private_key_jwt = { token_endpoint_auth_method: 'private_key_jwt' } as const
const away = (over: Partial<Client> = {}): Client =>
  aClient('developer', { ...private_key_jwt, jwks_uri: 'https://keys.example/jwks', ...over })

/** What the address answers; an error is thrown. */
let served: string | Error
let asked: string[]
let now: number
let keys: ClientKeys
const fetcher = async (url: string): Promise<string> => {
  asked.push(url)
  await Promise.resolve()
  if (typeof served !== 'string') throw served
  return served
}
const pass = (seconds: number): void => {
  now += seconds
}
const kidsOf = async (client: Client, kid?: string): Promise<unknown> =>
  (await keys.keysOf(client, kid))?.map((key) => key.kid)

beforeEach(() => {
  served = setOf('a')
  asked = []
  now = 1_800_000_000
  keys = createClientKeys(fetcher, { now: () => now, nowMs: () => now * 1000 })
})

describe('keys by value', () => {
  test('are read from the record, and nothing is fetched', async () => {
    expect(await kidsOf(aClient('developer', { ...private_key_jwt, jwks: setOf('a', 'b') }), 'c')).toEqual([
      'a',
      'b',
    ])
    expect(asked).toEqual([])
  })

  test('that cannot be read any more are not there', async () => {
    expect(await kidsOf(aClient('developer', { ...private_key_jwt, jwks: '{}' }))).toBeUndefined()
  })

  test('a client without keys has none', async () => {
    expect(await kidsOf(aClient('developer'))).toEqual([])
  })
})

describe('keys at an address', () => {
  test('are kept for ten minutes', async () => {
    const client = away()
    expect(await kidsOf(client, 'a')).toEqual(['a'])
    pass(599)
    expect(await kidsOf(client, 'a')).toEqual(['a'])
    expect(asked).toEqual(['https://keys.example/jwks'])
    served = setOf('b')
    pass(1)
    expect(await kidsOf(client, 'a')).toEqual(['b'])
    expect(asked).toHaveLength(2)
  })

  test('without a kid what is kept is enough', async () => {
    const client = away()
    await kidsOf(client)
    pass(599)
    await kidsOf(client)
    expect(asked).toHaveLength(1)
  })

  test('an unknown kid reads again, at most once a minute', async () => {
    const client = away()
    await kidsOf(client, 'a')
    served = setOf('a', 'b')
    pass(59)
    expect(await kidsOf(client, 'b')).toEqual(['a'])
    pass(1)
    expect(await kidsOf(client, 'b')).toEqual(['a', 'b'])
    for (let guess = 0; guess < 100; guess++) await kidsOf(client, `guess ${guess}`)
    expect(asked).toHaveLength(2)
    pass(60)
    await Promise.all(Array.from({ length: 100 }, (_, guess) => kidsOf(client, `guess ${guess}`)))
    expect(asked).toHaveLength(3)
  })

  test('one client is read for once at a time, whoever asks; another is not held up', async () => {
    const [client, other] = [away(), away()]
    const found = await Promise.all([...Array.from({ length: 20 }, () => kidsOf(client)), kidsOf(other)])
    expect(found).toEqual(Array(21).fill(['a']))
    expect(asked).toHaveLength(2)
  })

  test('whose key is at hand does not wait while a made-up kid is looked for', async () => {
    let answer: (text: string) => void = () => {}
    const slow = createClientKeys(() => new Promise((resolve) => (answer = resolve)), {
      now: () => now,
      nowMs: () => 0,
    })
    const client = away()
    const first = slow.keysOf(client, 'a')
    answer(setOf('a'))
    await first
    pass(60)
    const guess = slow.keysOf(client, 'made up')
    expect((await slow.keysOf(client, 'a'))?.map(({ kid }) => kid)).toEqual(['a'])
    answer(setOf('a'))
    await guess
  })

  test('a failure is remembered for half a minute', async () => {
    const client = away()
    served = new OutboundRefused('unreachable')
    expect(await Promise.all([kidsOf(client), kidsOf(client)])).toEqual([undefined, undefined])
    served = setOf('a')
    pass(29)
    expect(await kidsOf(client, 'a')).toBeUndefined()
    expect(asked).toHaveLength(1)
    pass(1)
    expect(await kidsOf(client, 'a')).toEqual(['a'])
    expect(asked).toHaveLength(2)
  })

  test.each(['', '{}', '{"keys":[]}', '<html>', JSON.stringify({ keys: [{ ...jwk('a'), d: 'AQ' }] })])(
    'an answer without keys to use is a failure: %s',
    async (text) => {
      served = text
      const client = away()
      expect([await kidsOf(client), await kidsOf(client)]).toEqual([undefined, undefined])
      expect(asked).toHaveLength(1)
    },
  )

  test('what was read stays good for its time when a later reading fails, and no longer', async () => {
    const client = away()
    await kidsOf(client, 'a')
    served = new OutboundRefused('too_slow')
    pass(500)
    expect(await kidsOf(client, 'b')).toEqual(['a'])
    expect(asked).toHaveLength(2)
    pass(99)
    expect(await kidsOf(client, 'a')).toEqual(['a'])
    pass(1)
    expect(await kidsOf(client, 'a')).toBeUndefined()
  })

  test('a client that changes its address is read for at once', async () => {
    const client = away()
    await kidsOf(client)
    served = setOf('b')
    const moved = { ...client, jwks_uri: 'https://elsewhere.example/jwks' }
    expect(await kidsOf(moved)).toEqual(['b'])
    expect(asked).toEqual(['https://keys.example/jwks', 'https://elsewhere.example/jwks'])
  })

  test('a thousand clients are kept, those asked for last', async () => {
    const clients = Array.from({ length: 1001 }, () => away())
    const [first, second] = clients as [Client, Client]
    for (const client of clients.slice(0, 1000)) await kidsOf(client)
    await kidsOf(first)
    expect(asked).toHaveLength(1000)
    await kidsOf(clients.at(-1) as Client)
    await kidsOf(first)
    expect(asked).toHaveLength(1001)
    await kidsOf(second)
    expect(asked).toHaveLength(1002)
  })

  test('a bug is no failure of the address: it is told, and not remembered', async () => {
    const client = away()
    served = new TypeError('a bug')
    await expect(keys.keysOf(client, undefined)).rejects.toThrow('a bug')
    served = setOf('a')
    expect(await kidsOf(client)).toEqual(['a'])
  })
})
