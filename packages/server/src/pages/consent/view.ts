import { type ConsentPageData, parseScopes, type ScopeSet, secondsPerDay } from '@valetkey/protocol'
import type { Acting } from '../../audited.ts'
import type { Deps } from '../../deps.ts'
import type { AuthorizationRequest } from '../../domain/authorization-request.ts'
import type { DeviceCode } from '../../domain/device-code.ts'
import { reachOf } from '../../domain/grant.ts'
import type { Project } from '../../domain/project.ts'
import { getWaiting } from '../../oauth/waiting-request.ts'
import { refuse } from '../../refusals.ts'
import { freshFor } from './decision.ts'
import { formToken } from './form-token.ts'

/** What the consent page shows, and what its script is told. */
export interface ConsentView {
  readonly client_name: string
  readonly developer_name: string
  /** Where the user is sent afterwards: a host, or the scheme of an installed app; nowhere for a device. */
  readonly returns_to: string | undefined
  /** The device that asks, where one does. */
  readonly device: Pick<DeviceCode, 'network' | 'user_agent'> | undefined
  readonly signed_in_as: string
  readonly asked: ScopeSet
  /** What the app has of this user already, as scopes; empty when nothing. */
  readonly held: readonly string[]
  /** One that was asked for is the only one. */
  readonly projects: readonly Project[]
  readonly project_fixed: boolean
  /** Whether the app asks to renew its access by itself. */
  readonly offline_access: boolean
  /** Seconds: the longest that files written with this access live; null is for ever. */
  readonly max_object_ttl: number | null
  /** Epoch seconds: how long access lasts unless the user says otherwise, and at most. */
  readonly usual_end: number
  readonly latest_end: number
  /** Whole days that the operator allows; undefined where the app asks for less. */
  readonly longest_days: number | undefined
  /** Epoch seconds. */
  readonly now: number
  readonly data: ConsentPageData
}

/**
 * A waiting request as its user sees it.
 *
 * @param options.until epoch seconds after which a decision comes too late, if that is before the request's own end
 * @refuses request_id_unknown request_of_another_user request_not_pending request_expired client_unknown_at_request
 * @refuses project_not_found user_code_unknown
 */
export async function consentView(
  deps: Deps,
  by: Acting,
  request_id: string,
  {
    ends_with,
    until = Number.POSITIVE_INFINITY,
  }: Pick<AuthorizationRequest, 'ends_with'> & { until?: number },
): Promise<ConsentView> {
  const { store, network, settings, clock } = deps
  const now = clock.now()
  const request = await getWaiting(deps, by, request_id)
  // The app that asked for an access grant can do nothing with a code, and its proof is in another address.
  if (request.ends_with !== ends_with) throw refuse('request_id_unknown')
  const client = await store.clients.findByClientId(request.client_id)
  if (client === undefined) throw refuse('client_unknown_at_request')
  const [developer, held, owned, device] = await Promise.all([
    store.developers.find(client.developer_id),
    store.requests.currentScopes(by.account.id, client.client_id, now),
    network.projectsOf(by.account.id),
    deviceOf(deps, request),
  ])
  const { asked_project_id, dialect, response_mode } = request
  const projects = owned.filter(({ id }) => asked_project_id === null || id === asked_project_id)
  if (projects.length === 0) throw refuse('project_not_found')
  const { asked, scopes } = whatIsAsked(request)
  const operators_end = now + settings.grant_max_ttl * secondsPerDay
  const latest_end = Math.min(operators_end, request.latest_end ?? operators_end)
  return {
    client_name: client.name,
    developer_name: developer?.company_name || developer?.full_name || '',
    returns_to: device === undefined ? destination(request.redirect_uri) : undefined,
    device,
    signed_in_as: by.account.email,
    asked,
    held: reachOf(held),
    projects,
    project_fixed: asked_project_id !== null,
    offline_access: request.offline_access,
    max_object_ttl: request.max_object_ttl,
    usual_end: Math.min(now + settings.grant_ttl * secondsPerDay, latest_end),
    latest_end,
    longest_days: latest_end < operators_end ? undefined : settings.grant_max_ttl,
    now,
    data: {
      ends_with: device === undefined ? ends_with : 'device',
      request_id,
      csrf_token: formToken(deps, by.session, request_id),
      client_id: client.client_id,
      redirect_uri: request.redirect_uri,
      ...(request.client_state === null ? {} : { state: request.client_state }),
      ...(dialect === 'standard' ? { iss: settings.public_url, response_mode } : {}),
      ...(device === undefined ? {} : { device_public_key: device.public_key }),
      asked: {
        actions: asked.actions,
        places: asked.places.map((place, at) => ({ ...place, scope: scopes[at] ?? '' })),
      },
      projects: projects.map(({ id, salt }) => ({ id, salt })),
      seconds_left: Math.max(0, Math.min(request.expires_at, latest_end, until) - now),
      fresh_seconds: freshFor(by.session, now),
      latest_end,
    },
  }
}

/** The device that asks, where it is one. */
async function deviceOf(
  { store }: Pick<Deps, 'store'>,
  { device_code_hash }: AuthorizationRequest,
): Promise<DeviceCode | undefined> {
  if (device_code_hash === null) return undefined
  const device = await store.devices.find(device_code_hash)
  if (device === undefined) throw refuse('user_code_unknown')
  return device
}

/** What is asked, and the scopes of its places, as the app wrote them, in their order. */
function whatIsAsked({ scopes }: AuthorizationRequest): { asked: ScopeSet; scopes: readonly string[] } {
  const parsed = parseScopes(scopes)
  if (!parsed.ok) throw new Error('a stored request holds scopes that do not parse')
  return { asked: parsed.set, scopes: parsed.scopes.filter((scope) => scope.startsWith('bucket:')) }
}

/** A custom scheme has no host: its own name is all that can be told of where it leads. */
function destination(redirect_uri: string): string {
  const { protocol, host } = new URL(redirect_uri)
  return protocol === 'https:' || protocol === 'http:'
    ? host
    : `the app ${protocol.slice(0, -1)} on this device`
}
