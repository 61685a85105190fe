import { z } from 'zod'
import { clientApplicationTypes, clientGrantTypes, tokenEndpointAuthMethods } from './client-kind.ts'

/** Registering a client in the words of RFC 7591. Members that are not known are ignored, as §2 asks, and never kept. */

export const tokenEndpointAuthMethod = z.literal(tokenEndpointAuthMethods)
export const grantType = z.literal(clientGrantTypes)
export const applicationType = z.literal(clientApplicationTypes)

/** The metadata that both ways to register share. Absent and null are the same. */
export const clientKind = {
  grant_types: z.array(grantType).min(1).max(16).nullish(),
  application_type: applicationType.nullish(),
  /** The public keys of `private_key_jwt`: a JWK Set, or its https address, one of the two. @source RFC 7517 §5 */
  jwks: z.record(z.string(), z.unknown()).nullish(),
  jwks_uri: z.string().max(4096).nullish(),
  /** @source RFC 9126 §6 */
  require_pushed_authorization_requests: z.boolean().nullish(),
}

/** @source RFC 7591 §2 */
export const clientRegistrationForm = z.object({
  /** Without one, the host of the first redirect URI. */
  client_name: z.string().max(1024).nullish(),
  redirect_uris: z.array(z.string().max(4096)).max(100).nullish(),
  token_endpoint_auth_method: tokenEndpointAuthMethod.nullish(),
  ...clientKind,
  response_types: z.array(z.literal('code')).max(16).nullish(),
  /** What the client may ask for, separated by spaces; none means any scope. */
  scope: z.string().max(16_384).nullish(),
})
export type ClientRegistrationForm = z.infer<typeof clientRegistrationForm>

const notHere = z.never({ error: 'must not be sent' }).optional()

/** Takes the place of all that was registered. @source RFC 7592 §2.2 */
export const clientRegistrationChangeForm = clientRegistrationForm.extend({
  client_id: z.string().max(256),
  /** The present one, if any: nobody chooses a secret. */
  client_secret: z.string().max(256).nullish(),
  registration_access_token: notHere,
  registration_client_uri: notHere,
  client_secret_expires_at: notHere,
  client_id_issued_at: notHere,
})
export type ClientRegistrationChangeForm = z.infer<typeof clientRegistrationChangeForm>

export const clientRegistrationPath = z.object({ client_id: z.string() })

/** @source RFC 7591 §3.2.1; RFC 7592 §3 */
export const clientRegistrationAnswer = z.object({
  client_id: z.uuid(),
  /** Shown when it is registered, and never again. */
  client_secret: z.string().optional(),
  /** Epoch seconds. */
  client_id_issued_at: z.number().int(),
  /** Beside `client_secret`: it does not expire. */
  client_secret_expires_at: z.literal(0).optional(),
  /** 256 random bits, base64url, 43 characters: the bearer token of `registration_client_uri`. */
  registration_access_token: z.string(),
  registration_client_uri: z.string(),
  client_name: z.string(),
  redirect_uris: z.array(z.string()),
  grant_types: z.array(grantType),
  response_types: z.array(z.literal('code')),
  /** Absent: any scope. */
  scope: z.string().optional(),
  token_endpoint_auth_method: tokenEndpointAuthMethod,
  application_type: applicationType,
  jwks: z.record(z.string(), z.unknown()).optional(),
  jwks_uri: z.string().optional(),
  require_pushed_authorization_requests: z.boolean(),
})
export type ClientRegistrationAnswer = z.infer<typeof clientRegistrationAnswer>
