/** The programs of the standard dialect, each run against a live server by a user with a real browser. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createServer as createVite } from 'vite'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { freePort } from '../e2e/testing/free-port.ts'
import worker from './edge/worker.ts'
import { openSite, type Registered, type Site } from './testing/site.ts'
import { openVisitor, type Visitor } from './testing/visitor.ts'

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'valetkey-standard-'))

let site: Site
let visitor: Visitor
beforeAll(async () => {
  site = await openSite(join(folder, 'data'))
  visitor = await openVisitor(site)
}, 60_000)
afterAll(async () => {
  await visitor.close()
  await site.close()
  rmSync(folder, { recursive: true })
})

const grants = ['authorization_code', 'refresh_token']
const printed = (seconds: string) =>
  `access grant: \\d{3} characters\nscopes: read list bucket:photos(?: offline_access)?\nexpires in: ${seconds} seconds\n`
const anHour = '3(?:600|5\\d\\d)'
/** Until the end of that day. */
const thirtyDays = '2[56]\\d{5}'

describe('node/standard-flow.ts', { timeout: 60_000 }, () => {
  async function run(change: Partial<Registered> = {}): Promise<Program> {
    const redirect_uri = `http://127.0.0.1:${await freePort()}/callback`
    const client = await site.register({ redirect_uris: [redirect_uri], grant_types: grants })
    const { client_id, client_secret } = { ...client, ...change }
    const environment = { CLIENT_ID: client_id, CLIENT_SECRET: client_secret, REDIRECT_URI: redirect_uri }
    return started('node/standard-flow.ts', environment)
  }

  test('asks, gets, narrows, renews and gives back', async () => {
    const program = await run()
    const page = await visitor.newPage()
    await page.goto(await program.said(/^open (\S+)$/m))
    await visitor.approve(page)
    await page.getByText('You can close this window.').waitFor()
    expect(await program.end()).toEqual({
      code: 0,
      stderr: '',
      stdout: expect.stringMatching(
        new RegExp(
          `^open .+\n${printed(anHour)}for a worker: \\d{3} characters\nrenewed: \\d{3} characters\ngiven back\n$`,
        ),
      ),
    })
  })

  test('tells a no of the user', async () => {
    const program = await run()
    const page = await visitor.newPage()
    await page.goto(await program.said(/^open (\S+)$/m))
    await page.getByRole('button', { name: 'Deny' }).click()
    const { code, stderr } = await program.end()
    expect(code).toBe(1)
    expect(stderr).toMatch(/^refused: access_denied\n/)
  })

  test('explains a refusal and names its trace', async () => {
    const program = await run({ client_secret: 'vks_wrong'.repeat(6) })
    const { code, stderr } = await program.end()
    expect(code).toBe(1)
    expect(stderr).toMatch(/^refused: invalid_client\n.+\ntrace id: [0-9a-f]{32}\n$/)
    const trace = await site.trace(/trace id: (.+)/.exec(stderr)?.[1] ?? '')
    expect(trace?.reason).toBe('signature_wrong')
  })
})

describe('node/device-flow.ts', { timeout: 60_000 }, () => {
  test('shows a code, waits for its user, and gets the access', async () => {
    const { client_id } = await site.register({
      redirect_uris: [],
      token_endpoint_auth_method: 'none',
      application_type: 'native',
      grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
    })
    const program = started('node/device-flow.ts', { CLIENT_ID: client_id })
    const address = await program.said(/^open (\S+) and enter \S+$/m)
    const user_code = await program.said(/^open \S+ and enter (\S+)$/m)
    const page = await visitor.newPage()
    await page.goto(address)
    await page.getByRole('textbox').fill(user_code)
    await page.getByRole('button', { name: 'Continue' }).click()
    await visitor.approve(page)
    expect(await program.end()).toEqual({
      code: 0,
      stderr: '',
      stdout: expect.stringMatching(new RegExp(`^open .+\n${printed(anHour)}$`)),
    })
  })
})

test.each(['standard-flow', 'device-flow'])('node/%s.ts names what is not set', async (name) => {
  expect(await started(`node/${name}.ts`, {}).end()).toEqual({
    code: 2,
    stdout: '',
    stderr: 'set CLIENT_ID\n',
  })
})

