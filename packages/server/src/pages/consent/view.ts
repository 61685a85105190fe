import { type ConsentPageData, parseScopes, type ScopeSet, secondsPerDay } from '@valetkey/protocol'
import type { Acting } from '../../audit.ts'
import type { Deps } from '../../deps.ts'
import type { AuthorizationRequest } from '../../domain/authorization-request.ts'
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
  /** Where the user is sent afterwards: a host, or the scheme of an installed app. */
  readonly returns_to: string
  readonly signed_in_as: string
  readonly asked: ScopeSet
  /** What the app has of this user already, as scopes; empty when nothing. */
  readonly held: readonly string[]
  readonly projects: readonly Project[]
  /** Whole days. */
  readonly usual_days: number
  readonly longest_days: number
  /** Epoch seconds. */
  readonly now: number
  readonly data: ConsentPageData
}

/**
 * A waiting request as its user sees it.
 *
 * @param options.until epoch seconds after which a decision comes too late, if that is before the request's own end
 * @refuses request_id_unknown request_of_another_user request_not_pending request_expired client_unknown_at_request
 * @refuses project_not_found
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
  const [developer, held, projects] = await Promise.all([
    store.developers.find(client.developer_id),
    store.requests.currentScopes(by.account.id, client.client_id, now),
    network.projectsOf(by.account.id),
  ])
  if (projects.length === 0) throw refuse('project_not_found')
  const { asked, scopes } = whatIsAsked(request)
  return {
    client_name: client.name,
    developer_name: developer?.company_name || developer?.full_name || '',
    returns_to: destination(request.redirect_uri),
    signed_in_as: by.account.email,
    asked,
    held: reachOf(held),
    projects,
    usual_days: settings.grant_ttl,
    longest_days: settings.grant_max_ttl,
    now,
    data: {
      ends_with,
      request_id,
      csrf_token: formToken(deps, by.session, request_id),
      client_id: client.client_id,
      redirect_uri: request.redirect_uri,
      ...(request.client_state === null ? {} : { state: request.client_state }),
      asked: {
        actions: asked.actions,
        places: asked.places.map((place, at) => ({ ...place, scope: scopes[at] ?? '' })),
      },
      projects: projects.map(({ id, salt }) => ({ id, salt })),
      seconds_left: Math.max(0, Math.min(request.expires_at, until) - now),
      fresh_seconds: freshFor(by.session, now),
      latest_end: now + settings.grant_max_ttl * secondsPerDay,
    },
  }
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
