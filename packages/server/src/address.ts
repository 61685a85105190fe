import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Settings } from './settings.ts'

/** Fills in what was left open: a free port for 0, and the public URL that follows from host and port. */
export async function withAddress(settings: Settings): Promise<Settings> {
  const port = settings.port === 0 ? await freePort(settings.host) : settings.port
  return {
    ...settings,
    port,
    public_url: settings.public_url === '' ? `http://localhost:${port}` : settings.public_url,
  }
}

async function freePort(host: string): Promise<number> {
  const probe = createServer().listen(0, host)
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}
