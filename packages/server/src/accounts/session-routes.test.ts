import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Deps } from '../deps.ts'
import { cookieNames } from '../http/sessions.ts'
import { tokenHash } from '../ids.ts'
import { type AccountDoor, type Asked, aPassword, openDoor } from '../testing/account-door.ts'

const ada = { email: 'ada@example.com', password: aPassword }
const gone = { name: '', value: '', path: '/', expires: new Date(0) }

interface Listed {
  readonly id: string
  readonly current: boolean
  readonly user_agent: string
}

describe.each(['developer', 'user'] as const)('where a %s is signed in', (kind) => {
  let door: AccountDoor
  let audited: Parameters<Deps['recorder']['audit']>[0][]
  let token: string

  beforeEach(async () => {
    audited = []
    const recorder = {
      trace: () => {},
      audit: (event: (typeof audited)[number]) => void audited.push(event),
      secretUsed: () => {},
      flush: async () => {},
    }
    door = await openDoor(kind, { recorder })
    token = await door.enter()
  })
  afterEach(() => door.close())

  /** One more session of Ada's, a minute later. */
  async function signIn(how: Asked = {}): Promise<string> {
    door.deps.clock.advance(60)
    return ((await door.ask('POST', '/token', ada, how)).json as { token: string }).token
  }
  const list = async (how: Asked = { bearer: token }) =>
    ((await door.ask('GET', '/sessions', undefined, how)).json as { sessions: Listed[] }).sessions
  const isAlive = async (bearer: string) =>
    (await door.ask('GET', '/account', undefined, { bearer })).status === 200

  test('is listed newest first, with where each was begun and which one asks', async () => {
    const phone = await signIn({ from: '198.51.100.7', headers: { 'user-agent': 'Phone/1.0' } })
    const { status, json, body } = await door.ask('GET', '/sessions', undefined, { cookie: token })
    expect(status).toBe(200)
    const id = expect.stringMatching(/^[A-Za-z0-9_-]{16}$/)
    expect(json).toEqual({
      sessions: [
        {
          id,
          created_at: '2026-03-01T12:01:00Z',
          expires_at: '2026-03-01T12:31:00Z',
          network: '198.51.100.7',
          user_agent: 'Phone/1.0',
          current: false,
        },
        {
          id,
          created_at: '2026-03-01T12:00:00Z',
          expires_at: '2026-03-01T12:30:00Z',
          network: '192.0.2.1',
          user_agent: expect.any(String),
          current: true,
        },
      ],
    })
    for (const bearer of [token, phone]) {
      expect(body).not.toContain(bearer)
      const stored = await door.deps.store.sessions.find(tokenHash(bearer), kind, door.deps.clock.now())
      expect(stored?.session.token_hash).toHaveLength(43)
      expect(body).not.toContain(stored?.session.token_hash)
    }
  })

  test('shows what a browser calls itself cut and cleaned', async () => {
    await signIn({ headers: { 'user-agent': `<script>\u0085\u00e9${'x'.repeat(500)}` } })
    const [newest] = await list()
    expect(newest?.user_agent).toMatch(/^<script>\?+x+$/)
    expect(newest?.user_agent).toHaveLength(256)
  })

  test('a session that is over is not listed, nor one of somebody else', async () => {
    door.deps.clock.advance(1740)
    const later = await signIn()
    await door.enter('eve@example.com')
    expect(await list({ bearer: later })).toMatchObject([{ current: true }])
  })

  test('one session is ended by its id, and this one stays', async () => {
    const phone = await signIn()
    const [{ id } = { id: '' }] = await list()
    const answer = await door.ask('DELETE', `/sessions/${id}`, undefined, { cookie: token })
    expect([answer.status, answer.body, answer.cookies]).toEqual([204, '', []])
    expect([await isAlive(phone), await isAlive(token)]).toEqual([false, true])
    expect(await list()).toMatchObject([{ current: true }])
    expect(audited.at(-1)).toMatchObject({ action: `${kind}.session_ended`, outcome: 'success' })
  })

  test('whoever ends the own session is signed out, the cookie too', async () => {
    const [{ id } = { id: '' }] = await list()
    const answer = await door.ask('DELETE', `/sessions/${id}`, undefined, { cookie: token })
    expect(answer.status).toBe(204)
    expect(answer.cookies).toMatchObject([{ ...gone, name: cookieNames[kind] }])
    expect(await isAlive(token)).toBe(false)
  })

  test("session_not_found: somebody else's session reads like none, and lives on", async () => {
    const eve = await door.enter('eve@example.com')
    const [{ id } = { id: '' }] = await list({ bearer: eve })
    const answers = []
    for (const wrong of [id, 'A'.repeat(16), id.slice(1), tokenHash(eve), '%00', '%25', 'x'])
      answers.push(await door.ask('DELETE', `/sessions/${wrong}`, undefined, { bearer: token }))
    for (const { status, json } of answers) {
      expect(status).toBe(404)
      expect(json).toEqual({
        error: 'not_found',
        error_description: 'You have no session with this id.',
        error_uri: 'https://valetkey.test/errors/session_not_found',
        trace_id: expect.any(String),
      })
    }
    expect([await isAlive(eve), await isAlive(token)]).toEqual([true, true])
    expect(audited.at(-1)).toMatchObject({ action: `${kind}.session_ended`, outcome: 'failed' })
  })

  test('signing out everywhere ends every session, this one too, and nobody else', async () => {
    const [phone, eve] = [await signIn(), await door.enter('eve@example.com')]
    const answer = await door.ask('DELETE', '/sessions', undefined, { cookie: token })
    expect([answer.status, answer.json]).toEqual([200, { ended: 2 }])
    expect(answer.cookies).toMatchObject([{ ...gone, name: cookieNames[kind] }])
    expect([await isAlive(phone), await isAlive(token), await isAlive(eve)]).toEqual([false, false, true])
    expect(audited.at(-1)).toMatchObject({ action: `${kind}.signed_out_everywhere`, outcome: 'success' })
  })

  test.each([
    ['GET', '/sessions'],
    ['DELETE', '/sessions'],
    ['DELETE', '/sessions/AAAAAAAAAAAAAAAA'],
  ] as const)(
    'not_signed_in, origin_foreign: %s %s is for its account and our pages alone',
    async (method, path) => {
      expect((await door.ask(method, path)).status).toBe(401)
      const other = cookieNames[kind === 'developer' ? 'user' : 'developer']
      const confused = { headers: { cookie: `${other}=${token}` } }
      expect((await door.ask(method, path, undefined, confused)).status).toBe(401)
      if (method === 'GET') return
      const foreign = { cookie: token, headers: { origin: 'https://evil.example' } }
      expect((await door.ask(method, path, undefined, foreign)).status).toBe(403)
      expect(await isAlive(token)).toBe(true)
    },
  )
})
