import type { AuthorizationCode } from '../../domain/authorization-code.ts'
import type { AuthorizationRequest, AuthorizationRequestState } from '../../domain/authorization-request.ts'
import type { Client } from '../../domain/client.ts'
import type { DeviceCode } from '../../domain/device-code.ts'
import type { Grant } from '../../domain/grant.ts'
import type { PushedRequest } from '../../domain/pushed-request.ts'
import type { RefreshFamily } from '../../domain/refresh-token.ts'
import type { Row } from '../schema.ts'
import type { FiledTokenRequest } from '../traces.ts'

// Nouns to rows and back, for those that have lists, objects or booleans. The others are their own row.

export const clientRow = (client: Client): Row<Client> => ({
  ...client,
  redirect_uris: JSON.stringify(client.redirect_uris),
  scopes: JSON.stringify(client.scopes),
  storx_profile: client.storx_profile ? 1 : 0,
  grant_types: JSON.stringify(client.grant_types),
  require_pushed_authorization_requests: client.require_pushed_authorization_requests ? 1 : 0,
})

export const clientOf = (row: Row<Client>): Client => ({
  ...row,
  redirect_uris: list(row.redirect_uris),
  scopes: list(row.scopes),
  storx_profile: row.storx_profile === 1,
  grant_types: JSON.parse(row.grant_types),
  require_pushed_authorization_requests: row.require_pushed_authorization_requests === 1,
})

export const requestRow = (request: AuthorizationRequest): Row<AuthorizationRequest> => ({
  ...request,
  scopes: JSON.stringify(request.scopes),
  approved_scopes: JSON.stringify(request.approved_scopes),
  rejected_scopes: JSON.stringify(request.rejected_scopes),
  offline_access: request.offline_access ? 1 : 0,
})

export const requestOf = <R extends Row<AuthorizationRequest>>(row: R, now: number) => ({
  ...row,
  scopes: list(row.scopes),
  approved_scopes: list(row.approved_scopes),
  rejected_scopes: list(row.rejected_scopes),
  offline_access: row.offline_access === 1,
  state: stateAt(row, now),
})

/** One that nobody decided in time is expired, though its row still waits. */
export const stateAt = (
  { state, expires_at }: Pick<AuthorizationRequest, 'state' | 'expires_at'>,
  now: number,
): AuthorizationRequestState => (state === 'waiting' && expires_at <= now ? 'expired' : state)

export const codeRow = (code: AuthorizationCode): Row<AuthorizationCode> => ({
  ...code,
  approved_scopes: JSON.stringify(code.approved_scopes),
  offline_access: code.offline_access ? 1 : 0,
  encrypted_prefixes: code.encrypted_prefixes && JSON.stringify(code.encrypted_prefixes),
})

export const codeOf = (row: Row<AuthorizationCode>): AuthorizationCode => ({
  ...row,
  approved_scopes: list(row.approved_scopes),
  offline_access: row.offline_access === 1,
  encrypted_prefixes: row.encrypted_prefixes === null ? null : JSON.parse(row.encrypted_prefixes),
})

export const grantRow = (grant: Grant): Row<Grant> => ({ ...grant, scopes: JSON.stringify(grant.scopes) })

export const grantOf = (row: Row<Grant>): Grant => ({ ...row, scopes: list(row.scopes) })

export const deviceRow = (device: DeviceCode): Row<DeviceCode> => ({
  ...device,
  scopes: JSON.stringify(device.scopes),
  offline_access: device.offline_access ? 1 : 0,
  too_fast: device.too_fast ? 1 : 0,
})

export const deviceOf = (row: Row<DeviceCode>): DeviceCode => ({
  ...row,
  scopes: list(row.scopes),
  offline_access: row.offline_access === 1,
  too_fast: row.too_fast === 1,
})

export const familyRow = (family: RefreshFamily): Row<RefreshFamily> => ({
  ...family,
  encrypted_prefixes: JSON.stringify(family.encrypted_prefixes),
})

export const familyOf = (row: Row<RefreshFamily>): RefreshFamily => ({
  ...row,
  encrypted_prefixes: JSON.parse(row.encrypted_prefixes),
})

export const pushedRow = (request: PushedRequest): Row<PushedRequest> => ({
  ...request,
  parameters: JSON.stringify(request.parameters),
})

export const pushedOf = (row: Row<PushedRequest>): PushedRequest => ({
  ...row,
  parameters: JSON.parse(row.parameters),
})

export const traceRow = (trace: FiledTokenRequest): Row<FiledTokenRequest> => ({
  ...trace,
  authenticated: trace.authenticated ? 1 : 0,
  steps: JSON.stringify(trace.steps),
  request: JSON.stringify(trace.request),
})

export const traceOf = (row: Row<FiledTokenRequest>): FiledTokenRequest => ({
  ...row,
  authenticated: row.authenticated === 1,
  steps: JSON.parse(row.steps),
  request: JSON.parse(row.request),
})

export function list(text: string): readonly string[] {
  return JSON.parse(text)
}

/** `table.column as prefix_column` for each column, so that rows of several tables travel in one. */
export function prefixed<Table extends string, Column extends string, Prefix extends string>(
  table: Table,
  columns: readonly Column[],
  prefix: Prefix,
): readonly Prefixed<Table, Column, Prefix>[] {
  return columns.map(
    (column) => `${table}.${column} as ${prefix}_${column}` as Prefixed<Table, Column, Prefix>,
  )
}

type Prefixed<Table extends string, Column extends string, Prefix extends string> = {
  [Name in Column]: `${Table}.${Name} as ${Prefix}_${Name}`
}[Column]

/** Reads the part of a joined row that `prefixed` put there; undefined when the join found nothing. */
export function partOf<Noun>(
  columns: readonly (keyof Noun & string)[],
  prefix: string,
): (row: JoinedRow) => Row<Noun> | undefined {
  const names = columns.map((column) => [column, `${prefix}_${column}`] as const)
  const first = `${prefix}_${columns[0]}`
  return (row) => {
    if ((row[first] ?? null) === null) return undefined
    const part: Record<string, unknown> = {}
    for (const [column, name] of names) part[column] = row[name]
    return part as Row<Noun>
  }
}

export type JoinedRow = Readonly<Record<string, unknown>>

/** What ends a code that was not spent: it is worthless, and what was sealed beside it is gone. */
export const revokedCode = (now: number) => ({
  revoked_at: now,
  sealed_encryption_access: null,
  sealed_half: null,
})
