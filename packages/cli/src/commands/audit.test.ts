import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { beforeAll, expect, test } from 'vitest'
import { runCli } from '../testing/run-cli.ts'
import { post, useServer } from '../testing/server.ts'

const { server, url, folder } = useServer()
const data = () => join(folder(), 'data')
const audit = (...words: string[]) => runCli(['audit', ...words], { env: { VALETKEY_DATA: data() } })

beforeAll(async () => {
  for (const n of [1, 2, 3])
    await post(url(), '/api/v0/developer/auth/register', {
      fullName: '=Ada',
      email: `ada${n}@example.com`,
      password: 'a password of hers',
    })
  await server().deps.recorder.flush()
})

test('head, verify and export agree, with the server running', async () => {
  const head = await audit('head')
  expect(head.stdout).toMatch(/^\d+:[0-9a-f]{64}\n$/)
  const seq = Number(head.stdout.split(':')[0])
  expect(seq).toBeGreaterThanOrEqual(3)
  const verified = await audit('verify')
  expect([verified.code, verified.stdout]).toEqual([0, expect.stringContaining(head.stdout.trim())])

  const exported = await audit('export')
  const lines = exported.stdout.trimEnd().split('\n')
  expect(lines).toHaveLength(seq)
  const [file, heads] = [join(folder(), 'audit.jsonl'), join(folder(), 'heads')]
  writeFileSync(file, exported.stdout)
  writeFileSync(heads, `${head.stdout.trim()} noted on Monday\n${(await audit('head', '--json')).stdout}`)
  expect((await audit('verify', '--file', file, '--anchor', heads)).code).toBe(0)
  expect((await audit('verify', '--anchor', heads)).stdout).toContain('2 noted heads found')
})

test('an export that was changed or cut off does not verify', async () => {
  const lines = (await audit('export')).stdout.trimEnd().split('\n')
  const seq = lines.length
  const [file, heads] = [join(folder(), 'changed.jsonl'), join(folder(), 'newest-head')]
  writeFileSync(heads, (await audit('head')).stdout)
  const [first = ''] = lines
  writeFileSync(
    file,
    [first.replace('192.0.2', '198.51.100').replace('success', 'failed'), ...lines.slice(1)].join('\n'),
  )
  const changed = await audit('verify', '--file', file)
  expect([changed.code, changed.stdout]).toEqual([1, expect.stringContaining('event 1 (')])
  writeFileSync(file, lines.slice(0, -1).join('\n'))
  const cut = await audit('verify', '--file', file, '--anchor', heads, '--json')
  expect([cut.code, JSON.parse(cut.stdout)]).toEqual([
    1,
    expect.objectContaining({ ok: false, fault: { seq, id: null, fault: 'cut_off' } }),
  ])
})

test('as CSV it is a line per event under a header', async () => {
  const { stdout } = await audit('export', '--format', 'csv', '--to', '2100-01-01')
  const [header, ...rows] = stdout.trimEnd().split('\n')
  expect(header).toBe(
    'seq,id,at,actor_kind,actor_id,user_id,action,resource,outcome,network,trace_id,previous_hash,chain_hash',
  )
  expect(rows.length).toBe(Number((await audit('head')).stdout.split(':')[0]))
  expect((await audit('export', '--format', 'csv', '--from', '2100-01-01')).stdout).toBe(`${header}\n`)
})

test('an event that somebody changed in the database is named, and the command says no', async () => {
  const database = new DatabaseSync(join(data(), 'valetkey.db'))
  database.exec(
    "drop trigger audit_events_changed; update audit_events set network = 'elsewhere' where seq = 2",
  )
  const id = String(database.prepare('select id from audit_events where seq = 2').get()?.id)
  const hash = String(database.prepare('select chain_hash from audit_events where seq = 1').get()?.chain_hash)
  database.close()
  const { code, stdout } = await audit('verify')
  expect([code, stdout]).toEqual([1, expect.stringContaining(`event 2 (${id}) was changed`)])
  expect((await audit('verify', '--from', '3')).code).toBe(0)

  const heads = join(folder(), 'old-heads')
  writeFileSync(heads, `1:${hash}\n`)
  const noted = await audit('verify', '--from', '3', '--anchor', heads)
  expect([noted.code, noted.stdout]).toEqual([1, expect.stringContaining('event 1, which was noted, lies')])
  const allowed = await audit('verify', '--from', '3', '--anchor', heads, '--allow-removed')
  expect([allowed.code, allowed.stdout]).toEqual([0, expect.stringContaining('1 noted head too old')])
})

test('events that went before their time are missed, whatever else holds', async () => {
  const { store } = server().deps
  const told = { id: randomUUID(), at: Math.floor(Date.now() / 1000), trace_id: 'a' }
  expect(await store.audit.chain.removeOlder(told.at + 9, 2, told)).toBe(2)
  for (const days of ['0', '1']) {
    const { code, stdout } = await runCli(['audit', 'verify'], {
      env: { VALETKEY_DATA: data(), VALETKEY_AUDIT_TTL: days },
    })
    expect([code, stdout]).toEqual([1, expect.stringContaining('event 2 and those before it were removed')])
  }
})

test.each([
  [['verify', '--from', '0'], 2, 'Say it like'],
  [['verify', '--from', '1', '--file', 'x'], 2, '--from goes with the database'],
  [['verify', '--file', 'nowhere.jsonl'], 1, 'cannot be read'],
  [['verify', '--anchor', 'nowhere'], 1, 'cannot be read'],
  [['export', '--format', 'xml'], 2, 'jsonl'],
])('audit %j is refused in words', async (words, code, said) => {
  const finished = await audit(...words)
  expect([finished.code, finished.stderr]).toEqual([code, expect.stringContaining(said)])
})

test('files that hold something else are refused in words', async () => {
  const file = join(folder(), 'other')
  writeFileSync(file, 'hello\n')
  expect((await audit('verify', '--file', file)).stderr).toContain('line 1 is not an audit event')
  expect((await audit('verify', '--anchor', file)).stderr).toContain('is no head')
  writeFileSync(file, '\n')
  expect((await audit('verify', '--anchor', file)).stderr).toContain('holds no head')
})

test('where there is no database none is made', async () => {
  const { code, stderr } = await runCli(['audit', 'head'], { env: { VALETKEY_DATA: join(folder(), 'none') } })
  expect([code, stderr]).toEqual([1, expect.stringContaining('there is no database')])
})
