import type { FastifyInstance, FastifyRequest } from 'fastify'
import { refuse } from '../refusals.ts'

/** Parameters as they were sent: each once, none of them empty. */
export type Parameters = ReadonlyMap<string, string>

/** More than any request of OAuth has. */
const mostParameters = 64

/**
 * Forms, and nothing but forms: valid UTF-8, every parameter once. An empty body is a form without parameters.
 *
 * @source RFC 6749 §3.2, appendix B
 * @refuses request_malformed content_type_unsupported
 */
export function acceptFormsOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'buffer' },
    async ({ headers }: FastifyRequest, body: Buffer) => {
      const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = headers
      const charset = /;\s*charset="?([^;"]*)/i.exec(type)?.[1] ?? 'utf-8'
      if (!/^utf-?8$/i.test(charset) || encoding !== 'identity') throw refuse('content_type_unsupported')
      return parametersOf(textOf(body))
    },
  )
}

/**
 * The parameters of a form or of a query. An empty one counts as not sent; one that is there twice is refused, but for the
 * same `resource`, and so is what decodes to no text.
 *
 * @source RFC 6749 §3.1, §3.2
 * @refuses request_malformed
 */
export function parametersOf(text: string): Parameters {
  const pairs = text.split('&').filter((pair) => pair !== '')
  if (pairs.length > mostParameters) throw malformed(`There are more than ${mostParameters} parameters.`)
  const parameters = new Map<string, string>()
  const seen = new Set<string>()
  for (const pair of pairs) {
    const end = pair.includes('=') ? pair.indexOf('=') : pair.length
    const name = decoded(pair.slice(0, end))
    const value = decoded(pair.slice(end + 1))
    // @source RFC 8707 §2
    if (name === 'resource' && parameters.get(name) === value) continue
    if (seen.has(name)) throw malformed(`${publicName(name)} is there more than once.`)
    seen.add(name)
    if (value !== '') parameters.set(name, value)
  }
  return parameters
}

/** What came as a form; nothing where there was none. */
export const parametersIn = ({ body }: Pick<FastifyRequest, 'body'>): Parameters =>
  isForm(body) ? body : none

const none: Parameters = new Map()
/** `parametersOf` alone makes maps. */
const isForm = (body: unknown): body is Parameters => body instanceof Map

/** @refuses request_malformed */
export function needed(parameters: Parameters, name: string): string {
  const value = parameters.get(name)
  if (value === undefined) throw malformed(`${name} is missing.`)
  return value
}

function textOf(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
  } catch (cause) {
    throw malformed('The body is not valid UTF-8.', cause)
  }
}

function decoded(text: string): string {
  let plain: string
  try {
    plain = decodeURIComponent(text.replaceAll('+', ' '))
  } catch (cause) {
    throw malformed('A parameter is not percent-encoded UTF-8.', cause)
  }
  if (plain.includes('\0')) throw malformed('A parameter has a NUL in it.')
  return plain
}

/** A name that OAuth could have is told; any other one may be anything. */
const publicName = (name: string): string => (/^[a-z_]{1,40}$/.test(name) ? name : 'A parameter')

const malformed = (description: string, cause?: unknown) =>
  refuse('request_malformed', { description, ...(cause === undefined ? {} : { cause }) })
