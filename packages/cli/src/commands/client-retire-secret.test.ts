import { join } from 'node:path'
import { expect, test } from 'vitest'
import { atTerminal } from '../testing/at-terminal.ts'
import { type Credentials, redirect_uri, useScene } from '../testing/scene.ts'
import { useServer } from '../testing/server.ts'

const server = useServer()
const { photos, run } = useScene(server)

const json = async (args: readonly string[]) => {
  const { code, stdout } = await run([...args, '--json'])
  expect(code).toBe(0)
  return JSON.parse(stdout)
}
interface Shown {
  readonly id: string
  readonly created_at: string
  readonly retires_at: string | null
}
const secretsOf = async (client: string): Promise<Shown[]> => (await json(['client', 'show', client])).secrets

/** A client whose older secret works for another day. */
async function rotated(name: string): Promise<Credentials & { older: Shown; newest: Shown }> {
  const register = ['client', 'register', '--name', name, '--redirect-uri', redirect_uri]
  const made: Credentials = await json(register)
  await json(['client', 'rotate-secret', made.client_id, '--keep-previous-for', '1d'])
  const secrets = await secretsOf(made.client_id)
  const older = secrets.find(({ retires_at }) => retires_at !== null)
  const newest = secrets.find(({ retires_at }) => retires_at === null)
  if (older === undefined || newest === undefined) throw new Error('nothing was rotated')
  return { ...made, older, newest }
}
const isOver = async (client: string, id: string): Promise<boolean> => {
  const secret = (await secretsOf(client)).find((one) => one.id === id)
  return Date.parse(secret?.retires_at ?? '9999-12-31T00:00:00Z') <= Date.now()
}

test('the older secret ends at once; a script is told of its use, and taken at its word', async () => {
  const { client_id, older } = await rotated('Photos A')
  const { code, stdout, stderr } = await run(['client', 'retire-secret', client_id])
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'The secret verifies nothing any more.\n' })
  expect(stderr).toBe(
    `! The secret of ${older.created_at} was never used: the newer one is not in use yet.\n`,
  )
  expect(await isOver(client_id, older.id)).toBe(true)
  const again = await run(['client', 'retire-secret', client_id])
  expect(again.code).toBe(1)
  expect(again.stderr).toContain('No older secret of this client works')
  expect(again.stderr).toContain(`valetkey client rotate-secret ${client_id}`)
})

test('whoever sits there is asked, having read whether something still signs with it', async () => {
  const { client_id, client_secret, older } = await rotated('Photos B')
  const env = { VALETKEY_CLIENT_ID: client_id, VALETKEY_CLIENT_SECRET: client_secret, VALETKEY_CODE: 'x' }
  await run(['token', 'test', '--url', server.url(), '--redirect-uri', redirect_uri], { env })
  await server.server().deps.recorder.flush()
  const sit = (answers: readonly string[], more: readonly string[] = []) =>
    atTerminal(['client', 'retire-secret', client_id, ...more], {
      env: { XDG_CONFIG_HOME: join(server.folder(), 'signed-in') },
      answers,
    })
  const kept = await sit(['n'])
  expect(kept).toMatchObject({ code: 1, stdout: '' })
  expect(kept.stderr).toMatch(/was last used \d+ s ago/)
  expect(await isOver(client_id, older.id)).toBe(false)
  const ended = await sit([], ['--yes'])
  expect(ended.code).toBe(0)
  expect(ended.stderr).toMatch(/was last used \d+ s ago/)
  expect(await isOver(client_id, older.id)).toBe(true)
})

test('a secret is named by the id that client show prints, and programs get the client', async () => {
  const { client_id, older, newest } = await rotated('Photos C')
  const { stdout } = await run(['client', 'show', client_id])
  for (const { id } of [older, newest]) expect(stdout).toContain(id)
  const answer = await json(['client', 'retire-secret', client_id, '--secret', older.id])
  expect(answer.secrets.map(({ id }: Shown) => id)).toEqual([newest.id, older.id])
  expect(await isOver(client_id, older.id)).toBe(true)
})

test('the newest secret, and one of another client, are refused in the words of the server', async () => {
  const { client_id, newest, older } = await rotated('Photos D')
  const retire = (id: string, client = client_id) =>
    run(['client', 'retire-secret', client, '--secret', id, '--json'])
  const refused = await retire(newest.id)
  expect(refused.code).toBe(1)
  expect(JSON.parse(refused.stdout)).toMatchObject({
    error: 'conflict',
    error_description: expect.stringContaining('Rotate instead'),
  })
  const foreign = await retire(older.id, photos().client_id)
  expect(JSON.parse(foreign.stdout)).toMatchObject({ error: 'not_found' })
  expect(await isOver(client_id, older.id)).toBe(false)
})

test('client show says which JWTs are accepted', async () => {
  const { stdout } = await run(['client', 'show', photos().client_id])
  expect(stdout).toMatch(/^storx_profile +on: /m)
})
