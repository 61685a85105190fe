import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { anImportedClient, type Office, office, stores } from '../testing/operator.ts'
import { clientsPath, redirectUri, signedInAgain } from '../testing/people.ts'

/** As the reference server handed them out: the text of a bcrypt hash, whose bytes are the key. */
const bcryptText = '$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'
const hexText = '0123456789abcdef'.repeat(4)

describe.each(stores)('$name', ({ open }) => {
  let scene: Office
  beforeEach(async () => {
    scene = await office({ store: await open() })
  })
  afterEach(() => scene.close())

  const path = '/api/v0/admin/clients/import'
  const bring = (clients: readonly unknown[], options: object = {}) =>
    scene.admin('POST', path, { clients, ...options })

  /** Through the whole flow, with a JWT whose key is the UTF-8 bytes of this text. */
  const redeem = async (client_id: string, secret: string) => {
    const asked = await scene.request({ client_id, redirect_uri: redirectUri, scope: ['read'] })
    const consent = { request_id: asked.body.request_id, approve: true, approved_scopes: ['read'] }
    const { code } = (await scene.ask(scene.user, 'POST', '/api/v0/oauth2/consent', consent)).body
    return scene.token({ client_id, code, client_secret: await scene.jwt({ client_id }, secret) })
  }

  test.each([
    ['bcrypt text', bcryptText],
    ['64 hex digits', hexText],
    ['64 hex digits in capitals', hexText.toUpperCase()],
  ])('an app goes on with the client_id and the secret it has: %s', async (_, client_secret) => {
    const row = anImportedClient({ client_secret })
    const { status, body } = await bring([row])
    expect([status, body]).toEqual([200, { dry_run: false, imported: 1, unchanged: 0, new_developers: 1 }])
    const redeemed = await redeem(row.client_id, client_secret)
    expect([redeemed.status, redeemed.body.scopes]).toEqual([200, ['read']])
    // The bytes of the text, and nothing that it may be decoded to.
    const decoded = await redeem(row.client_id, Buffer.from(client_secret, 'hex').toString('latin1') || 'x')
    expect(decoded.status).toBe(401)
  })

  test('the developer takes it over with a link that is mailed, and nobody else does', async () => {
    const row = anImportedClient({ developer_name: 'Grace Hopper' })
    await bring([row, anImportedClient()], { invite: true })
    await scene.deps.background.flush()
    expect(scene.deps.mails.map(({ to }) => to)).toEqual(['grace@old.example'])
    const { text = '' } = scene.deps.mails[0] ?? {}
    expect(text).toContain('Hello Grace Hopper')
    for (const password of ['', 'a password of some length']) {
      const form = { email: row.developer_email, password }
      expect((await scene.ask(undefined, 'POST', '/api/v0/developer/auth/token', form)).status).toBe(401)
    }
    const token = /#token=([\w-]+)/.exec(text)?.[1] ?? ''
    const reset = { token, newPassword: 'a password of some length' }
    const chosen = '/api/v0/developer/auth/reset-password-with-token'
    expect((await scene.ask(undefined, 'POST', chosen, reset)).status).toBe(200)
    const form = { email: row.developer_email, password: reset.newPassword }
    const { body } = await scene.ask(undefined, 'POST', '/api/v0/developer/auth/token', form)
    const account = await scene.deps.store.developers.findByEmail(row.developer_email)
    if (account === undefined) throw new Error('the account was made')
    const mine = await scene.ask({ account, token: body.token }, 'GET', clientsPath)
    expect(mine.body.map(({ name }: { name: string }) => name)).toEqual(['Old photos', 'Old photos'])
  })

  test('somebody who registers the address of an invited developer takes nothing over', async () => {
    const row = anImportedClient()
    await bring([row])
    const form = { email: row.developer_email, password: 'a password of some length' }
    const verifying = await scene.where({ settings: { ...scene.deps.settings, verified_mail: true } })
    const { status } = await verifying.ask(undefined, 'POST', '/api/v0/developer/auth/register', form)
    expect(status).toBe(200)
    await scene.deps.background.flush()
    expect((await redeem(row.client_id, row.client_secret)).status).toBe(200)
    expect((await scene.deps.store.developers.findByEmail(row.developer_email))?.state).toBe('invited')
  })

  const doors = '/api/v0/developer/auth'
  const resetToken = () => /#token=([\w-]+)/.exec(scene.deps.mails.at(-1)?.text ?? '')?.[1] ?? ''

  test('whoever registered the address first gets no client, until it is proven theirs or the operator says so', async () => {
    const row = anImportedClient()
    const form = { email: row.developer_email, password: 'a password of some length' }
    expect((await scene.ask(undefined, 'POST', `${doors}/register`, form)).status).toBe(200)
    const { status, body } = await bring([row])
    expect([status, body.problems.length]).toEqual([400, 1])
    expect(body.problems[0].problem).toContain('--trust-existing')
    expect((await scene.admin('GET', '/api/v0/admin/clients')).body.total).toBe(1)

    expect((await bring([row], { trust_existing: true })).body).toMatchObject({
      imported: 1,
      new_developers: 0,
    })
    // Another one still asks: it was said of that import alone.
    expect((await bring([row, anImportedClient()])).status).toBe(400)

    await scene.ask(undefined, 'POST', `${doors}/forgot-password`, { email: row.developer_email })
    await scene.deps.background.flush()
    const reset = { token: resetToken(), newPassword: 'the password of its owner' }
    expect((await scene.ask(undefined, 'POST', `${doors}/reset-password-with-token`, reset)).status).toBe(200)
    expect((await bring([row, anImportedClient()])).body).toMatchObject({ imported: 1, unchanged: 1 })
  })

  test('an account that nobody proved gives way to an invited one, and nobody who registers later takes its clients', async () => {
    const row = anImportedClient()
    const form = { email: row.developer_email, password: 'a password of some length' }
    const { ask } = await scene.where({ settings: { ...scene.deps.settings, verified_mail: true } })
    const { body: registered } = await ask(undefined, 'POST', `${doors}/register`, form)
    await scene.deps.background.flush()
    const code = /\n(\d{6})\n/.exec(scene.deps.mails.at(-1)?.text ?? '')?.[1]
    expect(code).toBeDefined()

    expect((await bring([row], { invite: true })).body).toMatchObject({ imported: 1, new_developers: 1 })
    await scene.deps.background.flush()
    expect(resetToken()).not.toBe('')
    const activation = { email: form.email, code, signupId: registered.signupId }
    expect((await ask(undefined, 'PATCH', `${doors}/code-activation`, activation)).status).toBe(401)
    await ask(undefined, 'POST', `${doors}/register`, form)
    await scene.deps.background.flush()
    const owner = await scene.deps.store.developers.findByEmail(row.developer_email)
    expect(owner?.state).toBe('invited')
    const { body } = await scene.admin('GET', `/api/v0/admin/clients/${row.client_id}`)
    expect(body.developer.id).toBe(owner?.id)
  })

  test('one bad row and nothing is imported; each bad row is named, and no secret is repeated', async () => {
    const good = anImportedClient()
    const rows = [
      good,
      anImportedClient({ client_id: 'not-a-uuid' }),
      anImportedClient({ client_secret: 'hunter2-secret' }),
      anImportedClient({ redirect_uris: ['javascript:alert(1)'] }),
      anImportedClient({ scopes: ['files:read'] }),
      anImportedClient({ developer_email: 'nobody' }),
      anImportedClient({ name: '' }),
      { ...anImportedClient(), developer_id: scene.developer.account.id },
      good,
      7,
    ]
    const { status, body, text } = await bring(rows)
    expect([status, body.error]).toEqual([400, 'invalid_request'])
    expect(body.problems.map(({ row }: { row: number }) => row)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect(text).not.toContain('hunter2')
    expect(text).not.toContain('c0ffee')
    expect((await scene.admin('GET', '/api/v0/admin/clients')).body.total).toBe(1)
    expect((await scene.admin('GET', '/api/v0/admin/developers')).body.total).toBe(1)
    expect(scene.deps.logLines.join('')).not.toMatch(/hunter2|c0ffee/)
  })

  test('a dry run says what it would do, and does nothing', async () => {
    const { body } = await bring([anImportedClient()], { dry_run: true })
    expect(body).toEqual({ dry_run: true, imported: 1, unchanged: 0, new_developers: 1 })
    expect((await scene.admin('GET', '/api/v0/admin/clients')).body.total).toBe(1)
  })

  test('repeated, it leaves what is there as it is, and what does not fit is said', async () => {
    const row = anImportedClient()
    await bring([row])
    const developer = await scene.deps.store.developers.findByEmail(row.developer_email)
    if (developer === undefined) throw new Error('the account was made')
    await scene.deps.store.developers.prove(developer, scene.deps.clock.now())
    await scene.deps.store.developers.open(developer.id)
    const grace = await signedInAgain(scene.deps, 'developer', developer)
    await scene.ask(grace, 'PUT', `${clientsPath}/${row.client_id}`, { name: 'New photos' })

    const again = await bring([row, anImportedClient()])
    expect(again.body).toMatchObject({ imported: 1, unchanged: 1, new_developers: 0 })
    const kept = await scene.admin('GET', `/api/v0/admin/clients/${row.client_id}`)
    expect(kept.body.name).toBe('New photos')

    for (const change of [{ client_secret: hexText }, { developer_email: scene.developer.account.email }]) {
      const other = await bring([{ ...row, ...change }])
      expect([other.status, other.body.problems.length]).toEqual([400, 1])
    }
    await scene.ask(grace, 'DELETE', `${clientsPath}/${row.client_id}`)
    expect((await bring([row])).body.problems[0].problem).toContain('was deleted here')
  })

  test('lists come as JSON or as one text with commas, an inactive client stays so, scopes may be left out', async () => {
    const row = anImportedClient({
      redirect_uris: `${redirectUri}, https://photos.example/other`,
      scopes: 'read,files:read',
      status: 0,
    })
    expect((await bring([row])).status).toBe(400)
    expect((await bring([row], { ignore_scopes: true })).status).toBe(200)
    const { body } = await scene.admin('GET', `/api/v0/admin/clients/${row.client_id}`)
    expect(body).toMatchObject({
      state: 'inactive',
      scopes: [],
      redirect_uris: [redirectUri, 'https://photos.example/other'],
    })
  })

  test('of several imports of the same rows at once, one brings them in', async () => {
    const rows = Array.from({ length: 20 }, (_, at) =>
      anImportedClient({ developer_email: `dev${at % 3}@old.example` }),
    )
    const answers = await Promise.all(Array.from({ length: 4 }, () => bring(rows)))
    const imported = answers.filter(({ status, body }) => status === 200 && body.imported === 20)
    expect(imported).toHaveLength(1)
    for (const { status } of answers) expect([200, 409]).toContain(status)
    expect((await scene.admin('GET', '/api/v0/admin/clients')).body.total).toBe(21)
    expect((await scene.admin('GET', '/api/v0/admin/developers')).body.total).toBe(4)
  })

  test('a thousand clients in one import, and more than it takes in none', async () => {
    const rows = Array.from({ length: 1000 }, (_, at) =>
      anImportedClient({ client_id: randomUUID(), developer_email: `dev${at % 50}@old.example` }),
    )
    const { body } = await bring(rows)
    expect(body).toMatchObject({ imported: 1000, new_developers: 50 })
    expect((await bring(Array.from({ length: 10_001 }, () => 1))).status).toBe(400)
  })
})
