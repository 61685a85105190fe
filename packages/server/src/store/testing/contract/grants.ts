import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { type Store, StoreUnavailable } from '../../store.ts'
import { aClient, aGrant, anApprovedCode, aRedemption, aScene, aSecret, aToken, now } from '../scene.ts'

export function grantPromises(store: () => Store): void {
  test('a token request reads client, secrets, code and project at once', async () => {
    const scene = await aScene(store())
    const { client, secret, project } = scene
    const code = await anApprovedCode(store(), scene)
    const newer = aSecret(client.id, { created_at: now + 1 })
    await store().clients.rotate(newer, now + 60, scene.developer.id)
    const secrets = [newer, { ...secret, retires_at: now + 60, retired_by: scene.developer.id }]

    const read = (client_id: string, code_hash: string, at = now) =>
      store().codes.read(client_id, code_hash, at)
    const nothing = { client: undefined, secrets: [], code: undefined, project: undefined }
    expect(await read(client.client_id, code.code_hash)).toStrictEqual({ client, secrets, code, project })
    expect(await read(client.client_id, aToken())).toStrictEqual({ ...nothing, client, secrets })
    expect(await read(randomUUID(), code.code_hash)).toStrictEqual({ ...nothing, code, project })
    expect(await read('', '')).toStrictEqual(nothing)
    expect((await read(client.client_id, aToken(), now + 60)).secrets).toStrictEqual([newer])
    await store().clients.setState(client.id, 'deleted', now)
    expect(await read(client.client_id, aToken())).toStrictEqual(nothing)
  })

  test('redeeming spends the code and records the grant and its API key', async () => {
    const scene = await aScene(store())
    const code = await anApprovedCode(store(), scene)
    const redemption = aRedemption(code)
    expect(await store().codes.redeem(redemption)).toBe(true)
    expect(await store().grants.find(redemption.grant.id)).toStrictEqual(redemption.grant)
    expect(await store().apiKeys.findByHead(redemption.api_key.head)).toStrictEqual(redemption.api_key)
    const read = await store().codes.read(scene.client.client_id, code.code_hash, now)
    expect(read.code).toStrictEqual({ ...code, spent_at: now, grant_id: redemption.grant.id })
  })

  test('a code that is spent, expired or unknown redeems nothing', async () => {
    const scene = await aScene(store())
    const code = await anApprovedCode(store(), scene)
    const late = { ...aRedemption(code), now: code.expires_at }
    const unknown = { ...aRedemption(code), code_id: randomUUID() }
    expect(await store().codes.redeem(late)).toBe(false)
    expect(await store().codes.redeem(unknown)).toBe(false)
    expect(await store().codes.redeem(aRedemption(code))).toBe(true)
    const again = aRedemption(code)
    expect(await store().codes.redeem(again)).toBe(false)
    for (const { grant, api_key } of [late, unknown, again]) {
      expect(await store().grants.find(grant.id)).toBeUndefined()
      expect(await store().apiKeys.findByHead(api_key.head)).toBeUndefined()
    }
  })

  test('a redemption that cannot be recorded fails alone and leaves its code unspent', async () => {
    const scene = await aScene(store())
    const taken = await aGrant(store(), scene)
    const codes = [
      await anApprovedCode(store(), scene),
      await anApprovedCode(store(), scene),
      await anApprovedCode(store(), scene),
    ]
    const [first, second, third] = codes.map((code) => aRedemption(code))
    if (first === undefined || second === undefined || third === undefined) throw new Error('three are there')
    const bad = { ...second, api_key: { ...second.api_key, head: taken.api_key.head } }

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
    expect(await store().grants.find(bad.grant.id)).toBeUndefined()
    expect(await store().codes.redeem(second)).toBe(true)
  })

  test('a grant and its API keys end once', async () => {
    const { grant, api_key } = await aGrant(store(), await aScene(store()))
    expect(await store().grants.revoke(grant.id, 'replay', now + 2)).toBe(true)
    expect(await store().grants.revoke(grant.id, 'user', now + 3)).toBe(false)
    expect(await store().grants.find(grant.id)).toMatchObject({
      state: 'revoked',
      revoked_at: now + 2,
      revoked_by: 'replay',
    })
    expect(await store().apiKeys.findByHead(api_key.head)).toStrictEqual({ ...api_key, revoked_at: now + 2 })
    expect(await store().grants.revoke(randomUUID(), 'user', now)).toBe(false)
  })

  test('a grant past its end had ended already', async () => {
    const { grant } = await aGrant(store(), await aScene(store()))
    expect(await store().grants.revoke(grant.id, 'user', grant.not_after)).toBe(false)
  })

  test('revoking an app of a user ends its codes, grants and API keys, and counts the living ones', async () => {
    const scene = await aScene(store())
    const { user, client, project } = scene
    const neighbour = { ...(await aScene(store())), client }
    const [one, two] = [await aGrant(store(), scene), await aGrant(store(), scene)]
    const over = await aGrant(store(), scene, { not_after: now + 1 })
    const code = await anApprovedCode(store(), scene)
    const theirs = await aGrant(store(), neighbour)
    const theirCode = await anApprovedCode(store(), neighbour)

    expect(await store().grants.revokeClientOfUser(user.id, client.client_id, now + 5)).toBe(3)
    expect(await store().grants.revokeClientOfUser(user.id, client.client_id, now + 6)).toBe(0)

    for (const { grant, api_key } of [one, two, over]) {
      expect(await store().grants.find(grant.id)).toMatchObject({ state: 'revoked', revoked_by: 'user' })
      expect(await store().apiKeys.findByHead(api_key.head)).toMatchObject({ revoked_at: now + 5 })
    }
    expect(await store().codes.redeem(aRedemption(code))).toBe(false)
    expect((await store().codes.read(client.client_id, code.code_hash, now)).code).toMatchObject({
      revoked_at: now + 5,
    })
    expect(await store().apiKeys.findByHead(theirs.api_key.head)).toMatchObject({ revoked_at: null })
    expect(await store().codes.redeem(aRedemption(theirCode))).toBe(true)
    expect(await store().projects.find(project.id)).toStrictEqual(project)
  })

  test('what a user ends by a clock that is days ahead stays ended when it is right again', async () => {
    const scene = await aScene(store())
    const { user, client } = scene
    const { grant, api_key } = await aGrant(store(), scene, { not_after: now + 3600 })
    const code = await anApprovedCode(store(), scene)
    const ahead = now + 5 * 86_400
    await store().grants.revokeClientOfUser(user.id, client.client_id, ahead)
    expect(await store().codes.redeem(aRedemption(code))).toBe(false)
    expect(await store().grants.find(grant.id)).toMatchObject({ state: 'revoked' })
    expect(await store().apiKeys.findByHead(api_key.head)).toMatchObject({ revoked_at: ahead })
  })

  test('connected apps are the clients that hold access now, each with all its living grants, newest first', async () => {
    const scene = await aScene(store())
    const { user, client, developer } = scene
    const other = aClient(developer.id, { name: 'Backup' })
    await store().clients.add(other, aSecret(other.id))
    const older = await aGrant(store(), scene)
    const newest = await aGrant(store(), scene, { created_at: now + 2 })
    const ended = await aGrant(store(), scene, { created_at: now + 3 })
    await store().grants.revoke(ended.grant.id, 'user', now)
    const backup = await aGrant(
      store(),
      { ...scene, client: other },
      { created_at: now + 9, not_after: now + 50 },
    )

    const apps = await store().grants.connectedApps(user.id, now)
    expect(apps.map(({ grants }) => grants[0].id)).toEqual([backup.grant.id, newest.grant.id])
    expect(apps[1]).toStrictEqual({
      client: {
        client_id: client.client_id,
        name: client.name,
        description: client.description,
        state: 'active',
      },
      developer: { id: developer.id, full_name: developer.full_name, email: developer.email },
      grants: [newest.grant, older.grant],
      rejected_scopes: ['list'],
      total_requests: 3,
    })
    expect(await store().grants.connectedApps(user.id, now + 50)).toHaveLength(1)
    await store().clients.setState(client.id, 'inactive', now)
    expect(await store().grants.connectedApps(user.id, now + 50)).toEqual([])
  })

  test('apps that lost their access are told apart from connected ones, the last to lose it first', async () => {
    const scene = await aScene(store())
    const { user, client, developer } = scene
    const ended = (at: number, limit = 9) => store().grants.endedApps(user.id, at, limit)
    const idsAt = async (at: number) => (await ended(at)).map(({ grant }) => grant.id)
    const other = aClient(developer.id, { name: 'Backup' })
    await store().clients.add(other, aSecret(other.id))
    const long = await aGrant(store(), scene, { not_after: now + 90 })
    await aGrant(store(), scene, { created_at: now + 2, not_after: now + 20 })
    const backup = await aGrant(store(), { ...scene, client: other }, { not_after: now + 50 })

    expect(await idsAt(now + 49)).toEqual([])
    expect(await idsAt(now + 50)).toEqual([backup.grant.id])
    expect(await idsAt(now + 90)).toEqual([long.grant.id, backup.grant.id])
    await store().grants.revoke(long.grant.id, 'user', now + 30)
    expect(await ended(now + 30)).toStrictEqual([
      {
        client: {
          client_id: client.client_id,
          name: client.name,
          description: client.description,
          state: 'active',
        },
        developer: { id: developer.id, full_name: developer.full_name, email: developer.email },
        grant: { ...long.grant, state: 'revoked', revoked_at: now + 30, revoked_by: 'user' },
      },
    ])
    await store().clients.setState(other.id, 'deleted', now + 40)
    expect(await idsAt(now + 40)).toEqual([backup.grant.id, long.grant.id])
    expect(await ended(now + 40, 1)).toMatchObject([{ client: { state: 'deleted' } }])
    expect(await store().grants.endedApps(randomUUID(), now + 99, 9)).toEqual([])
  })
}
