import { z } from 'zod'
import { exactly } from './exactly.ts'

/**
 * The StorX dialect: `request`, `consent`, `token`, in the field names of its documented contract. A misspelt field of a
 * request or a decision could give away more than was meant, so there unknown fields are refused; the token request
 * ignores them.
 */

const clientId = z.string().min(1, 'must not be empty').max(256)
const redirectUri = z.string().min(1, 'must not be empty').max(2048)
const scope = z.string().min(1, 'must not be empty').max(1100)
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

const requestId = z.string().min(1, 'must not be empty').max(64)
/** What else a decision says, wherever it is made. */
const decision = {
  approved_scopes: scopes.optional(),
  rejected_scopes: scopes.optional(),
  project_id: z.string().max(64).optional(),
  /** Epoch seconds. */
  not_after: z.number().int().min(0).max(253_402_300_799).optional(),
}

export const consentForm = exactly({
  request_id: requestId,
  /** Absent: a non-empty `approved_scopes` approves. */
  approve: z.boolean().optional(),
  ...decision,
}).refine(
  ({ approve, approved_scopes }) => approve !== undefined || approved_scopes !== undefined,
  'says neither yes nor no: send approve or approved_scopes',
)
export type ConsentForm = z.infer<typeof consentForm>

/** How the place of an approved scope begins on the storage network, where names are encrypted. */
export const encryptedPrefix = exactly({
  bucket: z.string().max(63),
  /** Base64url without padding; empty for the whole bucket. */
  encrypted_path_prefix: z.string().max(8192),
})
export type EncryptedPrefix = z.infer<typeof encryptedPrefix>

/** The storage keys of an approval, as the user's browser sealed them under the second half of the code. */
const sealedKeys = {
  /**
   * Base64url, without padding, of nonce (12 bytes) ‖ AES-256-GCM ciphertext ‖ tag (16 bytes). More keys than stand in so
   * long a text do not fit into an access grant either.
   */
  sealed_encryption_access: z
    .string()
    .max(64 * 1024)
    .optional(),
  /** One for each place in `approved_scopes`, in the same order. */
  encrypted_prefixes: z.array(encryptedPrefix).max(64).optional(),
}
export type SealedKeys = z.infer<z.ZodObject<typeof sealedKeys>>

/** The decision of the consent page, where the user's browser may have sealed the storage keys. */
export const decisionForm = exactly({
  request_id: requestId,
  /** Bound to the session and the request. */
  csrf_token: z.string().min(1, 'must not be empty').max(256),
  approve: z.boolean(),
  ...decision,
  ...sealedKeys,
  /** For a device: the browser's half, sealed to the device's public key. Base64url, 167 characters. */
  sealed_half: z.string().max(256).optional(),
  /** Of the account, where the decision asks for it. */
  password: z.string().max(1024).optional(),
})
export type DecisionForm = z.infer<typeof decisionForm>

/** The longest body of a decision of the page, in bytes: sealed keys and encrypted prefixes beside the scopes. */
export const decisionBodyLimit = 192 * 1024

export const consentAnswer = z.object({
  /**
   * The one-time code, or `REJECTED`. The half of the server, where the browser sealed keys under a second one. `APPROVED`
   * where a device had asked: it redeems with what it has.
   */
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
  client_secret: z.string().min(1, 'must not be empty').max(8192),
  redirect_uri: redirectUri,
  /** With or without the second half, `.` between them, where the user's browser sealed the storage keys under it. */
  code: z.string().min(1, 'must not be empty').max(512),
  /** Blank is legal and derives the root key from ''. Refused where the user's browser sealed the storage keys. */
  passphrase: z.string().max(4096).optional(),
  code_verifier: z.string().max(128).optional(),
})
export type TokenForm = z.infer<typeof tokenForm>

export const tokenAnswer = z.object({
  access_grant: z.string(),
  scopes: z.array(z.string()),
  /** Seconds until the access grant ends. */
  expires_in: z.number().int(),
  /**
   * When the code came without its second half: the storage keys, for whoever has that half to open. The access grant
   * holds none then.
   */
  sealed_encryption_access: z.string().optional(),
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
