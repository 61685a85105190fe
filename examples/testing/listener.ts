import { once } from 'node:events'
import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'

/** Stands where Valetkey would, grants everything, and remembers what it was sent. */
export interface Listener {
  readonly url: string
  /** The bodies of all requests so far. */
  readonly forms: unknown[]
  close(): Promise<void>
}

export async function listen(answer: object): Promise<Listener> {
  const forms: unknown[] = []
  const server = createServer((request, response) => {
    json(request).then(
      (form) => {
        forms.push(form)
        response.setHeader('content-type', 'application/json').end(JSON.stringify(answer))
      },
      () => response.writeHead(400).end(),
    )
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no TCP address')
  return {
    url: `http://127.0.0.1:${address.port}`,
    forms,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
