import { largeBodyLimit, tokenBodyLimit } from '@valetkey/protocol'
import { isPlaceholder } from '../placeholder.ts'
import { parseCurl } from './curl-command.ts'
import { parseHttpText } from './http-text.ts'
import { type JsonFault, readJsonMembers } from './json-members.ts'
import { isTokenParameter, meantBy, misnamedParameters, type TokenParameter } from './parameter-names.ts'
import { type StandardEndpoint, standardEndpointIn } from './standard-endpoint.ts'
import { bodyAlone, schemeOf, type WrittenRequest } from './written-request.ts'

/** A token request as somebody pasted it. All texts in it are hostile, and some are secrets. */
export interface PastedRequest {
  /** What was pasted; null when nothing could be made of it. */
  readonly form: 'curl' | 'http' | 'json' | 'form' | null
  /** As written, or as curl implies it; null for a body alone. */
  readonly method: string | null
  readonly url: string | null
  /** As sent, or as curl implies it. */
  readonly content_type: string | null
  /** The scheme of the Authorization header. */
  readonly authorization: 'bearer' | 'basic' | null
  /** The whole header, with the secret that is in it. */
  readonly authorization_header: string | null
  /** The endpoint of the standard dialect that it goes to, by its path or, without one, by what it says; null for StorX. */
  readonly endpoint: StandardEndpoint | null
  /**
   * Values that are texts, under the names they were sent with, decoded as a server would; of two the last. Those in the
   * address count where the body has none.
   */
  readonly parameters: Readonly<Record<string, string>>
  readonly problems: readonly RequestProblem[]
}

/** Codes of the table of causes, and names we know: nothing of what was pasted. */
export interface RequestProblem {
  readonly code: RequestProblemCode
  readonly parameter?: TokenParameter
  /** With `json_broken`: what breaks it, and where in the body. */
  readonly fault?: JsonFault
}

export type RequestProblemCode =
  | 'unreadable'
  | 'method_not_post'
  | 'parameters_in_address'
  | 'body_too_large'
  | 'content_type_missing'
  | 'content_type_other'
  | 'form_body'
  | 'form_expected'
  | 'form_body_declared_json'
  | 'json_body_declared_form'
  | 'json_broken'
  | 'file_not_read'
  | 'value_not_text'
  | 'parameter_twice'
  | 'parameter_misnamed'
  | 'shell_variable_unexpanded'

/**
 * Reads a pasted token request: a curl command, an HTTP request, or the body alone, as JSON or as a form. Never throws;
 * takes time in proportion to the text.
 */
export function parseRequest(text: string): PastedRequest {
  const [form, request] = recognized(text.replaceAll('\r\n', '\n').trim())
  const body = bodyOf(request)
  const inAddress = pairsOf(queryOf(request.url))
  const sent = [...inAddress, ...body.members]
  const { method, url, content_type, authorization } = request
  const endpoint = url === null ? endpointMeant(body) : standardEndpointIn(url)
  const limit = endpoint === null ? tokenBodyLimit : largeBodyLimit
  return {
    form,
    method,
    url,
    content_type,
    authorization: schemeOf(authorization),
    authorization_header: authorization,
    endpoint,
    parameters: Object.fromEntries(
      sent.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
    ),
    problems: distinct([
      ...(form === null ? [problem('unreadable')] : []),
      ...(method === null || method === 'POST' ? [] : [problem('method_not_post')]),
      ...addressProblems(inAddress),
      ...(Buffer.byteLength(request.body ?? '') > limit ? [problem('body_too_large')] : []),
      ...(endpoint === null ? syntaxProblems(form, request, body) : standardSyntaxProblems(request, body)),
      ...request.unread.map((name) => problem('file_not_read', known(name))),
      ...(body.syntax === 'placeholder' ? [problem('shell_variable_unexpanded')] : []),
      ...parameterProblems(body.members, sent),
    ]),
  }
}

