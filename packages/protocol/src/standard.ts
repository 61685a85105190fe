import { z } from 'zod'

/**
 * The standard dialect: forms in, JSON out, in the names of the RFCs. Parameters that nobody knows are ignored, empty
 * ones count as not sent, repeated ones are refused.
 */

const text = (most: number, means: string) => z.string().max(most).optional().describe(means)

/** What comes with every request of a client. @source RFC 6749 §2.3.1; RFC 7521 §4.2 */
const proof = {
  client_id: text(256, 'The client; needed where no assertion says who asks.'),
  client_secret: text(
    8192,
    'A JWT made with the client secret, for libraries that know no client_assertion; never the secret itself.',
  ),
  client_assertion: text(
    8192,
    'A JWT of RFC 7523: iss and sub the client_id, aud the issuer, exp at most 300 seconds ahead, a new jti each time.',
  ),
  client_assertion_type: text(
    256,
    'Beside client_assertion: urn:ietf:params:oauth:client-assertion-type:jwt-bearer.',
  ),
}

/** What is asked for. @source RFC 6749 §3.3; RFC 9396 §2; RFC 8707 §2 */
const wanted = {
  scope: text(
    4096,
    'Separated by spaces: read, write, list, delete, lock, bucket:NAME, bucket:NAME;PREFIX, offline_access. What RFC 6749 allows in no scope, and %, is percent-encoded.',
  ),
  authorization_details: text(
    32_768,
    'JSON: an array of {type: storage_access, project, bucket, prefix, actions, not_after, max_object_ttl}. Beside it, scope may have offline_access alone.',
  ),
  resource: text(2048, 'The address of the storage gateway, where this server names one.'),
}

/** @source RFC 6749 §4.1.3, §6; RFC 7636 §4.5; RFC 8628 §3.4 */
export const standardTokenForm = z.object({
  grant_type: text(
    256,
    'authorization_code, refresh_token, or urn:ietf:params:oauth:grant-type:device_code.',
  ),
  ...proof,
  ...wanted,
  code: text(
    512,
    'For authorization_code: as it came, two halves with a dot between them, or its first half alone; then the storage keys come sealed.',
  ),
  redirect_uri: text(2048, 'For authorization_code: the one of the authorization request, byte for byte.'),
  code_verifier: text(256, 'For authorization_code: what the code_challenge was made from.'),
  passphrase: text(4096, 'For a code or a refresh token whose storage keys no browser sealed.'),
  refresh_token: text(512, 'For refresh_token: whole, or its first half alone, as with a code.'),
  access_grant: text(
    65_536,
    'For refresh_token, where no browser sealed the storage keys: the access grant to be renewed; its keys go into the new one.',
  ),
  device_code: text(512, 'For the device grant: the one of the device authorization.'),
})

/** @source RFC 9126 §2.1 */
export const pushedRequestForm = z.object({
  ...proof,
  ...wanted,
  response_type: text(64, 'code.'),
  redirect_uri: text(2048, 'A registered one; always needed.'),
  state: text(2048, 'Returned as it came.'),
  code_challenge: text(128, 'SHA-256 of a new code_verifier, base64url, 43 characters; always needed.'),
  code_challenge_method: text(64, 'S256.'),
  response_mode: text(64, 'query, unless form_post is asked for.'),
  prompt: text(64, 'none: the user must not be asked, so that the answer is an error.'),
  request_uri: text(2048, 'Refused: there is nothing to refer to yet.'),
  request: text(8192, 'Refused: request objects are not supported.'),
  registration: text(8192, 'Refused: clients are registered beforehand.'),
})

/** The names of an authorization request, wherever it comes from: those of a pushed one, but for the client's proof. */
export const authorizationParameters: readonly string[] = Object.keys(pushedRequestForm.shape).filter(
  (name) => name === 'client_id' || !Object.hasOwn(proof, name),
)

/** @source RFC 8628 §3.1 */
export const deviceAuthorizationForm = z.object({ ...proof, ...wanted })

