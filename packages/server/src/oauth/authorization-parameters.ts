import {
  parseAuthorizationDetails,
  parseScopeText,
  type ScopeSet,
  scopesOf,
  secondsPerDay,
} from '@valetkey/protocol'
import type { Deps } from '../deps.ts'
import { type ResponseMode, responseModes } from '../domain/authorization-request.ts'
import type { Client } from '../domain/client.ts'
import { ungrantable } from '../domain/grantable.ts'
import { needed, type Parameters } from '../http/form-body.ts'
import { refuse } from '../refusals.ts'
import type { Settings } from '../settings.ts'
import { refuseUngrantable } from './grantable-scopes.ts'

/** What access a client asks for, however it came to ask. */
export interface AskedAccess {
  readonly scopes: readonly string[]
  readonly offline_access: boolean
  readonly asked_project_id: string | null
  /** Epoch seconds. */
  readonly latest_end: number | null
  /** Seconds. */
  readonly max_object_ttl: number | null
}

export interface AskedAuthorization extends AskedAccess {
  readonly redirect_uri: string
  readonly state: string | null
  readonly response_mode: ResponseMode
  readonly code_challenge: string
  readonly prompt_none: boolean
}

/** A challenge that was approved within so many seconds is not taken again. */
const challengeKeptSeconds = 86_400
const longestState = 2048

/**
 * What an authorization request asks for, in all but the client and its redirect URI, which were proven before.
 *
 * @source RFC 6749 §4.1.1; RFC 7636 §4.3; RFC 9396 §2; RFC 8707 §2; RFC 9700 §2.1.1
 * @refuses request_object_unsupported registration_unsupported request_malformed response_type_unsupported
 * @refuses pkce_missing pkce_method_wrong code_challenge_malformed code_challenge_reused response_mode_unknown
 * @refuses grant_type_unregistered resource_unknown scope_invalid authorization_details_invalid
 */
export async function askedAuthorization(
  deps: Pick<Deps, 'store' | 'clock' | 'settings'>,
  client: Client,
  parameters: Parameters,
): Promise<AskedAuthorization> {
  if (parameters.has('request')) throw refuse('request_object_unsupported')
  if (parameters.has('registration')) throw refuse('registration_unsupported')
  const state = stateOf(parameters)
  if (needed(parameters, 'response_type') !== 'code') throw refuse('response_type_unsupported')
  const code_challenge = await challengeOf(deps, client, parameters)
  const response_mode = responseModeOf(parameters)
  if (response_mode === undefined) throw refuse('response_mode_unknown')
  if (!client.grant_types.includes('authorization_code')) throw refuse('grant_type_unregistered')
  return {
    redirect_uri: needed(parameters, 'redirect_uri'),
    state,
    response_mode,
    code_challenge,
    prompt_none: promptOf(parameters).includes('none'),
    ...askedAccess(deps, client, parameters),
  }
}

/**
 * What `scope`, `authorization_details` and `resource` ask for: within what the client is registered for, and what the
 * operator allows.
 *
 * @source RFC 6749 §3.3; RFC 9396 §2; RFC 8707 §2
 * @refuses resource_unknown scope_invalid authorization_details_invalid
 */
