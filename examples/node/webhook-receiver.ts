/** A program that takes webhooks: `VALETKEY_WEBHOOK_SECRET=whsec_… node webhook-receiver.ts`. It prints what it is told. */
import { createServer, type IncomingMessage } from 'node:http'
import { ValetkeyError, verifyWebhook } from '@valetkey/client'

const { VALETKEY_WEBHOOK_SECRET: secret = '', PORT = '4000' } = process.env
/** An event may come twice. A real program keeps this where it keeps its data. */
const seen = new Set<string>()

const server = createServer(async (request, response) => {
  try {
    // The very text that was signed: parsed and written again it would be another.
    const event = await verifyWebhook(secret, request.headers, await textOf(request))
    if (!seen.has(event.id)) console.log(event.type, JSON.stringify(event.data))
    seen.add(event.id)
    // At once: what takes long goes on behind the answer.
    response.writeHead(204).end()
  } catch (error) {
    response.writeHead(error instanceof ValetkeyError ? 401 : 500).end()
  }
})

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

server.listen(Number(PORT), '127.0.0.1', () => console.log('listening', server.address()))
