import type { Settings } from '../settings.ts'

/** How often, and whom it counts against: see `CountedAgainst` in limits.ts. */
export interface Limit {
  readonly per: 'network' | 'account' | 'address' | 'client' | 'client_in_network'
  readonly hits: number
  readonly windowSeconds: number
  /** What is limited, in words. */
  readonly of: string
  /**
   * Requests of the API that count, as its document names them; `{door}` is where accounts of either kind are. None: pages
   * alone. A limit per account always says.
   */
  readonly at?: readonly string[]
  /** Counted at once in this process; the other servers learn of it within about a second. Absent: in one exact statement. */
  readonly quick?: true
  /** The setting that says how many hits. */
  readonly setting?: keyof Settings & `${string}_limit`
}

const minute = 60
const hour = 3600

/**
 * How often anything may be done. A network has room for an office behind one address, an account for more than a
 * person or a deployment script needs, a client for the rush of a large app.
 *
 * Clients are counted by what they prove. A request that was refused counts against the network it came from and the
 * name it used there, and only other refusals wait for it; one that proved who it is counts for its client, and never
 * waits for what others did. So nobody locks a client out, from its own network neither.
 */
export const limits = {
  sign_in: { per: 'network', hits: 300, windowSeconds: 300, of: 'signing in', at: ['POST {door}/token'] },
  registration: {
    per: 'network',
    hits: 300,
    windowSeconds: hour,
    of: 'opening an account',
    at: ['POST {door}/register'],
  },
  activation: {
    per: 'network',
    hits: 100,
    windowSeconds: hour,
    of: 'codes that prove an address',
    at: ['PATCH {door}/code-activation'],
  },
  mail: {
    per: 'network',
    hits: 100,
    windowSeconds: hour,
    of: 'asking for a mail',
    at: ['POST {door}/forgot-password'],
  },
  mailed_token: {
    per: 'network',
    hits: 200,
    windowSeconds: hour,
    of: 'using a mailed token',
    at: ['GET {door}/verify-reset-token', 'POST {door}/reset-password-with-token'],
  },
  activation_mail: {
    per: 'address',
    hits: 5,
    windowSeconds: hour,
    of: 'mails that prove an address',
    at: ['POST {door}/register'],
  },
  reset_mail: {
    per: 'address',
    hits: 5,
    windowSeconds: hour,
    of: 'mails that let choose a password',
    at: ['POST {door}/forgot-password'],
  },
  change_password: {
    per: 'account',
    hits: 10,
    windowSeconds: 900,
    of: 'changing the password, or deleting the account with it',
    at: ['POST {door}/account/change-password', 'DELETE /api/v0/auth/account'],
  },
  project: {
    per: 'account',
    hits: 50,
    windowSeconds: hour,
    of: 'making projects',
    at: ['POST /api/v0/projects'],
  },
  authorization_request: {
    per: 'account',
    hits: 120,
    windowSeconds: 600,
    of: 'being asked for access',
    at: ['POST /api/v0/oauth2/request'],
  },
  unproven_request: {
    per: 'network',
    hits: 600,
    windowSeconds: hour,
    of: 'requests that public clients push, or begin for a device',
    at: ['POST /oauth2/par', 'POST /oauth2/device_authorization'],
  },
  posted_request: {
    per: 'network',
    hits: 300,
    windowSeconds: 300,
    of: 'authorization requests that a browser posts',
  },
  user_code: { per: 'account', hits: 5, windowSeconds: 600, of: 'wrong codes of devices', at: [] },
  user_code_here: { per: 'network', hits: 60, windowSeconds: hour, of: 'wrong codes of devices' },
  access_revoke: {
    per: 'account',
    hits: 600,
    windowSeconds: hour,
    of: 'ending the access of apps',
    at: ['DELETE /api/v0/auth/developer-access/{clientId}/revoke'],
  },
  client_register: {
    per: 'account',
    hits: 100,
    windowSeconds: hour,
    of: 'registering clients',
    at: ['POST /api/v0/developer/auth/oauth2/clients', 'POST /oauth2/register'],
  },
  client_change: {
    per: 'account',
    hits: 1000,
    windowSeconds: hour,
    of: 'changing clients',
    at: [
      'PUT /api/v0/developer/auth/oauth2/clients/{id}',
      'DELETE /api/v0/developer/auth/oauth2/clients/{id}',
      'PATCH /api/v0/developer/auth/oauth2/clients/{id}/status',
      'POST /api/v0/developer/auth/oauth2/clients/{id}/regenerate-secret',
      'DELETE /api/v0/developer/auth/oauth2/clients/{id}/secrets/{secret_id}',
      'POST /api/v0/developer/auth/oauth2/clients/{id}/redirect-uris',
      'PUT /api/v0/developer/auth/oauth2/clients/{id}/redirect-uris',
      'DELETE /api/v0/developer/auth/oauth2/clients/{id}/redirect-uris',
      'PUT /oauth2/register/{client_id}',
      'DELETE /oauth2/register/{client_id}',
    ],
  },
  webhook_change: {
    per: 'account',
    hits: 300,
    windowSeconds: hour,
    of: 'changing webhook endpoints',
    at: [
      'POST /api/v0/developer/auth/webhooks',
      'PATCH /api/v0/developer/auth/webhooks/{id}',
      'DELETE /api/v0/developer/auth/webhooks/{id}',
      'POST /api/v0/developer/auth/webhooks/{id}/rotate-secret',
    ],
  },
  webhook_test: {
    per: 'account',
    hits: 60,
    windowSeconds: hour,
    of: 'test events of webhooks',
    at: ['POST /api/v0/developer/auth/webhooks/{id}/test'],
  },
  webhook_redeliver: {
    per: 'account',
    hits: 600,
    windowSeconds: hour,
    of: 'events delivered again',
    at: ['POST /api/v0/developer/auth/webhooks/{id}/deliveries/{event_id}/redeliver'],
  },
  access_log_read: {
    per: 'account',
    hits: 2000,
    windowSeconds: hour,
    of: 'reading the access log',
    at: [
      'GET /api/v0/developer/auth/access-logs',
      'GET /api/v0/developer/auth/access-logs/statistics',
      'GET /api/v0/developer/auth/access-logs/timeline',
    ],
  },
  access_log_export: {
    per: 'account',
    hits: 60,
    windowSeconds: hour,
    of: 'exporting the access log',
    at: ['GET /api/v0/developer/auth/access-logs/export'],
  },
  token_request_list: {
    per: 'account',
    hits: 600,
    windowSeconds: hour,
    of: 'listing token requests',
    at: ['GET /api/v0/developer/auth/token-requests'],
  },
  token_request_read: {
    per: 'account',
    hits: 60,
    windowSeconds: hour,
    of: 'having one explained',
    at: ['GET /api/v0/developer/auth/token-requests/{trace_id}'],
  },
  token_request_diagnose: {
    per: 'account',
    hits: 60,
    windowSeconds: hour,
    of: 'diagnosing pasted requests',
    at: ['POST /api/v0/developer/auth/token-requests/diagnose'],
  },
  token_request_tail: {
    per: 'account',
    hits: 60,
    windowSeconds: hour,
    of: 'opening the live stream',
    at: ['GET /api/v0/developer/auth/token-requests/tail'],
  },
  admin_failure: {
    per: 'network',
    hits: 30,
    windowSeconds: 300,
    of: "wrong operator's tokens",
    quick: true,
  },
  personal_export: {
    per: 'account',
    hits: 10,
    windowSeconds: hour,
    of: 'exporting what is kept about oneself',
    at: ['GET /api/v0/auth/account/export'],
  },
  audit_log_read: {
    per: 'account',
    hits: 2000,
    windowSeconds: hour,
    of: 'reading the audit log',
    at: ['GET /api/v0/audit-logs'],
  },
  audit_log_export: {
    per: 'account',
    hits: 60,
    windowSeconds: hour,
    of: 'exporting the audit log',
    at: ['GET /api/v0/audit-logs/export'],
  },

  anybody: {
    per: 'network',
    hits: 6000,
    windowSeconds: minute,
    of: 'requests where nobody shows who they are: pages, metadata, signing in',
    quick: true,
    setting: 'network_limit',
  },
  signed_in: {
    per: 'account',
    hits: 3000,
    windowSeconds: minute,
    of: 'requests with a session',
    quick: true,
  },
  no_session: {
    per: 'network',
    hits: 3000,
    windowSeconds: minute,
    of: 'requests whose session is none',
    quick: true,
  },
  token: {
    per: 'client',
    hits: 60_000,
    windowSeconds: minute,
    of: 'token requests',
    at: ['POST /oauth2/token', 'POST /api/v0/oauth2/token'],
    quick: true,
    setting: 'token_limit',
  },
  introspection: {
    per: 'client',
    hits: 600_000,
    windowSeconds: minute,
    of: 'introspections',
    at: ['POST /oauth2/introspect'],
    quick: true,
    setting: 'introspection_limit',
  },
  revocation: {
    per: 'client',
    hits: 6000,
    windowSeconds: minute,
    of: 'giving access back',
    at: ['POST /oauth2/revoke'],
    quick: true,
  },
  pushed_request: {
    per: 'client',
    hits: 6000,
    windowSeconds: minute,
    of: 'pushed requests',
    at: ['POST /oauth2/par'],
    quick: true,
  },
  device_request: {
    per: 'client',
    hits: 6000,
    windowSeconds: minute,
    of: 'requests of devices',
    at: ['POST /oauth2/device_authorization'],
    quick: true,
  },
  unproven_token: {
    per: 'client_in_network',
    hits: 60_000,
    windowSeconds: minute,
    of: 'token requests of public clients that were granted',
    at: ['POST /oauth2/token'],
    quick: true,
    setting: 'token_limit',
  },
  failed_proof: {
    per: 'client_in_network',
    hits: 30,
    windowSeconds: minute,
    of: 'failed proofs of who a client is',
    quick: true,
  },
  failed_proofs: {
    per: 'network',
    hits: 600,
    windowSeconds: minute,
    of: 'failed proofs, whichever clients they name',
    quick: true,
  },
  refused_request: {
    per: 'client_in_network',
    hits: 3000,
    windowSeconds: minute,
    of: 'requests of a client that are refused for another reason',
    quick: true,
  },
  refused_requests: {
    per: 'network',
    hits: 12_000,
    windowSeconds: minute,
    of: 'the same, whichever clients they name',
    quick: true,
  },
} as const satisfies Record<string, Limit>
