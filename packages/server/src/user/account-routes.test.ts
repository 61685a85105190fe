import { afterEach, beforeEach, expect, test } from 'vitest'
import { type AccountDoor, openDoor } from '../testing/account-door.ts'

let door: AccountDoor
let token: string
beforeEach(async () => {
  door = await openDoor('user')
  token = await door.enter()
})
afterEach(() => door.close())

const projects = 'api/v0/projects'
const listed = async (bearer: string) =>
  (await door.ask('GET', projects, undefined, { bearer })).json as { id: string; name: string }[]

test('a new user has a first project', async () => {
  const account = await door.ask('GET', 'api/v0/auth/account', undefined, {
    headers: { cookie: `_tokenKey=${token}` },
  })
  expect(await listed(token)).toEqual([
    {
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: 'My first project',
      ownerId: (account.json as { id: string }).id,
      createdAt: '2026-03-01T12:00:00Z',
    },
  ])
})

test('a user makes more projects and sees them oldest first, and nobody else does', async () => {
  door.deps.clock.advance(60)
  const made = await door.ask('POST', projects, { name: ' Photos ' }, { cookie: token })
  expect(made.status).toBe(200)
  expect(made.json).toMatchObject({ name: 'Photos', createdAt: '2026-03-01T12:01:00Z' })
  expect((await listed(token)).map(({ name }) => name)).toEqual(['My first project', 'Photos'])
  const eve = await door.enter('eve@example.com')
  expect((await listed(eve)).map(({ name }) => name)).toEqual(['My first project'])
})

test.each([
  ['', 400],
  ['x'.repeat(65), 400],
  ['Pho\u200btos', 400],
  ['x'.repeat(64), 200],
])('name_unfit: a project named %j answers %i', async (name, status) => {
  expect((await door.ask('POST', projects, { name }, { bearer: token })).status).toBe(status)
})

test('the owner reads the salt of a project, 16 bytes in base64, and it never changes', async () => {
  const [project] = await listed(token)
  const salt = () => door.ask('GET', `${projects}/${project?.id}/salt`, undefined, { bearer: token })
  const first = await salt()
  expect(first.status).toBe(200)
  expect(first.headers['content-type']).toMatch(/^application\/json/)
  expect(Buffer.from(first.json as string, 'base64')).toHaveLength(16)
  expect((await salt()).json).toBe(first.json)
})

test('project_not_yours: the salt of a project of others answers like that of none', async () => {
  const [project] = await listed(token)
  const eve = await door.enter('eve@example.com')
  const bodies: string[] = []
  for (const id of [project?.id, '00000000-0000-7000-8000-000000000000', 'nonsense']) {
    const answer = await door.ask('GET', `${projects}/${id}/salt`, undefined, { bearer: eve })
    expect([answer.status, answer.json]).toEqual([404, expect.objectContaining({ error: 'not_found' })])
    bodies.push(answer.body.replace(/"trace_id":"[0-9a-f]{32}"/, ''))
  }
  expect(new Set(bodies).size).toBe(1)
})

test('not_signed_in, origin_foreign: projects are for their user alone', async () => {
  const [project] = await listed(token)
  expect((await door.ask('GET', projects)).status).toBe(401)
  expect((await door.ask('POST', projects, { name: 'Photos' })).status).toBe(401)
  expect((await door.ask('GET', `${projects}/${project?.id}/salt`)).status).toBe(401)
  const headers = { origin: 'https://evil.example' }
  expect((await door.ask('POST', projects, { name: 'Photos' }, { cookie: token, headers })).status).toBe(403)
})

test('rate_limited: a user makes fifty projects an hour', async () => {
  for (let i = 0; i < 50; i++)
    expect((await door.ask('POST', projects, { name: `p${i}` }, { bearer: token })).status).toBe(200)
  expect((await door.ask('POST', projects, { name: 'one more' }, { bearer: token })).status).toBe(429)
})
