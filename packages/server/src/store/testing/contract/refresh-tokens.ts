import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { type Store, StoreUnavailable } from '../../store.ts'
import {
  aGrant,
  anApprovedCode,
  aRedemption,
  aRefreshableGrant,
  aRefreshableRedemption,
  aRefreshToken,
  aScene,
  aToken,
  now,
} from '../scene.ts'

export function refreshPromises(store: () => Store): void {
  const read = (token_hash: string) => store().refreshTokens.read(token_hash)

  test('redeeming a code may begin a family of refresh tokens, of which the first is read with all it needs', async () => {
    const scene = await aScene(store())
    const code = await anApprovedCode(store(), scene, {}, { offline_access: true, max_object_ttl: 60 })
    const redemption = aRefreshableRedemption(code, { family: { max_object_ttl: 60 } })
    const { refresh, grant, api_key } = redemption
    expect(await read(refresh.token.token_hash)).toBeUndefined()
    expect(await store().codes.redeem(redemption)).toBe(true)
    expect(await read(refresh.token.token_hash)).toStrictEqual({ ...refresh, grant, api_key })
    expect((await store().codes.read('', code.code_hash, now)).code).toStrictEqual({
      ...code,
      spent_at: now,
      grant_id: grant.id,
    })
  })

  test('a family without sealed keys is one without', async () => {
    const none = { sealed_encryption_access: null, encrypted_prefixes: [] }
    const { refresh } = await aRefreshableGrant(store(), await aScene(store()), { family: none })
    expect((await read(refresh.token.token_hash))?.family).toStrictEqual(refresh.family)
  })

  test('a code that is spent, expired or burned begins no family', async () => {
    const scene = await aScene(store())
    const [spent, burned] = [await anApprovedCode(store(), scene), await anApprovedCode(store(), scene)]
    const late = { ...aRefreshableRedemption(spent), now: spent.expires_at }
    const [again, useless] = [aRefreshableRedemption(spent), aRefreshableRedemption(burned)]
    expect(await store().codes.redeem(late)).toBe(false)
    expect(await store().codes.redeem(aRedemption(spent))).toBe(true)
    expect(await store().codes.redeem(again)).toBe(false)
    await store().codes.burn(burned.id, now)
    expect(await store().codes.redeem(useless)).toBe(false)
    for (const { refresh, grant } of [late, again, useless]) {
      expect(await store().grants.find(grant.id)).toBeUndefined()
      // Were any of it there, recording it once more would fail.
      const { id } = await anApprovedCode(store(), scene)
      const once = aRefreshableRedemption(spent).api_key
      const anew = { code_id: id, now, grant, api_key: { ...once, grant_id: grant.id }, refresh }
      expect(await store().codes.redeem(anew)).toBe(true)
    }
  })

  test('a redemption whose refresh token cannot be recorded fails alone and leaves nothing behind', async () => {
    const scene = await aScene(store())
    const taken = await aRefreshableGrant(store(), scene)
    const codes = await Promise.all([1, 2, 3].map(() => anApprovedCode(store(), scene)))
    const [first, second, third] = codes.map((code) => aRefreshableRedemption(code))
    if (first === undefined || second === undefined || third === undefined) throw new Error('three are there')
    const bad = { ...second, refresh: { ...second.refresh, token: { ...taken.refresh.token } } }

    const [one, two, three] = await Promise.allSettled(
      [first, bad, third].map((each) => store().codes.redeem(each)),
    )
    expect([one, three]).toEqual([
      { status: 'fulfilled', value: true },
      { status: 'fulfilled', value: true },
    ])
    expect(
      two?.status === 'rejected' && two.reason instanceof Error && !(two.reason instanceof StoreUnavailable),
    ).toBe(true)
    expect(await store().grants.find(second.grant.id)).toBeUndefined()
    expect(await store().apiKeys.findByHead(second.api_key.head)).toBeUndefined()
    expect(await store().codes.redeem(second)).toBe(true)
  })

  test('a rotation ends one token and begins the next of the same family', async () => {
    const { refresh, grant, api_key } = await aRefreshableGrant(store(), await aScene(store()))
    const { family, token } = refresh
    const successor = aRefreshToken(grant.id, { created_at: now + 9, expires_at: now + 9000 })
    expect(await store().refreshTokens.rotate(token.token_hash, successor, now + 9)).toBe(true)
    const rotated = { ...token, rotated_at: now + 9 }
    expect(await read(token.token_hash)).toStrictEqual({ token: rotated, family, grant, api_key })
    expect(await read(successor.token_hash)).toStrictEqual({ token: successor, family, grant, api_key })
    const next = aRefreshToken(grant.id)
    expect(await store().refreshTokens.rotate(successor.token_hash, next, now + 10)).toBe(true)
  })

  test('a token that was rotated, expired, is unknown or of another grant has no successor', async () => {
    const scene = await aScene(store())
    const { refresh, grant } = await aRefreshableGrant(store(), scene)
    const other = await aRefreshableGrant(store(), scene)
    const { token_hash, expires_at } = refresh.token
    const refused = async (hash: string, grant_id: string, at: number) => {
      const successor = aRefreshToken(grant_id)
      expect(await store().refreshTokens.rotate(hash, successor, at)).toBe(false)
      expect(await read(successor.token_hash)).toBeUndefined()
    }
    await refused(token_hash, grant.id, expires_at)
    await refused(aToken(), grant.id, now)
    await refused(token_hash, other.grant.id, now)
    await refused(token_hash, randomUUID(), now)
    expect((await read(token_hash))?.token).toStrictEqual(refresh.token)
    expect(await store().refreshTokens.rotate(token_hash, aRefreshToken(grant.id), now)).toBe(true)
    await refused(token_hash, grant.id, now)
    expect((await read(token_hash))?.token.expires_at).toBe(expires_at)
  })

  test('a successor that cannot be recorded leaves its predecessor as it was', async () => {
    const scene = await aScene(store())
    const [{ refresh, grant }, other] = [
      await aRefreshableGrant(store(), scene),
      await aRefreshableGrant(store(), scene),
    ]
    const { token } = refresh
    const taken = aRefreshToken(grant.id, { token_hash: other.refresh.token.token_hash })
    await expect(store().refreshTokens.rotate(token.token_hash, taken, now)).rejects.toThrow()
    expect((await read(token.token_hash))?.token).toStrictEqual(token)
  })

  test.each([
    ['revoked', (grant_id: string) => store().grants.revoke(grant_id, 'client', now + 5)],
    [
      'of an app that its user disconnected',
      (_: string, { user_id, client_id }: { user_id: string; client_id: string }) =>
        store().grants.revokeClientOfUser(user_id, client_id, now + 5),
    ],
    [
      'of a client that was disabled',
      (_: string, { id }: { id: string }) => store().clients.setState(id, 'inactive', now + 5),
    ],
  ])('a grant that is %s is not refreshed, and its sealed keys are gone', async (_, end) => {
    const scene = await aScene(store())
    const neighbour = await aRefreshableGrant(store(), await aScene(store()))
    const { refresh, grant } = await aRefreshableGrant(store(), scene)
    const { token, family } = refresh
    const { client_id, id } = scene.client
    await end(grant.id, { user_id: scene.user.id, client_id, id })

    const successor = aRefreshToken(grant.id)
    expect(await store().refreshTokens.rotate(token.token_hash, successor, now + 6)).toBe(false)
    expect(await read(successor.token_hash)).toBeUndefined()
    expect(await read(token.token_hash)).toMatchObject({
      token,
      family: { ...family, sealed_encryption_access: null },
      grant: { state: 'revoked', revoked_at: now + 5 },
      api_key: { revoked_at: now + 5 },
    })
    expect((await read(neighbour.refresh.token.token_hash))?.family).toStrictEqual(neighbour.refresh.family)
    const next = aRefreshToken(neighbour.grant.id)
    expect(await store().refreshTokens.rotate(neighbour.refresh.token.token_hash, next, now)).toBe(true)
  })

  test('a grant past its end is not refreshed', async () => {
    const scene = await aScene(store())
    const token = { expires_at: now + 99 * 86_400 }
    const { refresh, grant } = await aRefreshableGrant(store(), scene, { token })
    const rotate = (at: number) =>
      store().refreshTokens.rotate(refresh.token.token_hash, aRefreshToken(grant.id), at)
    expect(await rotate(grant.not_after)).toBe(false)
    expect(await rotate(grant.not_after - 1)).toBe(true)
  })

  test('a burned code is worthless and its sealed keys are gone; one that was spent stays as it is', async () => {
    const scene = await aScene(store())
    const sealed = { sealed_encryption_access: 'c2VhbGVk', sealed_half: 'aGFsZg' }
    const gone = { sealed_encryption_access: null, sealed_half: null }
    const code = await anApprovedCode(store(), scene, {}, sealed)
    const spent = await anApprovedCode(store(), scene, {}, sealed)
    const stored = async (code_hash: string) => (await store().codes.read('', code_hash, now)).code
    expect(await stored(code.code_hash)).toStrictEqual(code)
    await store().codes.burn(code.id, now + 3)
    await store().codes.burn(code.id, now + 4)
    expect(await store().codes.redeem(aRedemption(code))).toBe(false)
    expect(await stored(code.code_hash)).toStrictEqual({ ...code, ...gone, revoked_at: now + 3 })

    const redemption = aRedemption(spent)
    expect(await store().codes.redeem(redemption)).toBe(true)
    await store().codes.burn(spent.id, now + 3)
    const after = { ...spent, ...gone, spent_at: now, grant_id: redemption.grant.id }
    expect(await stored(spent.code_hash)).toStrictEqual(after)
    expect(await store().grants.find(redemption.grant.id)).toStrictEqual(redemption.grant)
  })

  test('an API key is read with its grant, ended or not', async () => {
    const { grant, api_key } = await aGrant(store(), await aScene(store()))
    expect(await store().apiKeys.withGrant(api_key.head)).toStrictEqual({ api_key, grant })
    await store().grants.revoke(grant.id, 'client', now + 1)
    expect(await store().apiKeys.withGrant(api_key.head)).toStrictEqual({
      api_key: { ...api_key, revoked_at: now + 1 },
      grant: { ...grant, state: 'revoked', revoked_at: now + 1, revoked_by: 'client' },
    })
    expect(await store().apiKeys.withGrant(randomUUID())).toBeUndefined()
  })

  test('refresh tokens are swept a month after their end, and so is their family', async () => {
    // Long before everything else in this contract, so that only these rows are over.
    const then = now - 7 * 365 * 86_400
    const month = 30 * 86_400
    const scene = await aScene(store())
    const kept = await aRefreshableGrant(store(), scene, { token: { expires_at: then - month + 1 } })
    const gone = await aRefreshableGrant(store(), scene, { token: { expires_at: then - month } })
    const over = { expires_at: then - month }
    const familyless = await aRefreshableGrant(store(), scene, { family: over })
    await store().sweep(then)
    expect(await read(kept.refresh.token.token_hash)).toBeDefined()
    expect(await read(gone.refresh.token.token_hash)).toBeUndefined()
    expect(await read(familyless.refresh.token.token_hash)).toBeUndefined()
    expect(await store().grants.find(familyless.grant.id)).toStrictEqual(familyless.grant)
  })
}