test('browser/ asks from its page and gets the access into it', { timeout: 60_000 }, async () => {
  const port = await freePort()
  const redirect_uri = `http://localhost:${port}/`
  const { client_id } = await site.register({
    redirect_uris: [redirect_uri],
    token_endpoint_auth_method: 'none',
    application_type: 'browser',
  })
  const vite = await createVite({
    root: file('browser'),
    cacheDir: join(folder, 'vite'),
    configFile: false,
    logLevel: 'silent',
    server: { port, strictPort: true, host: 'localhost', hmr: false },
    define: {
      'import.meta.env.VITE_CLIENT_ID': JSON.stringify(client_id),
      'import.meta.env.VITE_VALETKEY_URL': JSON.stringify(site.url),
    },
  })
  onTestFinished(() => vite.close())
  await vite.listen()
  const page = await visitor.newPage()
  await page.goto(redirect_uri)
  await page.getByRole('button', { name: 'Connect my storage' }).click()
  await visitor.approve(page)
  await page.getByText('expires in').waitFor()
  expect(await page.getByRole('status').textContent()).toMatch(new RegExp(`^${printed(thirtyDays)}$`))
  expect(page.url()).toBe(redirect_uri)
})

describe('edge/worker.ts', { timeout: 60_000 }, () => {
  test('asks and gets, with nothing but a request and its environment', async () => {
    const { origin, environment } = await hosted()
    const page = await visitor.newPage()
    await page.goto(`${origin}/connect`)
    await visitor.approve(page)
    await page.waitForURL(`${origin}/callback*`)
    const body = await page.locator('body').innerText()
    expect(`${body.trim()}\n`).toMatch(new RegExp(`^${printed(thirtyDays)}$`))
    expect(body).not.toContain(environment.CLIENT_SECRET)
  })

  test('takes no callback that this browser did not begin', async () => {
    const { origin } = await hosted()
    const stranger = await fetch(`${origin}/callback?code=c&state=s&iss=${encodeURIComponent(site.url)}`)
    expect([stranger.status, await stranger.text()]).toEqual([400, 'Begin at /connect.\n'])
  })

  /** The worker behind a plain listener, as a runtime at the edge would call it. */
  async function hosted() {
    const origin = `http://localhost:${await freePort()}`
    const client = await site.register({ redirect_uris: [`${origin}/callback`] })
    const environment = {
      CLIENT_ID: client.client_id,
      CLIENT_SECRET: client.client_secret,
      VALETKEY_URL: site.url,
    }
    const server = createServer(async ({ url, headers }, response) => {
      const cookie = headers.cookie ?? ''
      const request = new Request(new URL(url ?? '', origin), { headers: { cookie } })
      const answer = await worker.fetch(request, environment)
      response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text())
    })
    await once(server.listen(Number(new URL(origin).port), 'localhost'), 'listening')
    onTestFinished(() => {
      server.close()
      server.closeAllConnections()
    })
    return { origin, environment }
  }
})

interface Program {
  /** Waits until it has said this; what the group of the pattern caught. */
  said(pattern: RegExp): Promise<string>
  end(): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>
}

/** Runs it as its own program, with nothing of our environment but the path to its tools. */
function started(name: string, environment: Readonly<Record<string, string>>): Program {
  const env = { PATH: process.env.PATH, VALETKEY_URL: site.url, ...environment }
  const child: ChildProcess = spawn(process.execPath, [file(name)], { env, stdio: 'pipe' })
  const told = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream]?.setEncoding('utf8').on('data', (text: string) => {
      told[stream] += text
    })
  const closed = once(child, 'close')
  onTestFinished(() => void child.kill())
  return {
    async said(pattern) {
      for (;;) {
        const [, caught] = pattern.exec(told.stdout) ?? []
        if (caught !== undefined) return caught
        if (child.exitCode !== null) throw new Error(`it ended: ${told.stderr}`)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    },
    async end() {
      await closed
      return { code: child.exitCode, ...told }
    },
  }
}
