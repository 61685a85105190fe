import type { FastifyInstance, FastifyRequest } from 'fastify'
import { parse } from 'secure-json-parse'
import { refuse } from '../refusals.ts'

/**
 * JSON, and nothing but JSON: valid UTF-8, no key that could reach a prototype. An empty body is an empty object, so
 * that a POST without fields needs none.
 *
 * @refuses request_malformed content_type_unsupported
 */
export function acceptJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) => {
      const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = request.headers
      const charset = /;\s*charset="?([^;"]*)/i.exec(type)?.[1] ?? 'utf-8'
      if (!/^utf-?8$/i.test(charset) || encoding !== 'identity') throw refuse('content_type_unsupported')
      return parseJson(body)
    },
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