export function askedAccess(
  { clock, settings }: Pick<Deps, 'clock' | 'settings'>,
  client: Client,
  parameters: Parameters,
): AskedAccess {
  if (isOtherResource(settings, parameters)) throw refuse('resource_unknown')

  const scope = wordsOf(parameters.get('scope'))
  const { offline_access } = scope
  if (offline_access && !client.grant_types.includes('refresh_token'))
    throw refuse('scope_invalid', {
      description:
        'scope: offline_access is for clients that are registered for the grant type refresh_token.',
    })

  const details = parameters.get('authorization_details')
  if (details === undefined) {
    if (scope.set.actions.length === 0)
      throw refuse('scope_invalid', {
        description: 'scope: name at least one of read, write, list, delete or lock.',
      })
    refuseUngrantable(client, scope.set)
    return { scopes: scope.scopes, offline_access, ...unbounded }
  }
  if (scope.scopes.length > 0)
    throw refuse('scope_invalid', {
      description: 'scope: beside authorization_details it holds offline_access alone.',
    })
  const parsed = parseAuthorizationDetails(details)
  if (!parsed.ok) throw badDetails(parsed.problem)
  const { actions, places, project = null, not_after = null, max_object_ttl = null } = parsed.access
  const set: ScopeSet = { actions, places }
  const problem = ungrantable(client, set)
  if (problem !== undefined) throw badDetails(problem)
  if (not_after !== null) {
    if (not_after <= clock.now()) throw badDetails('not_after lies in the past')
    if (not_after > clock.now() + settings.grant_max_ttl * secondsPerDay)
      throw badDetails(`not_after is further away than ${settings.grant_max_ttl} days`)
  }
  return {
    scopes: scopesOf(set),
    offline_access,
    asked_project_id: project,
    latest_end: not_after,
    max_object_ttl,
  }
}

/** There is one: the storage gateway, where the operator named it. @source RFC 8707 §2 */
export const isOtherResource = ({ resource }: Pick<Settings, 'resource'>, parameters: Parameters): boolean =>
  parameters.has('resource') && parameters.get('resource') !== resource

/** @refuses scope_invalid */
function wordsOf(text: string | undefined): Extract<ReturnType<typeof parseScopeText>, { ok: true }> {
  if (text === undefined)
    return { ok: true, scopes: [], set: { actions: [], places: [] }, offline_access: false }
  const scope = parseScopeText(text)
  if (!scope.ok) throw refuse('scope_invalid', { description: `scope: ${scope.problem}.` })
  return scope
}

/** Without authorization_details these are the user's to say. */
const unbounded = { asked_project_id: null, latest_end: null, max_object_ttl: null } as const

const badDetails = (problem: string) =>
  refuse('authorization_details_invalid', { description: `authorization_details: ${problem}.` })

/**
 * The one that is asked for, or meant when none is named; undefined for an unknown one, and for a form that no browser
 * would carry to an installed app.
 */
export function responseModeOf(parameters: Parameters): ResponseMode | undefined {
  const asked = parameters.get('response_mode') ?? 'query'
  if (asked === 'form_post' && !/^https?:/.test(parameters.get('redirect_uri') ?? '')) return undefined
  return responseModes.find((mode) => mode === asked)
}

/** @source https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest (none stands alone) */
function promptOf(parameters: Parameters): readonly string[] {
  const prompt = parameters.get('prompt')?.split(' ') ?? []
  const unknown = prompt.some((word) => !['none', 'login', 'consent', 'select_account'].includes(word))
  if (unknown || (prompt.length > 1 && prompt.includes('none')))
    throw refuse('request_malformed', { description: 'prompt: unknown words, or none beside another one.' })
  return prompt
}

function stateOf(parameters: Parameters): string | null {
  const state = parameters.get('state') ?? null
  if (state !== null && state.length > longestState)
    throw refuse('request_malformed', { description: 'state is too long.' })
  return state
}

async function challengeOf(
  { store, clock }: Pick<Deps, 'store' | 'clock'>,
  { client_id }: Client,
  parameters: Parameters,
): Promise<string> {
  const challenge = parameters.get('code_challenge')
  if (challenge === undefined) throw refuse('pkce_missing')
  if (parameters.get('code_challenge_method') !== 'S256') throw refuse('pkce_method_wrong')
  if (!/^[A-Za-z0-9_-]{43}$/.test(challenge)) throw refuse('code_challenge_malformed')
  const since = clock.now() - challengeKeptSeconds
  if (await store.requests.challengeUsed(client_id, challenge, since)) throw refuse('code_challenge_reused')
  return challenge
}
