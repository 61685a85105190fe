import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { isUsable } from '../../../domain/client.ts'
import type { ClientChange } from '../../clients.ts'
import type { Store } from '../../store.ts'
import { aClient, aGrant, anAccount, anApprovedCode, aRedemption, aScene, aSecret, now } from '../scene.ts'

export function clientPromises(store: () => Store): void {
  test('a client is found as it was added, by row id and by client_id', async () => {
    const { client, secret } = await aScene(store(), { storx_profile: false, scopes: [] })
    expect(await store().clients.find(client.id)).toStrictEqual(client)
    expect(await store().clients.findByClientId(client.client_id)).toStrictEqual(client)
    expect(await store().clients.secrets(client.id)).toStrictEqual([secret])
    expect(await store().clients.find(client.client_id)).toBeUndefined()
  })

  test('a client of the standard dialect is found as it was added, with a secret or without', async () => {
    const developer = anAccount()
    await store().developers.add(developer)
    const byKey = aClient(developer.id, {
      token_endpoint_auth_method: 'private_key_jwt',
      grant_types: ['authorization_code', 'refresh_token'],
      jwks: '{"keys":[]}',
      require_pushed_authorization_requests: true,
      registration_token_hash: randomUUID(),
    })
    const open = aClient(developer.id, { token_endpoint_auth_method: 'none', application_type: 'browser' })
    for (const client of [byKey, open]) {
      await store().clients.add(client, undefined)
      expect(await store().clients.find(client.id)).toStrictEqual(client)
      expect(await store().clients.secrets(client.id)).toEqual([])
      const { client_id } = client
      expect(await store().clients.toAuthenticate(client_id, now)).toStrictEqual({ client, secrets: [] })
    }
  })

  test('what proves a client is read at once: itself and the secrets that work, newest first', async () => {
    const { client, secret, developer } = await aScene(store())
    const newer = aSecret(client.id, { created_at: now + 1 })
    await store().clients.rotate(newer, now + 60, developer.id)
    const older = { ...secret, retires_at: now + 60, retired_by: developer.id }
    const read = (at: number, client_id = client.client_id) => store().clients.toAuthenticate(client_id, at)
    expect(await read(now + 59)).toStrictEqual({ client, secrets: [newer, older] })
    expect(await read(now + 60)).toStrictEqual({ client, secrets: [newer] })
    expect(await read(now, randomUUID())).toStrictEqual({ client: undefined, secrets: [] })
    await store().clients.setState(client.id, 'inactive', now + 1)
    expect(await read(now + 60)).toMatchObject({ client: { state: 'inactive' }, secrets: [newer] })
    await store().clients.setState(client.id, 'deleted', now + 2)
    expect(await read(now)).toStrictEqual({ client: undefined, secrets: [] })
  })

  test('an update changes what the standard dialect knows of a client', async () => {
    const { client } = await aScene(store())
    const change: Partial<ClientChange> = {
      grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
      application_type: 'native',
      jwks: null,
      jwks_uri: 'https://photos.example/jwks',
      require_pushed_authorization_requests: true,
    }
    const after = { ...client, ...change, updated_at: now + 7 }
    expect(await store().clients.update(client.id, () => change, now + 7)).toStrictEqual(after)
    expect(await store().clients.find(client.id)).toStrictEqual(after)
  })

  test('clients of a developer are listed oldest first, without the deleted ones', async () => {
    const developer = anAccount()
    await store().developers.add(developer)
    const [young, old, gone] = [
      aClient(developer.id, { created_at: now + 9 }),
      aClient(developer.id),
      aClient(developer.id),
    ]
    for (const client of [young, old, gone]) await store().clients.add(client, aSecret(client.id))
    await store().clients.setState(gone.id, 'deleted', now)
    expect(await store().clients.list(developer.id)).toStrictEqual([old, young])
    const ever = await store().clients.everOf(developer.id)
    expect(ever.map(({ id, state }) => [id, state])).toEqual([
      ...[old.id, gone.id].toSorted().map((id) => [id, id === gone.id ? 'deleted' : 'active']),
      [young.id, 'active'],
    ])
  })

  test('of many names those are known that a client has or, deleted since, had', async () => {
    const [one, gone] = [await aScene(store()), await aScene(store())]
    await store().clients.setState(gone.client.id, 'deleted', now)
    const [here, there] = [one.client.client_id, gone.client.client_id]
    expect(await store().clients.known([])).toEqual(new Set())
    expect(await store().clients.known([here.toUpperCase(), one.client.id, ''])).toEqual(new Set())
    const strangers = Array.from({ length: 700 }, () => randomUUID())
    expect(await store().clients.known([here, ...strangers, there, here])).toEqual(new Set([here, there]))
  })

  test('the newest secret, whoever it belongs to, is handed out as it is stored', async () => {
    await aScene(store())
    const newest = await store().clients.newestSecret()
    const siblings = await store().clients.secrets(newest?.client_row_id ?? '')
    expect(siblings).toContainEqual(newest)
  })

  test('an update changes what it names, and is undone when the change throws', async () => {
    const { client } = await aScene(store())
    const renamed = await store().clients.update(
      client.id,
      () => ({ name: 'Pictures', storx_profile: false }),
      now + 7,
    )
    expect(renamed).toStrictEqual({ ...client, name: 'Pictures', storx_profile: false, updated_at: now + 7 })
    const no = () => {
      throw new RangeError('no')
    }
    await expect(store().clients.update(client.id, no, now + 8)).rejects.toThrow(RangeError)
    expect(await store().clients.find(client.id)).toStrictEqual(renamed)
    expect(await store().clients.update(randomUUID(), () => ({ name: 'x' }), now)).toBeUndefined()
  })

  test('an inactive client is found as such and comes back; a deleted one is gone for good', async () => {
    const { client } = await aScene(store())
    await store().clients.setState(client.id, 'inactive', now + 1)
    expect(await store().clients.find(client.id)).toStrictEqual({
      ...client,
      state: 'inactive',
      updated_at: now + 1,
    })
    await store().clients.setState(client.id, 'active', now + 2)
    expect(await store().clients.find(client.id)).toMatchObject({ state: 'active' })
    await store().clients.setState(client.id, 'deleted', now + 3)
    await store().clients.setState(client.id, 'active', now + 4)
    expect(await store().clients.find(client.id)).toBeUndefined()
    expect(await store().clients.findByClientId(client.client_id)).toBeUndefined()
    expect(await store().clients.update(client.id, () => ({ name: 'x' }), now)).toBeUndefined()
  })

  test.each(['inactive', 'deleted'] as const)(
    'a client that becomes %s loses codes, grants and API keys',
    async (state) => {
      const scene = await aScene(store())
      const bystander = await aScene(store())
      const granted = await aGrant(store(), scene)
      const code = await anApprovedCode(store(), scene)
      const theirs = await aGrant(store(), bystander)

      await store().clients.setState(scene.client.id, state, now + 5)

      expect(await store().grants.find(granted.grant.id)).toStrictEqual({
        ...granted.grant,
        state: 'revoked',
        revoked_at: now + 5,
        revoked_by: 'developer',
      })
      expect(await store().apiKeys.findByHead(granted.api_key.head)).toMatchObject({ revoked_at: now + 5 })
      expect(await store().codes.redeem(aRedemption(code))).toBe(false)
      expect(await store().apiKeys.findByHead(theirs.api_key.head)).toStrictEqual(theirs.api_key)
    },
  )

  test('rotating keeps the old secret until it retires, and never prolongs one that retires sooner', async () => {
    const { client, secret, developer } = await aScene(store())
    const second = aSecret(client.id, { created_at: now + 1 })
    const third = aSecret(client.id, { created_at: now + 101 })
    expect(await store().clients.rotate(second, now + 100, developer.id)).toBe(true)
    expect(await store().clients.rotate(third, now + 500, developer.id)).toBe(true)
    expect(await store().clients.secrets(client.id)).toStrictEqual([
      third,
      { ...second, retires_at: now + 500, retired_by: developer.id },
      { ...secret, retires_at: now + 100, retired_by: developer.id },
    ])
    const last = aSecret(client.id, { created_at: now + 103 })
    expect(await store().clients.rotate(last, now + 103, developer.id)).toBe(true)
    const retirements = (await store().clients.secrets(client.id)).map(({ retires_at }) => retires_at)
    expect(retirements).toEqual([null, now + 103, now + 103, now + 100])
  })

  test('of many rotations the newest eight retired secrets stay', async () => {
    const { client, developer } = await aScene(store())
    for (let n = 1; n <= 15; n++) {
      await store().clients.rotate(aSecret(client.id, { created_at: now + n }), now + n, developer.id)
    }
    const kept = await store().clients.secrets(client.id)
    expect(kept.map(({ created_at }) => created_at - now)).toEqual([15, 14, 13, 12, 11, 10, 9, 8, 7, 6])
  })

  test('of ten who rotate with an overlap at once, one does: never more than two secrets work', async () => {
    const { client, developer } = await aScene(store())
    const rotations = Array.from({ length: 10 }, () =>
      store().clients.rotate(aSecret(client.id, { created_at: now + 1 }), now + 100, developer.id),
    )
    expect((await Promise.all(rotations)).filter(Boolean)).toHaveLength(1)
    const working = (await store().clients.secrets(client.id)).filter((one) => isUsable(one, now + 2))
    expect(working).toHaveLength(2)
  })

  test('a secret that was replaced retires before its time, once; the newest one never does', async () => {
    const { client, secret, developer } = await aScene(store())
    const bystander = await aScene(store())
    const second = aSecret(client.id, { created_at: now + 1 })
    await store().clients.rotate(second, now + 500, 'who rotated')
    const retire = (secret_id: string, at: number, id = client.id) =>
      store().clients.retireSecret(id, secret_id, developer.id, at)
    const before = await store().clients.secrets(client.id)
    expect(await retire(second.id, now + 50)).toBe('newest')
    expect(await retire(randomUUID(), now + 50)).toBe('unknown')
    expect(await retire(secret.id, now + 50, bystander.client.id)).toBe('unknown')
    expect(await retire(bystander.secret.id, now + 50)).toBe('unknown')
    expect(await store().clients.secrets(client.id)).toStrictEqual(before)

    const retired = [second, { ...secret, retires_at: now + 50, retired_by: developer.id }]
    for (const at of [now + 50, now + 90]) {
      expect(await retire(secret.id, at)).toBe('retired')
      expect(await store().clients.secrets(client.id)).toStrictEqual(retired)
    }
    const read = await store().codes.read(client.client_id, '', now + 50)
    expect(read.secrets).toStrictEqual([second])
    const third = aSecret(client.id, { created_at: now + 60 })
    expect(await store().clients.rotate(third, now + 900, developer.id)).toBe(true)
  })

  test('the last use of a secret only moves forward', async () => {
    const { client, secret } = await aScene(store())
    const note = (...times: number[]) =>
      store().clients.noteSecretsUsed(times.map((at) => ({ secret_id: secret.id, at })))
    const lastUse = async () => (await store().clients.secrets(client.id))[0]?.last_used_at
    await note()
    expect(await lastUse()).toBeNull()
    await note(now + 5, now + 9, now + 7)
    expect(await lastUse()).toBe(now + 9)
    await note(now + 8)
    expect(await lastUse()).toBe(now + 9)
  })
}
