import type { FastifyInstance, FastifyRequest } from 'fastify'
import { parse, safeParse } from 'secure-json-parse'
import type { Cause } from '../domain/explain/causes.ts'
import { looksLikeForm, looksLikeJson } from '../domain/pasted/parse-request.ts'
import { refuse } from '../refusals.ts'
import { asRefusal } from './reply.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** What came where JSON was expected, for the trace: which mistake it is, and whom it names (hostile text). */
    notJson?: { readonly problem: Cause; readonly client_id: string | undefined }
  }
}

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
    (request: FastifyRequest, body: Buffer, done: (error: Error | null, value?: unknown) => void) => {
      const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = request.headers
      const charset = /;\s*charset="?([^;"]*)/i.exec(type)?.[1] ?? 'utf-8'
      if (!/^utf-?8$/i.test(charset) || encoding !== 'identity') {
        done(refuse('content_type_unsupported'))
        return
      }
      let value: unknown
      try {
        value = parseJson(body, request)
      } catch (refusal) {
        done(asRefusal(refusal))
        return
      }
      done(null, value)
    },
  )
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    async (request: FastifyRequest, body: string) => {
      const problem = looksLikeJson(body) ? 'json_body_declared_form' : 'form_body'
      request.notJson = { problem, client_id: clientIn(body) }
      throw refuse('content_type_unsupported')
    },
  )
}

/** The client that a form names, or a JSON object that was declared one. */
function clientIn(body: string): string | undefined {
  const json: unknown = looksLikeJson(body) ? safeParse(body) : undefined
  const named: unknown =
    typeof json === 'object' && json !== null && 'client_id' in json
      ? json.client_id
      : new URLSearchParams(body).get('client_id')
  return typeof named === 'string' ? named : undefined
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function parseJson(body: Buffer, request: FastifyRequest): unknown {
  if (body.length === 0) return {}
  let text: string
  try {
    text = strictUtf8.decode(body)
  } catch (cause) {
    throw refuse('request_malformed', { description: 'The body is not valid UTF-8.', cause })
  }
  try {
    const value: unknown = parse(text, null, { protoAction: 'error', constructorAction: 'error' })
    // An object that was made a text once more, or an array: JSON, and no parameters.
    if (typeof value !== 'object' || Array.isArray(value))
      request.notJson = { problem: 'json_broken', client_id: undefined }
    return value
  } catch {
    // The parser's own message repeats the text it met, which may be a secret: it goes no further.
    const form = looksLikeForm(text)
    request.notJson = {
      problem: form ? 'form_body_declared_json' : 'json_broken',
      client_id: form ? clientIn(text) : undefined,
    }
    if (form)
      throw refuse('request_malformed', {
        description: 'The body is a form, not the JSON that Content-Type says.',
      })
    throw refuse('request_malformed', { description: 'The body is not valid JSON.' })
  }
}
