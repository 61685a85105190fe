import { expect, test } from 'vitest'
import { createLog } from './log.ts'
import { errorFacts } from './log-fields.ts'
import { refuse } from './refusals.ts'
import { openSqlite } from './store/sqlite.ts'
import { StoreUnavailable } from './store/store.ts'
import { testApp } from './testing/test-deps.ts'

const canary = 'canary-Zq81'

function logged(): {
  log: ReturnType<typeof createLog>
  lines: string[]
  last: () => Record<string, unknown>
} {
  const lines: string[] = []
  return {
    log: createLog({ write: (line) => void lines.push(line) }),
    lines,
    last: () => JSON.parse(lines.at(-1) ?? '{}'),
  }
}

test('a line has its fields as they are', () => {
  const { log, last } = logged()
  const fields = {
    trace_id: 'a'.repeat(32),
    method: 'POST',
    route: '/api/v0/x/:client_id/*',
    status: 401,
    ms: 1.5,
    network: '2001:db8::1',
    cut_off: true,
    reason: 'signature_wrong',
  }
  log.info('request', fields)
  expect(last()).toMatchObject({ level: 'info', event: 'request', ...fields })
})

test('a value that has not the shape of its field is replaced, whatever the compiler was told', () => {
  const { log, lines, last } = logged()
  for (const field of [
    'trace_id',
    'method',
    'route',
    'network',
    'reason',
    'kind',
    'url',
    'master_key',
    'file',
    'status',
  ])
    for (const value of [
      canary,
      `https://u:${canary}@x.example/`,
      { [canary]: canary },
      [canary],
      `a ${canary} b`,
    ]) {
      log.error('request_failed', JSON.parse(JSON.stringify({ [field]: value })))
      expect(last()[field], field).toBe('[not of its shape]')
    }
  expect(lines.join('')).not.toContain(canary)
})

test('a field of another name has no place in a line', () => {
  const { log, lines } = logged()
  log.info('request', JSON.parse(JSON.stringify({ code: canary, [canary]: 1, __proto__: { x: canary } })))
  // @ts-expect-error: it does not even compile
  log.info('request', { client_secret: canary })
  // @ts-expect-error: an event is written in the code, not put together
  log.info(`request ${canary}`)
  expect(lines.join('')).not.toContain(canary)
  expect(lines).toHaveLength(3)
})

test('of an error there is where it happened, and none of its words', () => {
  const { log, lines, last } = logged()
  const cause = Object.assign(new TypeError(`cannot read ${canary}`), {
    code: 'ERR_INVALID_ARG_TYPE',
    detail: canary,
  })
  log.error('request_failed', {
    cause: new Error(`${canary}\n    at ${canary} (file:///x.ts:1:2)`, { cause }),
  })
  expect(lines.join('')).not.toContain(canary)
  const facts = last().cause
  expect(facts).toMatchObject({ name: 'Error', cause: { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' } })
  expect(JSON.stringify(facts)).toContain('log.test.ts:')
  expect(facts).not.toHaveProperty('message')
})

test.each<[string, () => unknown]>([
  [
    'its message was changed after it was made',
    () => Object.assign(new Error(`a\n    at ${canary} (file:///x:1:2)`), { message: 'b' }),
  ],
  [
    'its message was emptied',
    () => Object.assign(new Error(`a\n    at ${canary} (file:///x:1:2)`), { message: '' }),
  ],
  ['its name is no name', () => Object.assign(new Error('x'), { name: canary })],
  ['its code is no code', () => Object.assign(new Error('x'), { code: canary })],
  [
    'its stack is written by somebody',
    () => Object.assign(new Error('x'), { stack: `Error: ${canary}: x\n  at y (/z:1:1)` }),
  ],
  ['JSON.parse made it', () => thrownBy(() => JSON.parse(`{"x":"${canary}" ${canary}`))],
  ['it is no error', () => canary],
  ['it is an object', () => ({ message: canary, code: canary })],
  ['its causes are many', () => deep(12)],
])('no word of an error gets out when %s', (_how, make) => {
  expect(JSON.stringify(errorFacts(make()))).not.toContain(canary)
})

test('what we say ourselves of a database that is away, or of a refusal, is said', () => {
  const away = new StoreUnavailable('the database cannot be reached', { cause: new Error(canary) })
  expect(errorFacts(away)).toMatchObject({
    name: 'StoreUnavailable',
    message: 'the database cannot be reached',
  })
  expect(errorFacts(refuse('overloaded', { cause: away })).message).toMatch(/^overloaded: /)
  expect(JSON.stringify(errorFacts(away))).not.toContain(canary)
})

test('at level error nothing of level info is written', () => {
  const lines: string[] = []
  const log = createLog({ write: (line) => void lines.push(line) }, { level: 'error' })
  log.info('request', { status: 200 })
  log.error('sweep_failed', {})
  expect(lines).toHaveLength(1)
})

function thrownBy(work: () => unknown): unknown {
  try {
    return work()
  } catch (thrown) {
    return thrown
  }
}

const deep = (left: number): Error => new Error(canary, left === 0 ? {} : { cause: deep(left - 1) })

test('nothing that is sent gets into the log: not in paths, queries, headers and bodies, nor in what an error repeats', async () => {
  const store = await openSqlite(':memory:')
  const repeats = async (...sent: unknown[]): Promise<never> => {
    throw new Error(`duplicate key: ${JSON.stringify(sent)} ${canary}`)
  }
  const { app, deps } = await testApp({
    store: {
      ...store,
      users: { ...store.users, findByEmail: repeats },
      codes: { ...store.codes, read: repeats },
    },
  })
  const headers = {
    'user-agent': canary,
    referer: `https://x.example/${canary}`,
    [canary.toLowerCase()]: canary,
  }
  const answers = [
    await app.inject({ url: `/${canary}/x?${canary}=${canary}`, headers }),
    await app.inject({
      url: `/errors/${canary}`,
      headers: { ...headers, accept: 'text/html', cookie: `_tokenKey=${canary}` },
    }),
    await app.inject({
      method: 'POST',
      url: '/api/v0/auth/token',
      headers,
      payload: { email: `${canary}@x.example`, password: canary },
    }),
    await app.inject({ method: 'POST', url: '/api/v0/auth/token', headers, payload: `{"email": ${canary}` }),
    await app.inject({
      method: 'POST',
      url: '/oauth2/token',
      headers: {
        ...headers,
        authorization: `Basic ${btoa(`${canary}:${canary}`)}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      payload: `grant_type=${canary}&code=${canary}&${canary}=x`,
    }),
  ]
  await deps.background.flush()
  await deps.recorder.flush()
  await app.close()
  expect(answers.map(({ statusCode }) => statusCode)).toContain(500)
  const lines = deps.logLines.map((line) => JSON.parse(line))
  expect(lines.filter(({ event }) => event === 'request')).toHaveLength(answers.length)
  expect(lines.filter(({ event }) => event === 'request_failed')).toMatchObject([
    {
      reason: 'internal',
      cause: { name: 'Error', at: expect.arrayContaining([expect.stringContaining('log.test.ts')]) },
    },
  ])
  expect(deps.logLines.join('')).not.toMatch(new RegExp(canary, 'i'))
})
