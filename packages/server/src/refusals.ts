/** Every way we say no, in one table. What a stranger may learn is `description`; the rest is for logs and traces. */
export interface RefusalRow {
  /** The name in the StorX dialect's answer. */
  readonly error: string
  readonly status: number
  /** Public words: printable ASCII without quotes and backslashes. @source RFC 6749 §5.2 */
  readonly description: string
  /** What it means, for whoever operates or owns the client. */
  readonly explanation: string
}

/** One text for every cause that depends on the client's record, so that nobody learns which guess was warm. */
const clientAuthenticationFailed =
  'Client authentication failed: the client is unknown or inactive, or the JWT was not signed with its secret (invalid_client_id, invalid_client_secret).'
const badCode = 'The authorization code is unknown, already used, or was issued to another client.'
const badLogin = 'The e-mail address or the password is wrong, or the account cannot sign in now.'

export const refusals = {
  // The HTTP request itself
  request_malformed: {
    error: 'invalid_request',
    status: 400,
    description: 'The request is malformed.',
    explanation: 'a field is missing, of the wrong type or too long',
  },
  content_type_unsupported: {
    error: 'invalid_request',
    status: 415,
    description: 'Send a JSON body with Content-Type: application/json.',
    explanation: 'the body is not declared to be JSON',
  },
  body_too_large: {
    error: 'invalid_request',
    status: 413,
    description: 'The request body is too large.',
    explanation: 'the body passes the limit of its route',
  },
  method_not_allowed: {
    error: 'invalid_request',
    status: 405,
    description: 'This address does not answer that method.',
    explanation: 'the Allow header names the methods it has',
  },
  route_unknown: {
    error: 'not_found',
    status: 404,
    description: 'There is nothing at this address.',
    explanation: 'no route has this path',
  },
  origin_foreign: {
    error: 'forbidden',
    status: 403,
    description: 'A page of another origin may not do this with a cookie.',
    explanation: 'Origin or Sec-Fetch-Site names another site',
  },
  rate_limited: {
    error: 'temporarily_unavailable',
    status: 429,
    description: 'Too many requests. Try again later.',
    explanation: 'the limit of this route is reached for this account or network',
  },
  overloaded: {
    error: 'temporarily_unavailable',
    status: 503,
    description: 'The server is busy or stopping. Try again.',
    explanation: 'no room for another key derivation, or the server is shutting down',
  },
  store_unavailable: {
    error: 'temporarily_unavailable',
    status: 503,
    description: 'The server cannot reach its database. Try again.',
    explanation: 'the database is away; nothing was done',
  },
  secret_unreadable: {
    error: 'temporarily_unavailable',
    status: 503,
    description: 'The server cannot read a secret it keeps.',
    explanation: 'a sealed secret was changed, moved, or sealed under another master key',
  },
  internal: {
    error: 'server_error',
    status: 500,
    description: 'Something went wrong on our side.',
    explanation: 'a defect; the log has it under the trace id',
  },

  // Accounts
  not_signed_in: {
    error: 'unauthorized',
    status: 401,
    description: 'Sign in first: no valid session came with the request.',
    explanation: 'no cookie or bearer token, or its session ended',
  },
  login_wrong: {
    error: 'unauthorized',
    status: 401,
    description: badLogin,
    explanation: 'unknown address, wrong password, unverified or disabled account',
  },
  email_taken: {
    error: 'conflict',
    status: 409,
    description: 'An account with this e-mail address exists already.',
    explanation: 'the normalized address is taken',
  },
  email_malformed: {
    error: 'invalid_request',
    status: 400,
    description: 'The e-mail address is not valid.',
    explanation: 'not of the form name@host',
  },
  password_unfit: {
    error: 'invalid_request',
    status: 400,
    description: 'The new password must have 8 to 64 characters and differ from the old one.',
    explanation: 'length outside 8 to 64, or unchanged',
  },
  password_wrong: {
    error: 'invalid_request',
    status: 400,
    description: 'The current password is wrong.',
    explanation: 'change-password with a wrong current password',
  },
  mail_token_invalid: {
    error: 'unauthorized',
    status: 401,
    description: 'The link or code is wrong, used or expired. Ask for a new one.',
    explanation: 'no such token, or its 24 hours are over',
  },
  name_unfit: {
    error: 'invalid_request',
    status: 400,
    description: 'A name has 1 to 64 characters, none of them invisible or a control character.',
    explanation: 'empty, too long, or with control, bidi or zero-width characters',
  },
  password_reset_not_due: {
    error: 'invalid_request',
    status: 400,
    description: 'This account has a password of its own: change it with change-password.',
    explanation: 'reset-password-after-login without a reset being due',
  },
  project_not_yours: {
    error: 'not_found',
    status: 404,
    description: 'You have no project with this id.',
    explanation: 'unknown, or of another user',
  },

  // Client management
  client_not_found: {
    error: 'not_found',
    status: 404,
    description: 'You have no client with this id.',
    explanation: 'unknown, deleted, or of another developer',
  },
  client_name_unfit: {
    error: 'invalid_request',
    status: 400,
    description: 'A client name has 1 to 64 characters, none of them invisible or a control character.',
    explanation: 'empty, too long, or with control, bidi or zero-width characters',
  },
  client_description_unfit: {
    error: 'invalid_request',
    status: 400,
    description: 'A description has at most 500 characters, none of them invisible or a control character.',
    explanation: 'too long, or with control, bidi or zero-width characters',
  },
  client_secrets_too_many: {
    error: 'invalid_request',
    status: 400,
    description:
      'Two secrets of this client work already. Rotate with keep_previous_for 0, or wait until the older one retires.',
    explanation: 'a client has its current secret and, during a rotation, the one before',
  },
  redirect_uri_unfit: {
    error: 'invalid_redirect_uri',
    status: 400,
    description: 'This redirect URI cannot be registered.',
    explanation: 'see the description: scheme, host, fragment, user info or spelling',
  },
  redirect_uri_duplicate: {
    error: 'invalid_redirect_uri',
    status: 400,
    description: 'This redirect URI is registered already.',
    explanation: 'equal but for letter case',
  },
  redirect_uri_not_registered: {
    error: 'invalid_redirect_uri',
    status: 400,
    description: 'This redirect URI is not registered for the client.',
    explanation: 'compared byte for byte with every registered one',
  },
  redirect_uri_last: {
    error: 'invalid_redirect_uri',
    status: 400,
    description: 'The last redirect URI cannot be removed: a client needs at least one.',
    explanation: 'removing it would leave the client without any',
  },

  // Asking and deciding
  client_unknown_at_request: {
    error: 'invalid_client_id',
    status: 400,
    description: 'No client has this client_id.',
    explanation: 'unknown or deleted',
  },
  client_inactive_at_request: {
    error: 'client_inactive',
    status: 400,
    description: 'This client is deactivated.',
    explanation: 'its developer or the operator switched it off',
  },
  redirect_uri_unproven: {
    error: 'invalid_redirect_uri',
    status: 400,
    description: 'The redirect_uri is not registered for this client.',
    explanation: 'compared byte for byte with every registered one',
  },
  scope_invalid: {
    error: 'invalid_scope',
    status: 400,
    description: 'A scope is unknown, malformed or more than the client may ask for.',
    explanation: 'see the description',
  },
  request_id_unknown: {
    error: 'invalid_request_id',
    status: 400,
    description: 'No authorization request has this request_id.',
    explanation: 'not a UUID, or unknown',
  },
  request_not_pending: {
    error: 'request_not_pending',
    status: 400,
    description: 'This authorization request was decided already.',
    explanation: 'the first decision stands',
  },
  request_expired: {
    error: 'request_expired',
    status: 400,
    description: 'The time to decide is over. Start again from the app.',
    explanation: 'the consent window closed',
  },
  request_of_another_user: {
    error: 'forbidden',
    status: 403,
    description: 'This authorization request belongs to another user.',
    explanation: 'signed in as somebody else than who began it',
  },
  project_not_found: {
    error: 'invalid_request',
    status: 400,
    description: 'You have no project with this id.',
    explanation: 'unknown, or of another user',
  },
  not_after_unfit: {
    error: 'invalid_request',
    status: 400,
    description: 'not_after must be a future time in epoch seconds within what the operator allows.',
    explanation: 'past, or later than the longest grant',
  },

  // The token request: client authentication
  jwt_malformed: {
    error: 'invalid_client',
    status: 401,
    description: 'client_secret is not a JWT.',
    explanation: 'see the trace: parts, base64url, JSON, header',
  },
  claims_invalid: {
    error: 'invalid_client',
    status: 401,
    description: 'A claim of the JWT in client_secret is missing or wrong.',
    explanation: 'see the trace: which claim, which value',
  },
  client_unknown: {
    error: 'invalid_client',
    status: 401,
    description: clientAuthenticationFailed,
    explanation: 'no client has this client_id',
  },
  client_inactive: {
    error: 'invalid_client',
    status: 401,
    description: clientAuthenticationFailed,
    explanation: 'the client is deactivated',
  },
  profile_disabled: {
    error: 'invalid_client',
    status: 401,
    description: clientAuthenticationFailed,
    explanation: 'this client accepts RFC 7523 assertions only',
  },
  signature_wrong: {
    error: 'invalid_client',
    status: 401,
    description: clientAuthenticationFailed,
    explanation: 'no current secret of the client makes this signature',
  },
  assertion_replayed: {
    error: 'invalid_client',
    status: 401,
    description: clientAuthenticationFailed,
    explanation: 'this jti was used before',
  },
  assertion_expired: {
    error: 'client_secret_expired',
    status: 401,
    description: 'The JWT in client_secret has expired.',
    explanation: 'exp lies further back than the clock skew',
  },
  client_id_mismatch: {
    error: 'invalid_client',
    status: 401,
    description: 'The JWT names another client_id than the request (invalid_client_string).',
    explanation: 'two different client_id values',
  },

  // The token request: the code
  code_unknown: {
    error: 'invalid_code',
    status: 400,
    description: badCode,
    explanation: 'no code of this client has this hash',
  },
  code_of_another_client: {
    error: 'invalid_code',
    status: 400,
    description: badCode,
    explanation: 'the code was issued to another client',
  },
  code_replayed: {
    error: 'invalid_code',
    status: 400,
    description: badCode,
    explanation: 'spent before; what it issued is revoked',
  },
  code_revoked: {
    error: 'invalid_code',
    status: 400,
    description: badCode,
    explanation: 'the approval was taken back before the code was redeemed',
  },
  project_gone: {
    error: 'invalid_code',
    status: 400,
    description: badCode,
    explanation: 'the project that the user chose is gone',
  },
  code_expired: {
    error: 'code_expired',
    status: 400,
    description: 'The authorization code has expired.',
    explanation: 'older than the lifetime of a code',
  },
  redirect_uri_differs: {
    error: 'invalid_redirect_uri',
    status: 400,
    description: 'redirect_uri differs from the one of the authorization request.',
    explanation: 'compared byte for byte',
  },
  code_verifier_wrong: {
    error: 'invalid_code',
    status: 400,
    description:
      'code_verifier does not belong to the code_challenge of the authorization request, or only one of the two was sent.',
    explanation: 'S256 of the verifier is not the challenge',
  },

  // Connected apps
  grant_not_found: {
    error: 'not_found',
    status: 404,
    description: 'This app holds no access of yours.',
    explanation: 'no active grant and no unspent code of this client',
  },
} as const satisfies Record<string, RefusalRow>

