import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { SettingName } from '@valetkey/server'
import { freePort } from '../../testing/free-port.ts'
import { startServer, type TestServer } from '../../testing/story.ts'

/** The name that several servers behind one address have in common. */
export const issuer = 'https://valetkey.test'

/** A server in this process that says it is the issuer, and is called at its own port. */
export async function startOneOf(settings: Partial<Record<SettingName, string>>): Promise<TestServer> {
  const port = await freePort()
  const server = await startServer({ ...settings, port: String(port), public_url: issuer })
  return { ...server, url: `http://127.0.0.1:${port}` }
}

export interface ServerProcess {
  readonly url: string
  /** Ends it as the operating system does when it is out of patience. */
  stop(): Promise<void>
}

interface Where {
  readonly data: string
  readonly database_url: string
  readonly port?: number
  /** How far the clock of this process is ahead of the others. */
  readonly seconds?: number
}

/** A server in a process of its own, whose clock may be wrong. */
export async function startProcess({ data, database_url, port, seconds = 0 }: Where): Promise<ServerProcess> {
  const at = port ?? (await freePort())
  const shift = `const now = Date.now; Date.now = () => now() + ${seconds * 1000}`
  const preload = ['--import', `data:text/javascript,${encodeURIComponent(shift)}`]
  const script = join(import.meta.dirname, '../../testing/redeemer.ts')
  const child = spawn(process.execPath, [...preload, script, String(at), data, database_url], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const died = once(child, 'exit').then(() => {
    throw new Error('the server ended before it was ready')
  })
  died.catch(() => undefined)
  await Promise.race([once(child.stdout, 'data'), died])
  return {
    url: `http://localhost:${at}`,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
  }
}
