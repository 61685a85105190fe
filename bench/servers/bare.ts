import { createServer } from 'node:http'
import { answerParent } from './asks.ts'
import { listening } from './listening.ts'

// The floor: node:http, one JSON body parsed, one JSON body of a token answer's size written.

const access_grant = '1'.repeat(400)

const server = createServer((request, response) => {
  if (request.method === 'GET') return void response.end()
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const form = JSON.parse(Buffer.concat(chunks).toString())
    const body = JSON.stringify({ access_grant, scopes: [form.client_id], expires_in: 2_592_000 })
    response
      .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
      .end(body)
  })
})
answerParent(await listening(server))
