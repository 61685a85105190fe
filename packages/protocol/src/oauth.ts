import { z } from 'zod'
import { exactly } from './exactly.ts'

/**
 * The StorX dialect: `request`, `consent`, `token`, in the field names of its documented contract. A misspelt field of a
 * request or a decision could give away more than was meant, so there unknown fields are refused; the token request
 * ignores them.
 */

const clientId = z.string().min(1).max(256)
const redirectUri = z.string().min(1).max(2048)
const scope = z.string().min(1).max(1100)
const scopes = z.array(scope).max(64)

export const authorizationForm = exactly({
  client_id: clientId,
  redirect_uri: redirectUri,
  scope: scopes.min(1),
  state: z.string().max(2048).optional(),
  code_challenge: z
    .string()
    .regex(/^[A-Za-z0-9_-]{43}$/, 'must be 43 base64url characters')
    .optional(),
  code_challenge_method: z.literal('S256').optional(),
})
export type AuthorizationForm = z.infer<typeof authorizationForm>

export const authorizationAnswer = z.object({
  request_id: z.string(),
  client_name: z.string(),
  current_access: z.array(z.string()),
  needed_access: z.array(z.string()),
  required_scopes: z.array(z.string()),
  optional_scopes: z.array(z.string()),
})
export type AuthorizationAnswer = z.infer<typeof authorizationAnswer>

export const consentForm = exactly({
  request_id: z.string().min(1).max(64),
  /** Absent: a non-empty `approved_scopes` approves. */
  approve: z.boolean().optional(),
  approved_scopes: scopes.optional(),
  rejected_scopes: scopes.optional(),
  project_id: z.string().max(64).optional(),
  /** Epoch seconds. */
  not_after: z.number().int().min(0).max(253_402_300_799).optional(),
}).refine(
  ({ approve, approved_scopes }) => approve !== undefined || approved_scopes !== undefined,
  'says neither yes nor no: send approve or approved_scopes',
)
export type ConsentForm = z.infer<typeof consentForm>

export const consentAnswer = z.object({
  /** The one-time code, or `REJECTED`. */
  code: z.string(),
  /** As registered; nothing is appended. */
  redirect_uri: z.string(),
  state: z.string().optional(),
})
export type ConsentAnswer = z.infer<typeof consentAnswer>

/** The longest body of a token request, in bytes. */
export const tokenBodyLimit = 16 * 1024

export const tokenForm = z.object({
  client_id: clientId,
  /** A JWT made with the client secret. */
  client_secret: z.string().min(1).max(8192),
  redirect_uri: redirectUri,
  code: z.string().min(1).max(512),
  /** Blank is legal and derives the root key from ''. */
  passphrase: z.string().max(4096).optional(),
  code_verifier: z.string().max(128).optional(),
})
export type TokenForm = z.infer<typeof tokenForm>

export const tokenAnswer = z.object({
  access_grant: z.string(),
  scopes: z.array(z.string()),
  /** Seconds until the access grant ends. */
  expires_in: z.number().int(),
})
export type TokenAnswer = z.infer<typeof tokenAnswer>

/** Every error of every door. @source RFC 6749 §5.2 */
export const errorAnswer = z
  .object({
    error: z.string(),
    /** Printable ASCII without quotes and backslashes. */
    error_description: z.string(),
    /** Names this request in the server's log and traces; also the header `X-Trace-Id`. */
    trace_id: z.string(),
    /** A page that says what the error means. */
    error_uri: z.string(),
  })
  .describe('Refused, in the one shape of every error')
export type ErrorAnswer = z.infer<typeof errorAnswer>
