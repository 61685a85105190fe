/** One of the two servers, as the requests see it: the same clients, the same user, the same settings. */
export interface Party {
  readonly issuer: string
  readonly clients: Readonly<Record<ClientName, Registered>>
  /** A code for this client, approved by its user a moment ago. */
  newCode(client?: ClientName, choices?: CodeChoices): Promise<CodeInHand>
  newDeviceCode(decision: 'none' | 'approved' | 'denied'): Promise<string>
  close(): Promise<void>
}

/**
 * `app` and `other` have a secret and may do everything; `narrow` has the code grant alone; `keyed` has a private key;
 * `open` has nothing to prove itself with.
 */
export const clientNames = ['app', 'other', 'narrow', 'keyed', 'open'] as const
export type ClientName = (typeof clientNames)[number]

export interface Registered {
  readonly client_id: string
  /** Empty where the client has none. */
  readonly client_secret: string
}

export interface CodeChoices {
  /** Whether the authorization request came with a `code_challenge`; it does unless this is false. */
  readonly challenge?: boolean
}

export type CodeInHand = Readonly<Record<'code' | 'code_verifier', string>>

export const redirect_uri = 'https://photos.example/callback?from=storage'
export const resource = 'https://storage.example/'
export const scope = 'read list bucket:photos offline_access'

/** Seconds. Codes live long but for the two servers that show how one ends. */
export const lifetimes = {
  code: 600,
  shortCode: 5,
  access: 3600,
  refresh: 30 * 86_400,
  device: 600,
  skew: 30,
}

/** How each of them is registered, in the words of RFC 7591. */
export const registrations = {
  app: { token_endpoint_auth_method: 'client_secret_jwt' },
  other: { token_endpoint_auth_method: 'client_secret_jwt' },
  narrow: { token_endpoint_auth_method: 'client_secret_jwt', grant_types: ['authorization_code'] },
  keyed: { token_endpoint_auth_method: 'private_key_jwt' },
  open: { token_endpoint_auth_method: 'none' },
} as const satisfies Record<ClientName, object>