/** @source RFC 7009 §2.1; RFC 7662 §2.1 */
export const tokenQuestionForm = z.object({
  ...proof,
  token: text(65_536, 'A refresh token or an access grant.'),
  token_type_hint: text(256, 'Not needed: what it is shows in the token.'),
})

export const storageAccessAnswer = z.object({
  type: z.literal('storage_access'),
  project: z.string().optional().describe('The id of a project.'),
  bucket: z.string().optional().describe('Absent: the whole project.'),
  prefix: z
    .string()
    .optional()
    .describe('How names in the bucket begin, in whole path components; absent: the whole bucket.'),
  actions: z.array(z.string()).describe('Of read, write, list, delete and lock.').readonly(),
  not_after: z.number().int().optional().describe('When it ends, in epoch seconds.'),
  max_object_ttl: z.number().int().optional().describe('How long an object may live, in seconds.'),
})

/** @source RFC 6749 §5.1; RFC 9396 §7 */
export const standardTokenAnswer = z
  .object({
    access_token: z.string().describe('The access grant.'),
    token_type: z.literal('Bearer'),
    expires_in: z.number().int().describe('Seconds until the access grant ends.'),
    scope: z.string().describe('What was granted, which may be less than what was asked for.'),
    authorization_details: z.array(storageAccessAnswer).describe('The same as scope, and more precisely.'),
    access_grant: z.string().describe('The same as access_token.'),
    refresh_token: z
      .string()
      .optional()
      .describe(
        'Where offline_access was granted; it serves once. Whole, or its first half, like what was sent.',
      ),
    sealed_encryption_access: z
      .string()
      .optional()
      .describe(
        'Where the second half stayed with the client: the storage keys, base64url, sealed with AES-256-GCM under that half; the client_id is the associated data.',
      ),
  })
  .describe('The access grant, and what it is good for')
export type StandardTokenAnswer = z.infer<typeof standardTokenAnswer>

/** @source RFC 9126 §2.2 */
export const pushedRequestAnswer = z
  .object({
    request_uri: z.string().describe('For the authorization endpoint, with the client_id; it serves once.'),
    expires_in: z.number().int().describe('Seconds.'),
  })
  .describe('What stands for the request from now on')
export type PushedRequestAnswer = z.infer<typeof pushedRequestAnswer>

/** @source RFC 8628 §3.2 */
export const deviceAuthorizationAnswer = z
  .object({
    device_code: z.string().describe('For the token endpoint; the device tells it to nobody.'),
    user_code: z.string().describe('To be shown: two groups of four letters, a hyphen between them.'),
    verification_uri: z.string().describe('Where the user enters the user_code.'),
    verification_uri_complete: z
      .string()
      .describe('The same address with the user_code in it, for a QR code.'),
    expires_in: z.number().int().describe('Seconds until both codes end.'),
    interval: z.number().int().describe('Seconds between two requests of the device, at least.'),
  })
  .describe('A code for the device, and one for its user')
export type DeviceAuthorizationAnswer = z.infer<typeof deviceAuthorizationAnswer>

/** @source RFC 7662 §2.2; RFC 9396 §9.2 */
export const introspectionAnswer = z
  .object({
    active: z
      .boolean()
      .describe('false, with nothing beside it, for every token that is not for whoever asks.'),
    iss: z.string().optional(),
    sub: z.string().optional().describe('The id of the user.'),
    client_id: z.string().optional(),
    token_type: z.string().optional(),
    scope: z.string().optional(),
    authorization_details: z.array(storageAccessAnswer).optional(),
    aud: z.string().optional().describe('The storage gateway, where this server names one.'),
    nbf: z
      .number()
      .int()
      .optional()
      .describe('Epoch seconds before which the storage network refuses it; set by whoever narrowed it.'),
    exp: z.number().int().optional().describe('Epoch seconds.'),
    iat: z.number().int().optional().describe('Epoch seconds.'),
  })
  .describe('What the token is good for now')
export type IntrospectionAnswer = z.infer<typeof introspectionAnswer>

/** The longest body of what may hold an access grant or `authorization_details`, in bytes. */
export const largeBodyLimit = 128 * 1024
