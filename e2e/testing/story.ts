import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RunningServer, readSettings, type SettingName, serve } from '@valetkey/server'
import { SignJWT } from 'jose'
import { createLog } from '../../packages/server/src/log.ts'
import { allRows, databaseFiles } from './rows.ts'
import { createSecrets, type Secrets } from './secrets.ts'

/** A server to be called, and what is kept of the calls when the tests want to know. */
export interface Called {
  readonly url: string
  /** Every secret that was sent to it or came from it. */
  readonly secrets?: Secrets
  /** The bodies of all errors, and of all answers to GET. */
  readonly shown?: string[]
}

/** A real server on a free port, with its own data folder, and everything it logged. */
export interface TestServer extends RunningServer, Required<Called> {
  readonly data: string
  readonly logLines: string[]
  /** Stops the server. @throws when it left a secret in its log, its database, its mails, or an answer that must have none */
  stop(): Promise<void>
}

export async function startServer(settings: Partial<Record<SettingName, string>> = {}): Promise<TestServer> {
  const data = settings.data ?? mkdtempSync(join(tmpdir(), 'valetkey-'))
  const logLines: string[] = []
  const log = createLog({ write: (line) => void logLines.push(line) })
  const running = await serve(readSettings({ port: '0', data, rate_limits: 'off', ...settings }, {}), log)
  const server = { ...running, data, logLines, secrets: createSecrets(), shown: [] }
  return {
    ...server,
    async stop() {
      try {
        const whileRunning = databaseFiles(data)
        await running.close()
        await refuseLeaks(server, whileRunning)
      } finally {
        if (settings.data === undefined) rmSync(data, { recursive: true, force: true })
      }
    },
  }
}

/** Everything that a server leaves behind, but for its mails. */
export async function placesOf(
  { data, deps, logLines, shown }: Omit<TestServer, 'stop'>,
  whileRunning: Uint8Array = Buffer.alloc(0),
): Promise<Record<'the log' | 'an answer' | 'the metrics' | 'the database', Buffer>> {
  const { database_url } = deps.settings
  return {
    'the log': Buffer.from(logLines.join('')),
    'an answer': Buffer.from(shown.join('\n')),
    'the metrics': Buffer.from((await deps.metrics.page()).text),
    'the database':
      database_url === ''
        ? Buffer.concat([whileRunning, databaseFiles(data)])
        : Buffer.from(await allRows({ data, database_url })),
  }
}

/** Looks for every secret in everything the server left; a mailed token may stand in its mail, and nowhere else. */
async function refuseLeaks(server: Omit<TestServer, 'stop'>, whileRunning: Buffer): Promise<void> {
  const { data, secrets } = server
  const places = await placesOf(server, whileRunning)
  const keyFile = join(data, 'master.key')
  if (existsSync(keyFile)) secrets.add('master key', Buffer.from(readFileSync(keyFile, 'utf8').trim(), 'hex'))
  const mails = mailsOf(data)
  const leak = secrets.findIn({ ...places, 'a mail': Buffer.from(mails.join('\n')) })
  for (const token of mails.flatMap((mail) => mailedTokens(mail))) secrets.add('mailed token', token)
  const mailed = mails.length === 0 ? undefined : secrets.findIn(places)
  if (leak !== undefined || mailed !== undefined) throw new Error(`the server leaks: ${leak ?? mailed}`)
}

/** The mails in the outbox, oldest first. */
export function mailsOf(data: string): string[] {
  const outbox = join(data, 'outbox')
  if (!existsSync(outbox)) return []
  return readdirSync(outbox)
    .sort()
    .map((name) => readFileSync(join(outbox, name), 'utf8'))
}

/** What a mail lets its reader do something with. */
export const mailedTokens = (mail: string): string[] => mail.match(/(?<![\w-])[\w-]{43}(?![\w-])/g) ?? []

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The parsed body; undefined when it is not JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers whose shape is what they test
  readonly body: any
}

export interface Call {
  readonly body?: unknown
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string
  readonly headers?: Record<string, string>
}

