import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Office, office, stores } from '../testing/operator.ts'
import { aGrant, anApproval, aRequest, clientsPath } from '../testing/people.ts'
import { aWebhook, nowhere } from '../testing/webhooks.ts'

describe.each(stores)('$name', ({ open }) => {
  let scene: Office
  beforeEach(async () => {
    scene = await office({ store: await open(), poster: nowhere })
  })
  afterEach(() => scene.close())

  const headOf = (api_key: { readonly head: Uint8Array }) => Buffer.from(api_key.head).toString('hex')
  const isRevoked = async (head: string) =>
    (await scene.deps.store.apiKeys.findByHead(head))?.revoked_at !== null

  test('a deleted user holds nothing, is nobody, and the address is free again', async () => {
    const { deps, user, client } = scene
    const { api_key, grant } = await aGrant(deps, user, client.client_id)
    const code = await anApproval(deps, user, client.client_id)
    const place = { scopes: ['read', 'bucket:my-holidays'], client_state: 'of the app' }
    const request = await aRequest(deps, user, client.client_id, place)

    expect((await scene.admin('DELETE', `/api/v0/admin/users/${user.account.id}`)).status).toBe(204)
    expect(await isRevoked(headOf(api_key))).toBe(true)
    expect((await deps.store.grants.find(grant.id))?.revoked_by).toBe('operator')
    const read = await deps.store.codes.read(client.client_id, code.code_hash, deps.clock.now())
    expect([read.code, read.project]).toEqual([undefined, undefined])
    expect((await scene.ask(user, 'GET', '/api/v0/projects')).status).toBe(401)
    expect(await deps.store.projects.list(user.account.id)).toEqual([])
    expect(await deps.store.requests.find(request.id, deps.clock.now())).toMatchObject({
      scopes: ['read'],
      client_state: null,
    })
    const left = JSON.stringify(await deps.store.users.find(user.account.id))
    for (const gone of [user.account.email, user.account.full_name]) expect(left).not.toContain(gone)
    expect((await scene.admin('GET', `/api/v0/admin/users/${user.account.email}`)).status).toBe(404)
    expect((await scene.admin('DELETE', `/api/v0/admin/users/${user.account.id}`)).status).toBe(404)

    await deps.background.flush()
    expect(deps.mails.map(({ to }) => to)).toEqual([user.account.email])
    const form = { email: user.account.email, password: 'a password of some length' }
    expect((await scene.ask(undefined, 'POST', '/api/v0/auth/register', form)).status).toBe(200)
  })

  test('a deleted developer leaves no client that works, and the address is free again', async () => {
    const { deps, developer, user, client, ask } = scene
    const { api_key } = await aGrant(deps, user, client.client_id)
    const { email } = developer.account
    const webhook = await aWebhook(scene, { url: 'https://hooks.example/valetkey' })
    expect((await scene.admin('DELETE', `/api/developers/${email}`)).status).toBe(204)
    const { webhooks } = deps.store
    expect(await webhooks.find(webhook.id)).toBeUndefined()
    expect(await webhooks.signingSecrets(webhook.id, deps.clock.now())).toEqual([])
    expect(await isRevoked(headOf(api_key))).toBe(true)
    expect((await scene.request()).body.error).toBe('invalid_client_id')
    expect((await scene.token()).status).toBe(401)
    expect((await ask(developer, 'GET', clientsPath)).status).toBe(401)
    expect((await scene.admin('GET', '/api/developers')).body.developers).toMatchObject([
      { email: '', fullName: 'deleted account', status: 2, oauthClientCount: 0 },
    ])
    expect((await scene.admin('GET', '/api/developers/stats')).body).toMatchObject({ deleted: 1, active: 0 })
    const form = { email, password: 'a password of some length' }
    expect((await ask(undefined, 'POST', '/api/v0/developer/auth/register', form)).status).toBe(200)
  })

  test('a deleted client works for nobody, and its id is not given out again', async () => {
    const { deps, user, client } = scene
    const { api_key } = await aGrant(deps, user, client.client_id)
    const url = `/api/v0/admin/clients/${client.client_id}`
    expect((await scene.admin('DELETE', url)).status).toBe(204)
    expect((await scene.admin('DELETE', url)).status).toBe(404)
    expect(await isRevoked(headOf(api_key))).toBe(true)
    expect((await scene.token()).status).toBe(401)
    expect((await scene.admin('GET', '/api/v0/admin/clients?state=deleted')).body.total).toBe(1)
  })

  test('more grants than one bite holds end all of them', async () => {
    const { deps, user, client } = scene
    const heads: string[] = []
    for (let at = 0; at < 3; at++) heads.push(headOf((await aGrant(deps, user, client.client_id)).api_key))
    await Promise.all(
      Array.from({ length: 600 }, async () => {
        heads.push(headOf((await aGrant(deps, user, client.client_id)).api_key))
      }),
    )
    const suspended = `/api/v0/admin/clients/${client.client_id}/suspend`
    expect((await scene.admin('POST', suspended, { end_access: true })).body.ended).toBe(603)
    expect(await Promise.all(heads.map(isRevoked))).toEqual(heads.map(() => true))
  })

  test('a deletion that broke off is finished by the sweeper', async () => {
    const { deps, user, client } = scene
    const { api_key } = await aGrant(deps, user, client.client_id)
    await deps.store.users.setState(user.account.id, 'closing')
    expect((await scene.ask(user, 'GET', '/api/v0/projects')).status).toBe(401)
    await deps.store.sweep(deps.clock.now())
    expect(await isRevoked(headOf(api_key))).toBe(true)
    expect(await deps.store.users.find(user.account.id)).toMatchObject({ state: 'deleted', email: '' })
  })
})
