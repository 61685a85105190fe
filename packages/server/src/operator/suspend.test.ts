import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Office, office, stores } from '../testing/operator.ts'
import { aGrant, anApproval, clientsPath } from '../testing/people.ts'

describe.each(stores)('$name', ({ open }) => {
  let scene: Office
  beforeEach(async () => {
    scene = await office({ store: await open() })
  })
  afterEach(() => scene.close())

  const clientUrl = () => `/api/v0/admin/clients/${scene.client.client_id}`
  const developerUrl = () => `/api/v0/admin/developers/${scene.developer.account.email}`
  const userUrl = () => `/api/v0/admin/users/${scene.user.account.email}`
  const granted = async () => {
    const answer = await scene.token({ code: await scene.code() })
    expect(answer.status).toBe(200)
    return answer.headers
  }
  const refused = async (code: string) => {
    const answer = await scene.token({ code })
    return [answer.status, answer.body.error]
  }
  const grants = async () => {
    const { store, clock } = scene.deps
    return (await store.grants.connectedApps(scene.user.account.id, clock.now())).flatMap((app) => app.grants)
  }

  test('a suspended client proves nothing, and says to strangers what an unknown one says', async () => {
    await granted()
    const code = await scene.code()
    expect((await scene.admin('POST', `${clientUrl()}/suspend`)).body).toEqual({
      state: 'suspended',
      ended: 0,
    })
    const answer = await scene.token({ code })
    const nobody = '01890000-0000-7000-8000-000000000000'
    const stranger = await scene.token({
      client_id: nobody,
      client_secret: await scene.jwt({ client_id: nobody }),
    })
    expect(answer.status).toBe(401)
    expect({ ...answer.body, trace_id: '' }).toEqual({ ...stranger.body, trace_id: '' })
    expect((await scene.request()).body.error).toBe('client_inactive')
    // What was handed out goes on, unless the operator says otherwise.
    expect(await grants()).toHaveLength(1)

    await scene.deps.recorder.flush()
    const path = `/api/v0/developer/auth/token-requests/${answer.body.trace_id}`
    expect((await scene.ask(scene.developer, 'GET', path)).body.cause).toBe('client_suspended')
  })

  test('its developer does not undo it, whatever they try; the operator does', async () => {
    await scene.admin('POST', `${clientUrl()}/suspend`, {})
    const own = `${clientsPath}/${scene.client.id}`
    const enable = () => scene.ask(scene.developer, 'PATCH', `${own}/status`, { status: 1 })
    expect((await enable()).body.error).toBe('forbidden')
    expect((await scene.ask(scene.developer, 'GET', own)).body).toMatchObject({ status: 0, suspended: true })
    await scene.ask(scene.developer, 'PUT', own, { name: 'Another name' })
    await scene.ask(scene.developer, 'POST', `${own}/regenerate-secret`)
    expect((await scene.admin('GET', clientUrl())).body).toMatchObject({
      state: 'suspended',
      suspension: 'client',
    })

    expect((await scene.admin('POST', `${clientUrl()}/unsuspend`)).body).toEqual({ state: 'active' })
    expect((await scene.request()).status).toBe(200)
    // Once more changes nothing.
    expect((await scene.admin('POST', `${clientUrl()}/unsuspend`)).body).toEqual({ state: 'active' })
  })

  test('a client that its developer deactivates meanwhile is inactive after it', async () => {
    await scene.admin('POST', `${clientUrl()}/suspend`)
    const own = `${clientsPath}/${scene.client.id}/status`
    expect((await scene.ask(scene.developer, 'PATCH', own, { status: 0 })).status).toBe(200)
    expect((await scene.admin('POST', `${clientUrl()}/unsuspend`)).body).toEqual({ state: 'inactive' })
    expect((await scene.ask(scene.developer, 'PATCH', own, { status: 1 })).status).toBe(200)
  })

  test('with end_access the API keys end too, and unsuspending brings none of them back', async () => {
    const { api_key } = await aGrant(scene.deps, scene.user, scene.client.client_id)
    const head = Buffer.from(api_key.head).toString('hex')
    const code = await anApproval(scene.deps, scene.user, scene.client.client_id)
    const { body } = await scene.admin('POST', `${clientUrl()}/suspend`, { end_access: true })
    expect(body).toEqual({ state: 'suspended', ended: 1 })
    await scene.admin('POST', `${clientUrl()}/unsuspend`)
    expect((await scene.deps.store.apiKeys.findByHead(head))?.revoked_at).not.toBeNull()
    expect(await grants()).toEqual([])
    const read = await scene.deps.store.codes.read('', code.code_hash, scene.deps.clock.now())
    expect(read.code?.revoked_at).not.toBeNull()
    await scene.deps.recorder.flush()
  })

  test('a suspended developer is signed out at once, and so are their clients; both come back', async () => {
    const code = await scene.code()
    await scene.admin('POST', `${developerUrl()}/suspend`)
    expect((await scene.ask(scene.developer, 'GET', clientsPath)).status).toBe(401)
    expect(await refused(code)).toEqual([401, 'invalid_client'])
    expect((await scene.admin('GET', clientUrl())).body).toMatchObject({
      state: 'suspended',
      suspension: 'developer',
    })
    // Not client by client: they stay as long as the developer does.
    expect((await scene.admin('POST', `${clientUrl()}/unsuspend`)).body).toEqual({ state: 'suspended' })
    expect((await scene.admin('POST', `${developerUrl()}/unsuspend`)).body).toEqual({ state: 'active' })
    expect((await scene.admin('GET', clientUrl())).body).toMatchObject({ state: 'active', suspension: null })
    // What was approved before is gone, what is approved now works.
    expect(await refused(code)).toEqual([400, 'invalid_code'])
    await granted()
  })

  test('a client that was suspended by itself stays so when its developer comes back', async () => {
    await scene.admin('POST', `${clientUrl()}/suspend`)
    await scene.admin('POST', `${developerUrl()}/suspend`)
    await scene.admin('POST', `${developerUrl()}/unsuspend`)
    expect((await scene.admin('GET', clientUrl())).body).toMatchObject({
      state: 'suspended',
      suspension: 'client',
    })
  })

  test('a suspended user is signed out, redeems and refreshes nothing, and chooses no new password', async () => {
    await granted()
    const code = await scene.code()
    const { background, mails } = scene.deps
    const forgot = () =>
      scene.ask(undefined, 'POST', '/api/v0/auth/forgot-password', { email: scene.user.account.email })
    await forgot()
    await background.flush()
    const token = /#token=([\w-]+)/.exec(mails.at(-1)?.text ?? '')?.[1] ?? ''
    expect(token).not.toBe('')

    expect((await scene.admin('POST', `${userUrl()}/suspend`)).body).toEqual({ state: 'suspended', ended: 0 })
    expect((await scene.ask(scene.user, 'GET', '/api/v0/projects')).status).toBe(401)
    expect((await refused(code))[0]).toBe(400)
    const reset = { token, newPassword: 'a password of some length' }
    const answer = await scene.ask(undefined, 'POST', '/api/v0/auth/reset-password-with-token', reset)
    expect(answer.status).toBe(401)
    await forgot()
    await background.flush()
    expect(mails).toHaveLength(1)
    expect(await grants()).toHaveLength(1)

    const ended = await scene.admin('POST', `${userUrl()}/suspend`, { end_access: true })
    expect(ended.body).toEqual({ state: 'suspended', ended: 1 })
    expect(await grants()).toEqual([])
    expect((await scene.admin('POST', `${userUrl()}/unsuspend`)).body).toEqual({ state: 'active' })
  })

  test('who has not proven the address is not let in by being suspended and unsuspended', async () => {
    await scene.deps.store.users.setState(scene.user.account.id, 'unverified')
    await scene.admin('POST', `${userUrl()}/suspend`)
    expect((await scene.admin('POST', `${userUrl()}/unsuspend`)).body).toEqual({ state: 'unverified' })
  })

  test('the operator is on record, and a user reads what was done to their account', async () => {
    await scene.admin('POST', `${userUrl()}/suspend`)
    scene.deps.clock.advance(1)
    await scene.admin('POST', `${userUrl()}/unsuspend`)
    await scene.deps.recorder.flush()
    const events = await scene.deps.store.audit.log({ user_id: scene.user.account.id }, { limit: 10 })
    expect(events.map(({ actor_kind, action }) => [actor_kind, action])).toEqual([
      ['operator', 'user.unsuspended'],
      ['operator', 'user.suspended'],
    ])
  })

  test('fields that the form does not have are refused, and change nothing', async () => {
    const { status } = await scene.admin('POST', `${userUrl()}/suspend`, { end_acces: true })
    expect(status).toBe(400)
    expect((await scene.admin('GET', userUrl())).body.state).toBe('active')
  })
})