/** True for what begins like a JSON object or array, valid or not, with quotes around it or not. */
export const looksLikeJson = (text: string): boolean => /^["']?\s*[{[]/.test(text.trimStart())

/** True for `name=value` and for more of them with `&` between. */
export const looksLikeForm = (text: string): boolean => /^[\w.%+[\]-]{1,100}=[^\n]*$/.test(text.trim())

type PastedForm = PastedRequest['form']

function recognized(text: string): readonly [PastedForm, WrittenRequest] {
  if (looksLikeJson(text)) return ['json', bodyAlone(text)]
  const http = parseHttpText(text)
  if (http !== undefined) return ['http', http]
  const curl = parseCurl(text)
  if (curl !== undefined) return ['curl', curl]
  return looksLikeForm(text) ? ['form', bodyAlone(text)] : [null, bodyAlone('')]
}

type Member = readonly [name: string, value: string | undefined]

interface Body {
  readonly syntax: 'json' | 'form' | 'multipart' | 'placeholder' | 'unknown' | 'none'
  readonly members: readonly Member[]
  readonly fault: JsonFault | undefined
}

function bodyOf({ body, fields, unread }: WrittenRequest): Body {
  if (fields.length > 0) return { syntax: 'multipart', members: fields, fault: undefined }
  if (body === null || body === '') {
    return { syntax: unread.length > 0 ? 'unknown' : 'none', members: [], fault: undefined }
  }
  if (looksLikeJson(body)) return { syntax: 'json', ...readJsonMembers(body) }
  if (isPlaceholder(body)) return { syntax: 'placeholder', members: [], fault: undefined }
  return looksLikeForm(body)
    ? { syntax: 'form', members: pairsOf(body), fault: undefined }
    : { syntax: 'unknown', members: [], fault: { mistake: 'not_an_object', line: 1, column: 1 } }
}

const pairsOf = (text: string): Member[] => [...new URLSearchParams(text.trim())]

/** What stands between `?` and `#`. */
function queryOf(url: string | null): string {
  const [address = ''] = (url ?? '').split('#', 1)
  const mark = address.indexOf('?')
  return mark === -1 ? '' : address.slice(mark + 1)
}

/** Without an address, only the standard dialect knows a form with a grant_type. */
const endpointMeant = ({ syntax, members }: Body): StandardEndpoint | null =>
  syntax === 'form' && members.some(([name]) => name === 'grant_type') ? 'token' : null

function addressProblems(inAddress: readonly Member[]): RequestProblem[] {
  const names = inAddress.map(([name]) => known(name)).filter((name) => name !== undefined)
  if (names.length > 0) return names.map((name) => problem('parameters_in_address', name))
  return inAddress.length > 0 ? [problem('parameters_in_address')] : []
}

/** Where Content-Type and body do not fit each other or the endpoint, and where the body breaks. */
function syntaxProblems(form: PastedForm, { content_type }: WrittenRequest, body: Body): RequestProblem[] {
  const { syntax, fault } = body
  const broken = fault === undefined ? [] : [{ code: 'json_broken', fault } as const]
  if (form === 'json') return broken
  if (form === 'form') return [problem('form_body')]
  if (syntax === 'none') return []
  switch (declared(content_type)) {
    case 'json':
      return syntax === 'form' ? [problem('form_body_declared_json')] : broken
    case 'form':
      if (syntax === 'form') return [problem('form_body')]
      return syntax === 'json'
        ? [problem('json_body_declared_form'), ...broken]
        : [problem('content_type_other')]
    case 'nothing':
      return [problem('content_type_missing'), ...(syntax === 'form' ? [problem('form_body')] : broken)]
    case 'other':
      return [problem('content_type_other'), ...(syntax === 'json' ? broken : [])]
  }
}

/** The standard dialect takes forms alone; a body alone is not asked for its type. */
function standardSyntaxProblems(
  { method, content_type, unread }: WrittenRequest,
  { syntax }: Body,
): RequestProblem[] {
  if (syntax === 'none' || syntax === 'placeholder') return []
  const mayBeForm = syntax === 'form' || (syntax === 'unknown' && unread.length > 0)
  const isForm = mayBeForm && (method === null || declared(content_type) === 'form')
  return isForm ? [] : [problem('form_expected')]
}

function declared(content_type: string | null): 'json' | 'form' | 'nothing' | 'other' {
  if (content_type === null || content_type.trim() === '') return 'nothing'
  const [type = ''] = content_type.split(';', 1)
  const charset = /;\s*charset="?([^;"]*)/i.exec(content_type)?.[1] ?? 'utf-8'
  if (type.trim().toLowerCase() === 'application/x-www-form-urlencoded') return 'form'
  return type.trim().toLowerCase() === 'application/json' && /^utf-?8$/i.test(charset.trim())
    ? 'json'
    : 'other'
}

function parameterProblems(body: readonly Member[], sent: readonly Member[]): RequestProblem[] {
  const once = new Set<string>()
  const problems: RequestProblem[] = []
  for (const [name, value] of body) {
    if (!isTokenParameter(name)) continue
    if (value === undefined) problems.push(problem('value_not_text', name))
    if (once.has(name)) problems.push(problem('parameter_twice', name))
    once.add(name)
  }
  for (const { meant } of misnamedParameters(sent.map(([name]) => name))) {
    problems.push(problem('parameter_misnamed', meant))
  }
  for (const [name, value] of sent) {
    const meant = known(name)
    if (meant !== undefined && value !== undefined && isPlaceholder(value)) {
      problems.push(problem('shell_variable_unexpanded', meant))
    }
  }
  return problems
}

/** The known name that this is or that it stands for. */
const known = (name: string | null): TokenParameter | undefined =>
  name === null ? undefined : isTokenParameter(name) ? name : meantBy(name)

const problem = (code: RequestProblemCode, parameter?: TokenParameter): RequestProblem =>
  parameter === undefined ? { code } : { code, parameter }

/** Each problem once, however often it was met. */
function distinct(problems: readonly RequestProblem[]): RequestProblem[] {
  const met = new Map(problems.map((found) => [`${found.code} ${found.parameter ?? ''}`, found] as const))
  return [...met.values()]
}
