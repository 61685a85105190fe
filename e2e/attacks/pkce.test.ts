/** Whoever wants to do without the proof that the one who redeems is the one who asked. */
import { hash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Answer } from '../../packages/server/src/testing/people.ts'
import {
  code_challenge,
  code_verifier,
  type StandardScene,
  standardScene,
} from '../../packages/server/src/testing/standard-scene.ts'
import { isLive, storxCode, storxRedeem } from './testing/access.ts'

let scene: StandardScene
beforeEach(async () => {
  scene = await standardScene({ settings: { rate_limits: false } })
})
afterEach(() => scene.close())

const refused = ({ status, body }: Answer) => [status, body.error]
const noGrant = [400, 'invalid_grant']
const s256 = (text: string) => hash('sha256', text, 'base64url')
/** What the authorization endpoint makes of it; nothing was recorded if it is an error. */
const askedWith = async (change: Record<string, string | undefined>) => {
  const { parameters } = await scene.decide(change)
  return [parameters.error, parameters.code]
}
const historyOf = () =>
  scene.deps.store.requests.history(scene.user.account.id, scene.client.client_id, scene.deps.clock.now())

describe('attack 19: PKCE downgrade', () => {
  test('attack 19: PKCE downgrade: a request whose challenge was stripped is refused before anybody is asked', async () => {
    expect(await askedWith({ code_challenge: undefined })).toEqual(['invalid_request', undefined])
    expect(await askedWith({ code_challenge: undefined, code_challenge_method: undefined })).toEqual([
      'invalid_request',
      undefined,
    ])
    expect(await askedWith({ code_challenge: '' })).toEqual(['invalid_request', undefined])
    expect(await historyOf()).toEqual([])
  })

  test('attack 19: PKCE downgrade: pushed without a challenge it is refused, too', async () => {
    const { searchParams } = new URL(scene.authorizationUrl({ code_challenge: undefined }), 'http://here')
    expect(refused(await scene.post('/oauth2/par', Object.fromEntries(searchParams)))).toEqual([
      400,
      'invalid_request',
    ])
  })

  test('attack 19: PKCE downgrade: the verifier left out, the code is refused, and spent', async () => {
    for (const code_verifier of [undefined, '']) {
      const challenge = s256(`verifier ${String(code_verifier)}`)
      const code = await scene.code({ code_challenge: challenge })
      expect(refused(await scene.exchange(code, { code_verifier }))).toEqual(noGrant)
      expect(
        refused(await scene.exchange(code, { code_verifier: `verifier ${String(code_verifier)}` })),
      ).toEqual(noGrant)
    }
  })

  // RFC 9700 §4.8.2: an attacker's code, begun without PKCE, is injected into the session of an app that uses it.
  test('attack 19: PKCE downgrade: a verifier for a code that was asked for without a challenge is refused', async () => {
    expect(refused(await scene.exchange(await storxCode(scene)))).toEqual([400, 'invalid_request'])
    expect((await storxRedeem(scene, await storxCode(scene), { code_verifier })).status).toBe(400)
  })

  test('attack 19: PKCE downgrade: a StorX code that began with a challenge is not redeemed without its verifier', async () => {
    const request = { code_challenge, code_challenge_method: 'S256' }
    expect(refused(await storxRedeem(scene, await storxCode(scene, request)))).toEqual([400, 'invalid_code'])
    const { status, body } = await storxRedeem(scene, await storxCode(scene, request), { code_verifier })
    expect(status).toBe(200)
    expect(await isLive(scene, body.access_grant)).toBe(true)
  })

  test('attack 19: PKCE downgrade: the StorX endpoint redeems no code of the standard dialect without its verifier', async () => {
    const code = await scene.code()
    expect((await storxRedeem(scene, code, { passphrase: undefined })).status).toBe(400)
  })
})

describe('attack 20: PKCE plain, bad lengths', () => {
  test.each<[string, Record<string, string | undefined>]>([
    ['method plain', { code_challenge_method: 'plain' }],
    ['no method, which means plain', { code_challenge_method: undefined }],
    ['method s256', { code_challenge_method: 's256' }],
    ['method S512', { code_challenge_method: 'S512' }],
    ['42 characters', { code_challenge: code_challenge.slice(1) }],
    ['44 characters', { code_challenge: `${code_challenge}A` }],
    ['129 characters', { code_challenge: 'a'.repeat(129) }],
    ['padding', { code_challenge: `${code_challenge}=` }],
    ['base64 that is not base64url', { code_challenge: `+${code_challenge.slice(1)}` }],
    ['a letter beyond ASCII', { code_challenge: `é${code_challenge.slice(1)}` }],
  ])('attack 20: PKCE plain, bad lengths: a challenge with %s is refused', async (_what, change) => {
    expect(await askedWith(change)).toEqual(['invalid_request', undefined])
    expect(await historyOf()).toEqual([])
  })

  test.each<[string, string]>([
    ['42 characters', 'v'.repeat(42)],
    ['129 characters', 'v'.repeat(129)],
    ['a letter beyond ASCII', `${'v'.repeat(43)}é`],
    ['a space', `${'v'.repeat(43)} `],
    ['a plus', `${'v'.repeat(43)}+`],
  ])(
    'attack 20: PKCE plain, bad lengths: a verifier with %s is refused though its digest is the challenge',
    async (_what, verifier) => {
      const code = await scene.code({ code_challenge: s256(verifier) })
      expect(refused(await scene.exchange(code, { code_verifier: verifier }))).toEqual(noGrant)
    },
  )

  test.each([43, 128])(
    'attack 20: PKCE plain, bad lengths: a verifier of %i characters is good',
    async (length) => {
      const verifier = '-._~'.padEnd(length, 'v')
      const code = await scene.code({ code_challenge: s256(verifier) })
      expect((await scene.exchange(code, { code_verifier: verifier })).status).toBe(200)
    },
  )

  test('attack 20: PKCE plain, bad lengths: the challenge itself is no verifier', async () => {
    expect(refused(await scene.exchange(await scene.code(), { code_verifier: code_challenge }))).toEqual(
      noGrant,
    )
  })

  test('attack 20: PKCE plain, bad lengths: in the StorX dialect plain is unknown, and no method means S256', async () => {
    for (const code_challenge_method of ['plain', 's256'])
      await expect(storxCode(scene, { code_challenge, code_challenge_method })).rejects.toThrow('no code')
    const code = await storxCode(scene, { code_challenge })
    expect(refused(await storxRedeem(scene, code, { code_verifier: code_challenge }))).toEqual([
      400,
      'invalid_code',
    ])
    expect((await storxRedeem(scene, code, { code_verifier })).status).toBe(200)
  })
})
