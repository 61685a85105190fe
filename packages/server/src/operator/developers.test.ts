import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Office, office, stores } from '../testing/operator.ts'
import { anApproval, aRequest, clientsPath, signedInAgain, signedInPerson } from '../testing/people.ts'

describe.each(stores)('$name', ({ open }) => {
  let scene: Office
  beforeEach(async () => {
    scene = await office({ store: await open() })
  })
  afterEach(() => scene.close())

  const developers = '/api/developers'
  const list = async (query = '') => (await scene.admin('GET', `${developers}?${query}`)).body
  const names = async (query: string) =>
    (await list(query)).developers.map(({ fullName }: { fullName: string }) => fullName)
  const statistics = () => `${developers}/${scene.developer.account.email}/user-statistics`

  /** What two users were asked by two clients, some of it long ago. */
  async function history(): Promise<void> {
    const { deps, user, client } = scene
    const day = 86_400
    const other = await signedInPerson(deps, 'user')
    await aRequest(deps, other, client.client_id, { created_at: deps.clock.now() - 40 * day, expires_at: 1 })
    await aRequest(deps, user, client.client_id, { created_at: deps.clock.now() - 8 * day, expires_at: 1 })
    await anApproval(deps, user, client.client_id)
    await aRequest(deps, user, client.client_id)
  }

  test('a developer is listed with sessions, clients and users, in the fields of the contract', async () => {
    await history()
    await signedInAgain(scene.deps, 'developer', scene.developer.account)
    const answer = await list()
    expect(answer).toMatchObject({
      totalCount: 1,
      currentPage: 1,
      pageCount: 1,
      hasMore: false,
      limit: 50,
      offset: 0,
    })
    expect(answer.developers).toEqual([
      {
        id: scene.developer.account.id,
        fullName: 'Ada Example',
        email: scene.developer.account.email,
        companyName: '',
        status: 1,
        state: 'active',
        createdAt: '2026-03-01T12:00:00Z',
        lastSessionExpiry: '2026-03-02T12:00:00Z',
        firstSessionExpiry: '2026-03-02T12:00:00Z',
        totalSessionCount: 2,
        oauthClientCount: 1,
        totalUsers: 2,
        activeUsers: 1,
      },
    ])
  })

  test('the list is narrowed, sorted and paged', async () => {
    const { deps } = scene
    deps.clock.advance(2 * 86_400)
    const bob = await signedInPerson(deps, 'developer', 'Bob Builder')
    deps.clock.advance(86_400 - 12 * 3600)
    const carol = await signedInPerson(deps, 'developer', 'Carol 100% Certain')
    await scene.admin('POST', `/api/v0/admin/developers/${carol.account.id}/suspend`)
    await deps.store.sessions.endAll('developer', bob.account.id)

    expect(await names('')).toEqual(['Carol 100% Certain', 'Bob Builder', 'Ada Example'])
    expect(await names('sort_order=asc&limit=2')).toEqual(['Ada Example', 'Bob Builder'])
    expect(await names('limit=2&page=2')).toEqual(['Ada Example'])
    expect(await names('limit=-1')).toHaveLength(3)
    expect(await names('sort_column=fullName&sort_order=desc')).toEqual([
      'Carol 100% Certain',
      'Bob Builder',
      'Ada Example',
    ])
    expect(await names('status=1')).toEqual(['Bob Builder', 'Ada Example'])
    expect(await names('status=0')).toEqual(['Carol 100% Certain'])
    expect(await names('status=5')).toEqual([])
    expect(await names('search=BUILD')).toEqual(['Bob Builder'])
    expect(await names('search=100%25')).toEqual(['Carol 100% Certain'])
    expect(await names('created_range=today')).toEqual(['Carol 100% Certain'])
    expect(await names('created_range=yesterday')).toEqual(['Bob Builder'])
    expect(await names('created_after=2026-03-03')).toEqual(['Carol 100% Certain', 'Bob Builder'])
    expect(await names('created_before=2026-03-03')).toEqual(['Bob Builder', 'Ada Example'])
    await signedInAgain(deps, 'developer', scene.developer.account)
    await signedInAgain(deps, 'developer', scene.developer.account)
    expect(await names('has_active_session=true')).toEqual(['Ada Example'])
    expect(await names('has_active_session=false')).toEqual(['Carol 100% Certain', 'Bob Builder'])
    expect(await names('session_count_min=2')).toEqual(['Ada Example'])
    expect(await names('session_count_max=1')).toEqual(['Carol 100% Certain', 'Bob Builder'])
    expect(await names('last_session_after=2026-03-05')).toEqual(['Ada Example'])
    expect(await names('last_session_before=2026-03-04')).toEqual([])
    expect((await names('sort_column=totalSessionCount'))[0]).toBe('Ada Example')
  })

  test.each([
    'limit=x',
    'page=0',
    'status=9',
    'created_after=yesterday',
    'sort_column=password_hash',
    'sort_order=up',
  ])('a filter that is none is refused: %s', async (query) => {
    expect((await scene.admin('GET', `${developers}?${query}`)).status).toBe(400)
  })

  test('statistics count users and requests of one developer alone, within a range', async () => {
    await history()
    const stranger = await signedInPerson(scene.deps, 'developer')
    expect((await scene.admin('GET', statistics())).body).toEqual({
      total_users: 2,
      active_users: 1,
      total_requests: 4,
      approved_requests: 1,
      pending_requests: 1,
      rejected_requests: 2,
    })
    const since = await scene.admin('GET', `${statistics()}?start_date=2026-03-01T00:00:00Z`)
    expect(since.body).toMatchObject({ total_users: 1, total_requests: 2 })
    const other = `${developers}/${stranger.account.email}/user-statistics`
    expect((await scene.admin('GET', other)).body).toMatchObject({ total_users: 0, total_requests: 0 })
    expect((await scene.admin('GET', `${other}/trends`)).body).toEqual([])
    expect((await scene.admin('GET', `${developers}/nobody@example.com/user-statistics`)).status).toBe(404)
  })

  test('trends are of days, of weeks from Monday, and of months', async () => {
    await history()
    const trends = async (query: string) => (await scene.admin('GET', `${statistics()}/trends?${query}`)).body
    expect(await trends('')).toEqual([
      { date: '2026-02-21', user_count: 1, request_count: 1 },
      { date: '2026-03-01', user_count: 1, request_count: 2 },
    ])
    // 2026-03-01 is a Sunday.
    expect(await trends('period=weekly')).toEqual([
      { date: '2026-01-19', user_count: 1, request_count: 1 },
      { date: '2026-02-16', user_count: 1, request_count: 1 },
      { date: '2026-02-23', user_count: 1, request_count: 2 },
    ])
    expect(await trends('period=monthly')).toEqual([
      { date: '2026-01-01', user_count: 1, request_count: 1 },
      { date: '2026-02-01', user_count: 1, request_count: 1 },
      { date: '2026-03-01', user_count: 1, request_count: 2 },
    ])
    const forever = await scene.admin('GET', `${statistics()}/trends?start_date=1970-01-01T00:00:00Z`)
    expect(forever.status).toBe(400)
  })

  test('attack: a client name that a spreadsheet would run leaves the CSV as text', async () => {
    await scene.ask(scene.developer, 'PUT', `${clientsPath}/${scene.client.id}`, {
      name: '=HYPERLINK("x"),1',
    })
    await history()
    const { text, headers } = await scene.admin('GET', `${statistics()}/export`)
    expect(headers['content-type']).toBe('text/csv; charset=utf-8')
    expect(text.split('\n')).toEqual([
      'Metric,Value',
      'total_users,2',
      'active_users,1',
      'total_requests,4',
      'approved_requests,1',
      'pending_requests,1',
      'rejected_requests,2',
      '',
      'Client ID,Client Name,Total Users,Active Users,Total Requests',
      `${scene.client.client_id},"'=HYPERLINK(""x""),1",2,1,4`,
      '',
    ])
    const idle = await signedInPerson(scene.deps, 'developer')
    expect(idle.account.id).not.toBe(scene.developer.account.id)
    const { body } = await scene.admin('GET', `${statistics()}/applications?start_date=2027-01-01T00:00:00Z`)
    expect(body).toMatchObject([{ total_users: 0, total_requests: 0 }])
  })

  test('a developer is made with a link in a mail, and a password that came with the form opens nothing', async () => {
    const form = { fullName: 'Grace', email: 'Grace@Example.com', password: 'initial password' }
    const made = await scene.admin('POST', developers, form)
    expect([made.status, made.body.status, made.body.state]).toEqual([200, 6, 'invited'])
    await scene.deps.background.flush()
    expect(scene.deps.mails[0]?.text).not.toContain(form.password)
    expect((await scene.ask(undefined, 'POST', '/api/v0/developer/auth/token', form)).status).toBe(401)
    expect((await scene.admin('POST', developers, form)).status).toBe(409)
    expect((await scene.admin('POST', developers, { ...form, email: 'x' })).status).toBe(400)
  })

  test('a password for an invited developer is taken where it opens the account, and not where it would open nothing', async () => {
    await scene.admin('POST', developers, { fullName: 'Grace', email: 'grace@example.com' })
    const password = 'a password of some length'
    const change = (form: object) => scene.admin('PUT', `${developers}/grace@example.com`, form)
    const refused = await change({ password })
    expect([refused.status, refused.body.error_description]).toEqual([
      400,
      expect.stringContaining('link in the mail'),
    ])
    expect((await change({ password, status: 1 })).body.state).toBe('active')
    const form = { email: 'grace@example.com', password }
    expect((await scene.ask(undefined, 'POST', '/api/v0/developer/auth/token', form)).status).toBe(200)
  })

  test('attack: name, address, password and status are what may be changed, and nothing else', async () => {
    const { account } = scene.developer
    const other = await signedInPerson(scene.deps, 'developer', 'Other')
    const url = `${developers}/${account.email}`
    for (const bad of [
      { email: other.account.email },
      { email: 'x' },
      { fullName: '\u202e' },
      { password: 'x' },
      { status: 2 },
    ])
      expect([409, 400]).toContain((await scene.admin('PUT', url, bad)).status)
    const before = await scene.deps.store.developers.find(account.id)
    expect(before).toEqual(account)

    const change = {
      fullName: 'Ada B.',
      email: 'ada.b@example.com',
      id: other.account.id,
      password_hash: 'x',
      state: 'deleted',
    }
    expect((await scene.admin('PUT', url, change)).body).toMatchObject({
      fullName: 'Ada B.',
      state: 'active',
    })
    expect(await scene.deps.store.developers.find(account.id)).toEqual({
      ...account,
      full_name: 'Ada B.',
      email: 'ada.b@example.com',
    })
    const status = async (value: number) =>
      (await scene.admin('PUT', `${developers}/ada.b@example.com/status`, { status: value })).body.status
    expect([await status(0), await status(1)]).toEqual([0, 1])
  })

  test('the sessions of a developer are shown with the time of the sign-in, and none of their tokens', async () => {
    const { body, text } = await scene.admin('GET', `${developers}/${scene.developer.account.email}`)
    expect(body).toMatchObject({
      total: 1,
      sessions: [
        { ipAddress: '192.0.2.1', loginTime: '2026-03-01T12:00:00Z', expiresAt: '2026-03-02T12:00:00Z' },
      ],
    })
    expect(text).not.toContain(scene.developer.token)
  })

  test('clients are found by name, id and developer', async () => {
    const other = await signedInPerson(scene.deps, 'developer')
    expect(other.account.email).not.toBe('')
    const total = async (query: string) =>
      (await scene.admin('GET', `/api/v0/admin/clients?${query}`)).body.total
    expect(await total('search=PHOT')).toBe(1)
    expect(await total(`search=${scene.client.client_id}`)).toBe(1)
    expect(await total(`developer=${scene.developer.account.email}`)).toBe(1)
    expect(await total(`developer=${other.account.id}`)).toBe(0)
    expect((await scene.admin('GET', '/api/v0/admin/statistics')).body).toMatchObject({
      clients: { active: 1 },
    })
  })
})