/** One request over a real socket. A string body is sent as it is, and its fields are known when it says it is a form. */
export async function call(
  server: Called,
  method: string,
  path: string,
  { body, token, headers = {} }: Call = {},
): Promise<Answer> {
  const response = await fetch(`${server.url}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const answer = { status: response.status, headers: response.headers, text, body: parsed(text) }
  const isForm = typeof body === 'string' && headers['content-type'] === formType
  server.secrets?.addExchange(isForm ? Object.fromEntries(new URLSearchParams(body)) : body, answer.body)
  if (answer.status >= 400 || method === 'GET') server.shown?.push(text)
  return answer
}

export const formType = 'application/x-www-form-urlencoded'

export type Form = Readonly<Record<string, string | undefined>>

/** A form as the standard dialect has it; a parameter that is undefined is left out. */
export const callForm = (
  server: Called,
  path: string,
  form: Form,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> =>
  call(server, 'POST', path, {
    body: `${new URLSearchParams(Object.entries(form).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))}`,
    headers: { 'content-type': formType, ...headers },
  })

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export const redirectUri = 'https://photos.example/callback'
export const password = 'correct horse battery'

export interface Person {
  readonly email: string
  readonly token: string
}

async function signUp(server: Called, prefix: string): Promise<Person> {
  const email = `${randomBytes(6).toString('hex')}@people.example`
  await call(server, 'POST', `${prefix}/register`, { body: { fullName: 'Ada Example', email, password } })
  const { body } = await call(server, 'POST', `${prefix}/token`, { body: { email, password } })
  return { email, token: body.token }
}

export const aDeveloper = (server: Called) => signUp(server, '/api/v0/developer/auth')
export const aUser = (server: Called) => signUp(server, '/api/v0/auth')

export const clientsPath = '/api/v0/developer/auth/oauth2/clients'

export interface RegisteredClient {
  readonly developer: Person
  /** The row's id, of the management paths. */
  readonly id: string
  readonly client_id: string
  readonly client_secret: string
}

export async function aClient(
  server: Called,
  form: object = {},
  developer?: Person,
): Promise<RegisteredClient> {
  const owner = developer ?? (await aDeveloper(server))
  const registration = { name: 'Photos', redirect_uris: [redirectUri], ...form }
  const { body } = await call(server, 'POST', clientsPath, { token: owner.token, body: registration })
  const list = await call(server, 'GET', clientsPath, { token: owner.token })
  const { id } = list.body.find((client: { client_id: string }) => client.client_id === body.client_id)
  return { developer: owner, id, ...body }
}

/** The user approves; the plain code comes back. */
export async function aCode(
  server: Called,
  client: { client_id: string },
  user: Person,
  {
    scope = ['read', 'write', 'list'],
    request = {},
    consent = {},
  }: { scope?: string[]; request?: object; consent?: object } = {},
): Promise<{ code: string; request_id: string }> {
  const asked = await call(server, 'POST', '/api/v0/oauth2/request', {
    token: user.token,
    body: { client_id: client.client_id, redirect_uri: redirectUri, scope, ...request },
  })
  const decided = await call(server, 'POST', '/api/v0/oauth2/consent', {
    token: user.token,
    body: {
      request_id: asked.body.request_id,
      approve: true,
      approved_scopes: scope,
      rejected_scopes: [],
      ...consent,
    },
  })
  return { code: decided.body.code, request_id: asked.body.request_id }
}

export interface JwtChoices {
  readonly alg?: string
  readonly claims?: object
  readonly header?: object
  /** Seconds from now. */
  readonly expiresIn?: number
  readonly key?: Uint8Array
}

/** A JWT client secret, made with a library that is not ours. */
export async function jwtSecret(
  client: { client_id: string; client_secret: string },
  { alg = 'HS256', claims = {}, header = {}, expiresIn = 300, key }: JwtChoices = {},
): Promise<string> {
  const exp = Math.floor(Date.now() / 1000) + expiresIn
  return new SignJWT({ client_id: client.client_id, exp, ...claims })
    .setProtectedHeader({ alg, typ: 'JWT', ...header })
    .sign(key ?? new TextEncoder().encode(client.client_secret))
}

export async function redeem(
  server: Called,
  client: RegisteredClient,
  code: string,
  change: object = {},
): Promise<Answer> {
  return call(server, 'POST', '/api/v0/oauth2/token', {
    body: {
      client_id: client.client_id,
      client_secret: await jwtSecret(client),
      redirect_uri: redirectUri,
      code,
      passphrase: '',
      ...change,
    },
  })
}
