/** What a client is, in the words of RFC 7591. Apart from the schemas, so that pages can use the words without them. */

/** With a JWT made from a secret, with one signed by a key of its own, or, where neither can be kept, by PKCE alone. */
export const tokenEndpointAuthMethods = ['client_secret_jwt', 'private_key_jwt', 'none'] as const
export type TokenEndpointAuthMethod = (typeof tokenEndpointAuthMethods)[number]

/** @source RFC 8628 §3.4 */
export const deviceCodeGrant = 'urn:ietf:params:oauth:grant-type:device_code'

export const clientGrantTypes = ['authorization_code', 'refresh_token', deviceCodeGrant] as const
export type ClientGrantType = (typeof clientGrantTypes)[number]

/** Where the program runs: on a server, on its user's machine, or as pages in a browser. */
export const clientApplicationTypes = ['web', 'native', 'browser'] as const
export type ClientApplicationType = (typeof clientApplicationTypes)[number]

/** As people say it: without the URN. */
export const grantTypeInWords = (type: ClientGrantType): string =>
  type === deviceCodeGrant ? 'device_code' : type