export type Reason = keyof typeof refusals

/** A deliberate no. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly reason: Reason
  readonly error: string
  readonly status: number
  readonly description: string
  readonly explanation: string
  /** Seconds after which another try makes sense; becomes `Retry-After`. */
  readonly retry_after: number | undefined

  constructor(reason: Reason, options: RefuseOptions = {}) {
    const row: RefusalRow = refusals[reason]
    super(`${reason}: ${row.explanation}`, options.cause === undefined ? {} : { cause: options.cause })
    this.reason = reason
    this.error = row.error
    this.status = row.status
    this.description = publicWords(options.description ?? row.description)
    this.explanation = row.explanation
    this.retry_after = options.retry_after
  }
}

export interface RefuseOptions {
  /** Replaces the row's public words with more precise ones that tell a stranger nothing. */
  readonly description?: string
  readonly retry_after?: number
  readonly cause?: unknown
}

/** Makes the refusal to throw. */
export function refuse(reason: Reason, options?: RefuseOptions): Refusal {
  return new Refusal(reason, options)
}

/** Keeps what RFC 6749 §5.2 lets into `error_description`, one line of at most 500 characters. */
export function publicWords(text: string): string {
  return text
    .replaceAll(/["\\]/g, "'")
    .replaceAll(/[^\x20-\x7e]/g, '?')
    .slice(0, 500)
}
