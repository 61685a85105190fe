import type { FastifyInstance } from 'fastify'
import { parse } from 'secure-json-parse'
import { refuse } from '../refusals.ts'

/**
 * JSON, and nothing but JSON: valid UTF-8, no key that could reach a prototype. An empty body is an empty object, so
 * that a POST without fields needs none.
 *
 * @refuses request_malformed
 */
export function acceptJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (_request: unknown, body: Buffer) => parseJson(body),
  )
}

function parseJson(body: Buffer): unknown {
  if (body.length === 0) return {}
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
  } catch (cause) {
    throw refuse('request_malformed', { description: 'The body is not valid UTF-8.', cause })
  }
  try {
    return parse(text, null, { protoAction: 'error', constructorAction: 'error' })
  } catch {
    // The parser's own message repeats the text it met, which may be a secret: it goes no further.
    throw refuse('request_malformed', { description: 'The body is not valid JSON.' })
  }
}
