import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import type { AuthorizationRequest } from '../../../domain/authorization-request.ts'
import type { AccessLogFilter } from '../../requests.ts'
import type { Store } from '../../store.ts'
import {
  aClient,
  aCode,
  aGrant,
  anApprovedCode,
  approval,
  aRedemption,
  aRequest,
  aScene,
  aSecret,
  denial,
  now,
  type Scene,
} from '../scene.ts'

export function requestPromises(store: () => Store): void {
  test('a request is found as it was added, and reads as expired once its time is over', async () => {
    const request = aRequest(await aScene(store()), { client_state: null, code_challenge: 'c' })
    await store().requests.add(request)
    expect(await store().requests.find(request.id, request.expires_at - 1)).toStrictEqual(request)
    expect(await store().requests.find(request.id, request.expires_at)).toStrictEqual({
      ...request,
      state: 'expired',
    })
    expect(await store().requests.find(randomUUID(), now)).toBeUndefined()
  })

  test('the newest request that a client began with a challenge is found by it', async () => {
    const scene = await aScene(store())
    const other = await aScene(store())
    const code_challenge = randomUUID()
    const begun = (at: number, over: Partial<AuthorizationRequest> = {}) =>
      aRequest(scene, { code_challenge, created_at: now + at, ...over })
    const [old, newest] = [begun(1), begun(2)]
    const rest = [begun(3, { code_challenge: 'c' }), begun(4, { client_id: other.client.client_id })]
    for (const request of [old, newest, ...rest]) await store().requests.add(request)
    const { client_id } = scene.client
    expect(await store().requests.withChallenge(client_id, code_challenge)).toStrictEqual(newest)
    expect(await store().requests.withChallenge(client_id, randomUUID())).toBeUndefined()
  })

  test('what a request of the standard dialect asks for is kept as it came', async () => {
    const scene = await aScene(store())
    const request = aRequest(scene, {
      dialect: 'standard',
      response_mode: 'form_post',
      offline_access: true,
      asked_project_id: scene.project.id,
      latest_end: now + 86_400,
      max_object_ttl: 3600,
      device_code_hash: randomUUID(),
    })
    const asked = { dialect: 'standard', offline_access: true, max_object_ttl: 3600 } as const
    const code = aCode(request, scene.project, { ...asked, sealed_half: 'aGFsZg' })
    await store().requests.add(request)
    expect(await store().requests.find(request.id, now)).toStrictEqual(request)
    expect(await store().requests.decide(request.id, scene.user.id, approval, code, now)).toBe(true)
    expect((await store().codes.read('', code.code_hash, now)).code).toStrictEqual(code)
  })

  test('a challenge counts as used once a request of this client with it was approved, for as long as is asked', async () => {
    const scene = await aScene(store())
    const other = await aScene(store())
    const used = (code_challenge: string, since = now, { client_id } = scene.client) =>
      store().requests.challengeUsed(client_id, code_challenge, since)
    const [waiting, denied, approved] = [randomUUID(), randomUUID(), randomUUID()]
    const refused = aRequest(scene, { code_challenge: denied })
    for (const request of [refused, aRequest(scene, { code_challenge: waiting })])
      await store().requests.add(request)
    await store().requests.decide(refused.id, scene.user.id, denial, undefined, now)
    await anApprovedCode(store(), scene, { code_challenge: approved })
    await store().requests.add(aRequest(scene, { code_challenge: approved, created_at: now + 1 }))

    expect([await used(waiting), await used(denied), await used(randomUUID())]).toEqual([false, false, false])
    expect([await used(approved), await used(approved, now + 1)]).toEqual([true, false])
    expect(await used(approved, now, other.client)).toBe(false)
  })

  test('an approval records the decision and the code together', async () => {
    const scene = await aScene(store())
    const request = aRequest(scene)
    const code = aCode(request, scene.project)
    await store().requests.add(request)
    expect(await store().requests.decide(request.id, scene.user.id, approval, code, now + 3)).toBe(true)
    expect(await store().requests.find(request.id, now + 9999)).toStrictEqual({
      ...request,
      ...approval,
      decided_at: now + 3,
    })
    expect((await store().codes.read(scene.client.client_id, code.code_hash, now)).code).toStrictEqual(code)
  })

  const sealed = {
    sealed_encryption_access: 'c2VhbGVk'.repeat(8_192),
    encrypted_prefixes: [
      { bucket: 'photos', encrypted_path_prefix: 'AgID' },
      { bucket: 'music', encrypted_path_prefix: '' },
    ],
  }

  test('sealed keys are kept as they came, and gone once the code was redeemed', async () => {
    const scene = await aScene(store())
    const code = await anApprovedCode(store(), scene, {}, sealed)
    expect((await store().codes.read('', code.code_hash, now)).code).toStrictEqual(code)
    const redemption = aRedemption(code)
    expect(await store().codes.redeem(redemption)).toBe(true)
    expect((await store().codes.read('', code.code_hash, now)).code).toStrictEqual({
      ...code,
      spent_at: now,
      grant_id: redemption.grant.id,
      sealed_encryption_access: null,
    })
  })

  test('sealed keys are gone once the approval was taken back', async () => {
    const scene = await aScene(store())
    const code = await anApprovedCode(store(), scene, {}, { ...sealed, encrypted_prefixes: [] })
    await store().grants.revokeClientOfUser(scene.user.id, scene.client.client_id, now)
    expect((await store().codes.read('', code.code_hash, now)).code).toStrictEqual({
      ...code,
      revoked_at: now,
      sealed_encryption_access: null,
    })
  })

  const badDecisions: readonly [
    string,
    (scene: Scene, request: AuthorizationRequest) => [string, number] | Promise<[string, number]>,
  ][] = [
    ['by another user', ({ developer }) => [developer.id, now]],
    ['after the window closed', ({ user }, { expires_at }) => [user.id, expires_at]],
    [
      'after another decision',
      async ({ user }, { id }) => {
        await store().requests.decide(id, user.id, denial, undefined, now)
        return [user.id, now]
      },
    ],
    [
      'for a client that is not active',
      async ({ user, client }) => {
        await store().clients.setState(client.id, 'inactive', now)
        return [user.id, now]
      },
    ],
  ]
  test.each(badDecisions)('an approval %s changes nothing and leaves no code', async (_, given) => {
    const scene = await aScene(store())
    const request = aRequest(scene)
    const code = aCode(request, scene.project)
    await store().requests.add(request)
    const [user_id, at] = await given(scene, request)
    const before = await store().requests.find(request.id, now)
    expect(await store().requests.decide(request.id, user_id, approval, code, at)).toBe(false)
    expect(await store().requests.find(request.id, now)).toStrictEqual(before)
    expect((await store().codes.read(scene.client.client_id, code.code_hash, now)).code).toBeUndefined()
  })

  test('a denial needs no active client', async () => {
    const scene = await aScene(store())
    const request = aRequest(scene)
    await store().requests.add(request)
    await store().clients.setState(scene.client.id, 'inactive', now)
    expect(await store().requests.decide(request.id, scene.user.id, denial, undefined, now)).toBe(true)
  })

  test('current scopes are those of active grants, grant by grant', async () => {
    const scene = await aScene(store())
    const scopes = () => store().requests.currentScopes(scene.user.id, scene.client.client_id, now)
    expect(await scopes()).toEqual([])
    await aGrant(store(), scene, { scopes: ['read', 'list'] })
    await aGrant(store(), scene, { scopes: ['read', 'write'], created_at: now + 1 })
    await aGrant(store(), scene, { scopes: ['lock'], not_after: now })
    const revoked = await aGrant(store(), scene, { scopes: ['delete'] })
    await store().grants.revoke(revoked.grant.id, 'user', now)
    expect(await scopes()).toEqual([
      ['read', 'list'],
      ['read', 'write'],
    ])
  })

  test('history tells newest first what was asked and how it stands', async () => {
    const scene = await aScene(store())
    const waiting = aRequest(scene, { created_at: now + 1 })
    const forgotten = aRequest(scene, { created_at: now - 900, expires_at: now - 300 })
    await store().requests.add(forgotten)
    await store().requests.add(waiting)
    const approved = await anApprovedCode(store(), scene, { created_at: now - 10 })
    const { grant } = await aGrant(store(), scene)
    await store().requests.add(aRequest(await aScene(store())))
    await store().clients.setState(scene.client.id, 'deleted', now)

    const history = await store().requests.history(scene.user.id, scene.client.client_id, now + 2)
    expect(history.map(({ id, state, client_name }) => [id, state, client_name])).toEqual([
      [waiting.id, 'waiting', 'Photos'],
      [grant.request_id, 'approved', 'Photos'],
      [approved.request_id, 'approved', 'Photos'],
      [forgotten.id, 'expired', 'Photos'],
    ])
  })

  test('the access log of a developer is filtered, paged and counted', async () => {
    const scene = await aScene(store())
    const { developer, user } = scene
    const other = aClient(developer.id, { name: 'Backup' })
    await store().clients.add(other, aSecret(other.id))
    const denied = aRequest(scene, { created_at: now + 20 })
    const waiting = aRequest({ client: other, user }, { created_at: now + 30 })
    const expired = aRequest(scene, { created_at: now - 5000, expires_at: now - 4400 })
    for (const request of [denied, waiting, expired]) await store().requests.add(request)
    await store().requests.decide(denied.id, user.id, denial, undefined, now + 21)
    const code = await anApprovedCode(store(), scene, { created_at: now + 10 })
    await store().requests.add(aRequest(await aScene(store())))
    await store().clients.setState(other.id, 'deleted', now)

    const filter = { developer_id: developer.id, now }
    const ids = async (more: Partial<AccessLogFilter>) => {
      const { entries, total } = await store().requests.log({ ...filter, ...more })
      return [entries.map(({ id }) => id), total]
    }
    const approved = code.request_id
    expect(await ids({})).toEqual([[waiting.id, denied.id, approved, expired.id], 4])
    expect(await ids({ limit: 2 })).toEqual([[waiting.id, denied.id], 4])
    expect(await ids({ limit: 2, offset: 3 })).toEqual([[expired.id], 4])
    expect(await ids({ offset: 1 })).toEqual([[denied.id, approved, expired.id], 4])
    expect(await ids({ client_id: other.client_id })).toEqual([[waiting.id], 1])
    expect(await ids({ states: ['expired', 'rejected'] })).toEqual([[denied.id, expired.id], 2])
    expect(await ids({ states: ['waiting'] })).toEqual([[waiting.id], 1])
    expect(await ids({ states: [] })).toEqual([[], 0])
    expect(await ids({ from: now + 10, to: now + 20 })).toEqual([[denied.id, approved], 2])
    expect(await ids({ developer_id: randomUUID() })).toEqual([[], 0])

    const { entries } = await store().requests.log(filter)
    expect(entries[0]).toStrictEqual({ ...waiting, client_name: 'Backup', code_expires_at: null })
    expect(entries[2]).toMatchObject({
      state: 'approved',
      client_name: 'Photos',
      code_expires_at: code.expires_at,
    })
    expect(await store().requests.statistics(filter)).toStrictEqual({
      total: 4,
      approved: 1,
      pending: 1,
      rejected: 2,
    })
    expect(await store().requests.statistics({ ...filter, from: now + 20 })).toMatchObject({
      total: 2,
      approved: 0,
    })
  })

  test('a timeline counts by days of UTC, to the second, the busy ones alone', async () => {
    const scene = await aScene(store())
    const { developer, user } = scene
    const day = Math.floor(now / 86_400)
    const [morning, evening] = [day * 86_400, day * 86_400 + 86_399]
    const asked = (created_at: number, expires_at = evening + 1_000) =>
      aRequest(scene, { created_at, expires_at })
    const [denied, late] = [asked(evening), asked(morning - 1, morning)]
    const rest = [asked(morning), asked(evening), asked(evening + 1), asked(morning - 5 * 86_400, morning)]
    for (const request of [denied, late, ...rest]) await store().requests.add(request)
    await store().requests.decide(denied.id, user.id, denial, undefined, evening)
    const other = aClient(developer.id)
    await store().clients.add(other, aSecret(other.id))
    await anApprovedCode(store(), { ...scene, client: other }, { created_at: morning + 1 })
    await store().requests.add(aRequest(await aScene(store()), { created_at: morning }))
    await store().clients.setState(other.id, 'deleted', now)

    const filter = { developer_id: developer.id, now: evening }
    const none = { approved: 0, pending: 0, rejected: 0 }
    expect(await store().requests.timeline(filter)).toStrictEqual([
      { day: day - 5, ...none, rejected: 1 },
      { day: day - 1, ...none, rejected: 1 },
      { day, approved: 1, pending: 2, rejected: 1 },
      { day: day + 1, ...none, pending: 1 },
    ])
    const range = { ...filter, from: morning + 1, to: evening - 1 }
    expect(await store().requests.timeline(range)).toStrictEqual([{ day, ...none, approved: 1 }])
    const { client_id } = other
    expect(await store().requests.timeline({ ...filter, client_id })).toStrictEqual([
      { day, ...none, approved: 1 },
    ])
    expect(await store().requests.timeline({ ...filter, developer_id: randomUUID() })).toEqual([])
  })
}
