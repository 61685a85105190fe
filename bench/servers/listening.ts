import { once } from 'node:events'
import type { Server } from 'node:net'

/** Listens on a free port of the loopback. */
export async function listening(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no TCP address')
  return address.port
}
