import type { SettingName } from '@valetkey/server'
import { freePort } from '../../testing/free-port.ts'
import { type ServeProcess, startServe } from '../../testing/serve-process.ts'
import { startServer, type TestServer } from '../../testing/story.ts'

/** The name that several servers behind one address have in common. */
export const issuer = 'https://valetkey.test'

/** A server in this process that says it is the issuer, and is called at its own port. */
export async function startOneOf(settings: Partial<Record<SettingName, string>>): Promise<TestServer> {
  const port = await freePort()
  const server = await startServer({ ...settings, port: String(port), public_url: issuer })
  return { ...server, url: `http://127.0.0.1:${port}` }
}

/** A server in a process of its own, whose clock is so many seconds ahead of the others. */
export function startAhead(
  seconds: number,
  settings: Partial<Record<SettingName, string>>,
): Promise<ServeProcess> {
  const shift = `const now = Date.now; Date.now = () => now() + ${seconds * 1000}`
  return startServe(settings, { node: ['--import', `data:text/javascript,${encodeURIComponent(shift)}`] })
}
