import {
  type ClientAnswer,
  type ClientApplicationType,
  type ClientForm,
  type ClientGrantType,
  deviceCodeGrant,
} from '@valetkey/protocol'

/** Where an app runs, and what it does there beside signing users in. */
export interface KindChoice extends WaysChoice {
  readonly type: ClientApplicationType
}

export interface WaysChoice {
  /** Whether it keeps access while its user is away. */
  readonly refreshes: boolean
  /** Whether it signs in on devices without a browser. */
  readonly devices: boolean
}

export const usualKind: KindChoice = { type: 'web', refreshes: false, devices: false }

export const kinds: readonly { type: ClientApplicationType; words: string; means: string }[] = [
  { type: 'web', words: 'Server', means: 'Runs where only you can look, and keeps a secret.' },
  {
    type: 'native',
    words: 'Native or CLI',
    means: 'Runs on the machine of whoever uses it, where no secret is safe: each sign-in is proven by PKCE.',
  },
  {
    type: 'browser',
    words: 'Browser',
    means: 'Pages alone, without a server of yours. They keep no secret: each sign-in is proven by PKCE.',
  },
]

/** What the kind means to the server. Without a redirect URI the app signs in on devices alone. */
export function metadataOf(
  { type, ...ways }: KindChoice,
  redirect_uris: readonly string[],
): Required<Pick<ClientForm, 'token_endpoint_auth_method' | 'application_type' | 'grant_types'>> {
  return {
    token_endpoint_auth_method: type === 'web' ? 'client_secret_jwt' : 'none',
    application_type: type,
    grant_types: grantTypesOf(ways, !ways.devices || redirect_uris.length > 0),
  }
}

export function grantTypesOf({ refreshes, devices }: WaysChoice, codes: boolean): ClientGrantType[] {
  return [
    ...(codes ? (['authorization_code'] as const) : []),
    ...(refreshes ? (['refresh_token'] as const) : []),
    ...(devices ? ([deviceCodeGrant] as const) : []),
  ]
}

export const waysOf = ({ grant_types }: Pick<ClientAnswer, 'grant_types'>): WaysChoice => ({
  refreshes: grant_types.includes('refresh_token'),
  devices: grant_types.includes(deviceCodeGrant),
})

export const hasSecret = ({
  token_endpoint_auth_method,
}: Pick<ClientAnswer, 'token_endpoint_auth_method'>): boolean =>
  token_endpoint_auth_method === 'client_secret_jwt'

/** How it proves who it is, in a sentence. */
export function authenticationInWords(client: ClientAnswer): string {
  switch (client.token_endpoint_auth_method) {
    case 'client_secret_jwt':
      return 'It proves who it is with a JWT made from its secret.'
    case 'private_key_jwt':
      return client.jwks_uri === null
        ? 'It proves who it is with a JWT signed by a key of its own; the public half is registered here.'
        : `It proves who it is with a JWT signed by a key of its own; the public half is at ${client.jwks_uri}.`
    case 'none':
      return 'It has no secret: PKCE proves that who redeems a code is who asked for it.'
  }
}

/** Which redirect URIs fit it. The StorX dialect knows no types: what it registered may lead to an app as well. */
export const typeForUris = ({
  application_type,
  storx_profile,
}: Pick<ClientAnswer, 'application_type' | 'storx_profile'>): ClientApplicationType | undefined =>
  storx_profile && application_type === 'web' ? undefined : application_type
