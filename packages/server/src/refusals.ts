import type { Step } from './domain/token-request.ts'
import type { Quota } from './rates/quota.ts'

/** One way we say no. What a stranger may learn of the case at hand is `description`; the rest is the same for everybody. */
export interface RefusalRow {
  /** The name in the StorX dialect's answer. */
  readonly error: string
  readonly status: number
  /** Public words: printable ASCII without quotes and backslashes. @source RFC 6749 §5.2 */
  readonly description: string
  /** What it means, in one plain sentence. */
  readonly explanation: string
  /** What to do about it, in one plain sentence, for whoever met it. */
  readonly fix: string
  /** A command or line to copy. What stands in braces, as `{client_id}`, is for the reader to fill in. */
  readonly snippet?: string
  /** The step of a token request that ends with it. */
  readonly step?: Step
  /** How the standard dialect says it, where that differs: in the codes of RFC 6749 §5.2. */
  readonly standard?: Partial<Pick<RefusalRow, 'error' | 'status' | 'description'>>
  /** The page it shares with whatever must look alike. Absent: it has a page of its own, under its own name. */
  readonly page?: SharedPage
}

type Rows = Readonly<Record<string, RefusalRow>>

/**
 * Pages of several reasons. Where two answers are the same, `error_uri` is the same as well: it never says more than
 * the body it stands in.
 */
export const sharedPages = {
  client_authentication_failed: {
    explanation: 'The client did not prove who it is.',
    why: 'The answer is the same for all of these, so that nobody can guess clients or secrets.',
    hint: 'If its words name something in the JWT itself, such as an expiry or a second client_id, put that right first; they are said to everybody and come from the request and the clock alone, so another cause may hold as well.',
  },
  code_invalid: {
    explanation: 'The authorization code is unknown, already used, taken back, or of another client.',
    why: 'The answer is the same for all of these, so that nobody who came by a code learns what it was worth.',
    hint: 'Whatever the cause, a new code comes when the user approves again.',
  },
  refresh_token_invalid: {
    explanation: 'The refresh token is unknown, expired, used before, ended, or of another client.',
    why: 'The answer is the same for all of these, so that nobody who came by a token learns what it was worth.',
    hint: 'Whatever the cause, the user approves again.',
  },
} as const
type SharedPage = keyof typeof sharedPages

/** One text for every cause that depends on the client's record, so that nobody learns which guess was warm. */
const clientAuthenticationFailed =
  'Client authentication failed: the client is unknown or inactive, or the JWT was not signed with its secret (invalid_client_id, invalid_client_secret).'
/** The same in the standard dialect, which knows more ways to prove it. */
const notProven = {
  error: 'invalid_client',
  description:
    'Client authentication failed: the client is unknown or inactive, or it did not prove who it is in the way it is registered for.',
}
const badGrant = { error: 'invalid_grant' }
const badRefreshToken = 'The refresh token is unknown, expired, used before, or was issued to another client.'
const badCode = 'The authorization code is unknown, already used, or was issued to another client.'
const badLogin = 'The e-mail address or the password is wrong, or the account cannot sign in now.'

const makeJwt = 'valetkey jwt create --client-id {client_id} --client-secret -'
const debugJwt = 'valetkey jwt debug {jwt} --client-id {client_id} --client-secret -'
const redeemAtOnce =
  'valetkey token test --client-id {client_id} --client-secret - --code {code} --redirect-uri {redirect_uri}'

const httpRequest = {
  request_malformed: {
    error: 'invalid_request',
    status: 400,
    description: 'The request is malformed.',
    explanation:
      'A field is missing, unknown, of the wrong type or too long, or the body is not what its Content-Type says.',
    fix: 'Put right what error_description names; /openapi.json lists every field of every request.',
  },
  content_type_unsupported: {
    error: 'invalid_request',
    status: 415,
    description: 'Send a JSON body with Content-Type: application/json.',
    explanation: 'The body is not declared as JSON in UTF-8, or it is compressed.',
    fix: 'Send one JSON object, not a form, and say so in the Content-Type header.',
    snippet: 'Content-Type: application/json',
  },
  body_too_large: {
    error: 'invalid_request',
    status: 413,
    description: 'The request body is too large.',
    explanation:
      'The body is larger than this address takes: 16 KiB for a token request, 192 KiB for a decision with sealed storage keys, 64 KiB elsewhere.',
    fix: 'Send the documented fields and nothing else; a JWT made with a client secret has about 200 characters.',
  },
  method_not_allowed: {
    error: 'invalid_request',
    status: 405,
    description: 'This address does not answer that method.',
    explanation: 'The address exists, but not for this HTTP method.',
    fix: 'Use one of the methods that the Allow header names; a token request is a POST.',
  },
  route_unknown: {
    error: 'not_found',
    status: 404,
    description: 'There is nothing at this address.',
    explanation: 'No part of this server has this path.',
    fix: 'Compare the path with those in /openapi.json, letter by letter; a slash at the end counts.',
  },
  origin_foreign: {
    error: 'forbidden',
    status: 403,
    description: 'A page of another origin may not do this with a cookie.',
    explanation: 'The request came from a page of another site, as its Origin or Sec-Fetch-Site header says.',
    fix: 'Call from a page of this server, or from a program of your own with the session token as a bearer token.',
    snippet: 'Authorization: Bearer {token}',
  },
  rate_limited: {
    error: 'temporarily_unavailable',
    status: 429,
    description: 'Too many requests. Try again later.',
    explanation: 'This client, account, address or network did this more often than its limit allows.',
    fix: 'Wait as many seconds as the Retry-After header says, then try again.',
  },
  overloaded: {
    error: 'temporarily_unavailable',
    status: 503,
    description: 'The server is busy or stopping. Try again.',
    explanation: 'The server has no room for another key derivation, or it is about to stop.',
    fix: 'Try again after the seconds in the Retry-After header; a code that was sent is still good while it lives.',
  },
  pages_not_built: {
    error: 'temporarily_unavailable',
    status: 503,
    description: 'The pages of this server are not built.',
    explanation:
      'The files that browsers need were not there when the server started; the API works without them.',
    fix: 'Build them and start the server again; npm start does both.',
    snippet: 'npm run build',
  },
  store_unavailable: {
    error: 'temporarily_unavailable',
    status: 503,
    description: 'The server cannot reach its database. Try again.',
    explanation: 'The database is away or did not answer in time; nothing was half done.',
    fix: 'Try again after the seconds in the Retry-After header; if it lasts, the operator looks at the database.',
    snippet: 'valetkey doctor',
  },
  secret_unreadable: {
    error: 'temporarily_unavailable',
    status: 503,
    description: 'The server cannot read a secret it keeps.',
    explanation: 'A sealed secret was changed, moved, or sealed under another master key.',
    fix: 'The operator starts the server with the master key that the secret was sealed under.',
    snippet: 'valetkey doctor',
  },
  internal: {
    error: 'server_error',
    status: 500,
    description: 'Something went wrong on our side.',
    explanation: 'The server has a defect; its log has the cause under the trace_id.',
    fix: 'Tell the operator the trace_id of the answer.',
  },
} as const satisfies Rows

const accounts = {
  not_signed_in: {
    error: 'unauthorized',
    status: 401,
    description: 'Sign in first: no valid session came with the request.',
    explanation:
      'No session token came with the request, or its session has ended, or it is one of the other kind of account.',
    fix: 'Sign in, as a developer or as a user, whichever the address is for, and send the token with each request.',
    snippet: 'Authorization: Bearer {token}',
  },
  login_wrong: {
    error: 'unauthorized',
    status: 401,
    description: badLogin,
    explanation:
      'The address is unknown, the password is wrong, the account is not open, or too many wrong tries have closed it for a while.',
    fix: 'Check the address and the password; after three wrong tries wait two minutes, or ask for a new password with forgot-password.',
  },
  session_not_found: {
    error: 'not_found',
    status: 404,
    description: 'You have no session with this id.',
    explanation: 'The session is unknown, has ended, or is one of another account.',
    fix: 'Take the id from the list of your sessions; one that is not there has ended.',
  },
  email_taken: {
    error: 'conflict',
    status: 409,
    description: 'An account with this e-mail address exists already.',
    explanation: 'The address has an account; upper and lower case make no difference.',
    fix: 'Sign in with it, or ask for a new password with forgot-password.',
  },
  email_malformed: {
    error: 'invalid_request',
    status: 400,
    description: 'The e-mail address is not valid.',
    explanation: 'The address is not of the form name@host.',
    fix: 'Give the address alone, without a name or brackets around it.',
    snippet: 'ada@example.com',
  },
  password_unfit: {
    error: 'invalid_request',
    status: 400,
    description: 'A password has 8 to 64 characters.',
    explanation:
      'The password has fewer than 8 or more than 64 characters, or a new one is the one that the account has.',
    fix: 'Choose another password of 8 to 64 characters.',
  },
  password_wrong: {
    error: 'invalid_request',
    status: 400,
    description: 'The current password is wrong.',
    explanation: 'The current password that came with the change is not that of the account.',
    fix: 'Give the password you sign in with, or ask for a new one with forgot-password.',
  },
  mail_token_invalid: {
    error: 'unauthorized',
    status: 401,
    description: 'The link or code is wrong, used or expired. Ask for a new one.',
    explanation:
      'The mailed token or code is unknown, was used, was tried too often, or is older than 24 hours.',
    fix: 'Ask for a new mail: with forgot-password for a new password, by registering again for an activation.',
  },
  name_unfit: {
    error: 'invalid_request',
    status: 400,
    description: 'A name has 1 to 64 characters, none of them invisible or a control character.',
    explanation: 'The name is empty, too long, or has control, bidi or zero-width characters.',
    fix: 'Type the name anew, with 1 to 64 characters that can be seen; a copied text may hold some that cannot.',
  },
  password_reset_not_due: {
    error: 'invalid_request',
    status: 400,
    description: 'This account has a password of its own: change it with change-password.',
    explanation: 'No reset is due for this account.',
    fix: 'Use change-password, with the current password and the new one.',
  },
  project_not_yours: {
    error: 'not_found',
    status: 404,
    description: 'You have no project with this id.',
    explanation: 'The project is unknown or belongs to another user.',
    fix: 'Take the id from the list of your projects.',
    snippet: 'GET /api/v0/projects',
  },
} as const satisfies Rows

const clientManagement = {
  client_not_found: {
    error: 'not_found',
    status: 404,
    description: 'You have no client with this id.',
    explanation: 'The client is unknown, deleted, or belongs to another developer.',
    fix: 'Take the id from the list of your clients.',
    snippet: 'valetkey client list',
  },
  client_suspended: {
    error: 'forbidden',
    status: 403,
    description: 'The operator suspended this client: it cannot be activated now.',
    explanation: 'The operator of this server suspended the client; its developer does not undo that.',
    fix: 'Ask the operator why, and what has to change.',
  },
  client_name_unfit: {
    error: 'invalid_request',
    status: 400,
    description: 'A client name has 1 to 64 characters, none of them invisible or a control character.',
    explanation: 'The name is empty, too long, or has control, bidi or zero-width characters.',
    fix: 'Type the name anew, with 1 to 64 characters that can be seen; a copied text may hold some that cannot.',
  },
  client_description_unfit: {
    error: 'invalid_request',
    status: 400,
    description: 'A description has at most 500 characters, none of them invisible or a control character.',
    explanation: 'The description is too long, or has control, bidi or zero-width characters.',
    fix: 'Type the description anew, with at most 500 characters that can be seen.',
  },
  client_secrets_too_many: {
    error: 'invalid_request',
    status: 400,
    description:
      'Two secrets of this client work already. Rotate with keep_previous_for 0, or wait until the older one retires.',
    explanation:
      'The client has its current secret and, from the last rotation, one that works for a while longer.',
    fix: 'Rotate without keeping the previous secret, which ends both at once, or wait until the older one retires.',
    snippet: 'valetkey client rotate-secret {client_id}',
  },
  client_secret_not_found: {
    error: 'not_found',
    status: 404,
    description: 'This client has no secret with this id.',
    explanation: 'The secret is unknown, of another client, or retired too long ago to be kept.',
    fix: 'Take the id from the secrets that the client shows.',
    snippet: 'valetkey client show {client_id}',
  },
  client_secret_newest: {
    error: 'conflict',
    status: 409,
    description:
      'The newest secret cannot be ended alone. Rotate instead: that ends it when a new one is there.',
    explanation: 'No newer secret has replaced this one, and without it the client could prove nothing.',
    fix: 'Rotate, which makes a new secret and ends this one; to end all access of the client, deactivate it.',
    snippet: 'valetkey client rotate-secret {client_id}',
  },
  client_has_no_secret: {
    error: 'invalid_request',
    status: 400,
    description: 'This client has no secret: it proves who it is in another way.',
    explanation: 'The client is registered with token_endpoint_auth_method private_key_jwt or none.',
    fix: 'For private_key_jwt change jwks or the keys at jwks_uri; a public client has nothing to rotate, and to prove itself in another way it is registered anew.',
    snippet: 'valetkey client show {client_id}',
  },
  client_metadata_unfit: {
    error: 'invalid_client_metadata',
    status: 400,
    description: 'This client metadata cannot be registered.',
    explanation: 'A member has a value that it cannot have, or two of them do not fit together.',
    fix: 'Put right what error_description names; the discovery document lists what is supported.',
    snippet: 'GET /.well-known/oauth-authorization-server',
  },
  registration_token_invalid: {
    error: 'invalid_token',
    status: 401,
    description: 'The bearer token is missing, wrong or over, or it is not for this client.',
    explanation:
      'The token is not the registration_access_token of this client, the client is deleted, or a session has ended.',
    fix: 'Send the registration_access_token that came with the client, or a session token of yours to register another.',
    snippet: 'Authorization: Bearer {registration_access_token}',
  },
  redirect_uri_unfit: {
    error: 'invalid_redirect_uri',
    status: 400,
    description: 'This redirect URI cannot be registered.',
    explanation:
      'Its scheme, host, fragment, user info or spelling is not allowed, or the client has too many.',
    fix: 'Register an https address without a fragment, or http on localhost, 127.0.0.1 or [::1].',
    snippet: 'https://app.example/callback',
  },
  redirect_uri_duplicate: {
    error: 'invalid_redirect_uri',
    status: 400,
    description: 'This redirect URI is registered already.',
    explanation: 'The client has this redirect URI, or one that differs in letter case only.',
    fix: 'Leave it out; to change its letter case, remove the registered one first.',
    snippet: 'valetkey client show {client_id}',
  },
  redirect_uri_not_registered: {
    error: 'invalid_redirect_uri',
    status: 400,
    description: 'This redirect URI is not registered for the client.',
    explanation: 'None of the registered redirect URIs of the client is this one, byte for byte.',
    fix: 'Copy it from the client as it is registered there.',
    snippet: 'valetkey client show {client_id}',
  },
  redirect_uri_last: {
    error: 'invalid_redirect_uri',
    status: 400,
    description: 'The last redirect URI cannot be removed: a client needs at least one.',
    explanation: 'Removing it would leave the client without any.',
    fix: 'Replace it, or add the new one first and then remove this one.',
  },
} as const satisfies Rows

const webhooks = {
  webhook_not_found: {
    error: 'not_found',
    status: 404,
    description: 'You have no webhook with this id.',
    explanation: 'The webhook is unknown, deleted, or belongs to another developer.',
    fix: 'Take the id from the list of your webhooks.',
    snippet: 'valetkey webhook list',
  },
  webhook_url_unfit: {
    error: 'invalid_request',
    status: 400,
    description: 'Webhooks are not sent to this address.',
    explanation:
      'A webhook goes to an https URL without user and password, on port 443 or one from 1024 up, whose host has public addresses alone.',
    fix: 'Give the address under which the whole internet reaches your program; for a program on your own machine start the server with --dev and use http://localhost.',
    snippet: 'valetkey webhook add https://{your host}/{path}',
  },
  webhooks_too_many: {
    error: 'invalid_request',
    status: 400,
    description: 'You have 20 webhooks already, which is the most.',
    explanation: 'A developer may have 20 webhooks.',
    fix: 'Delete one that is not needed any more, or let one webhook serve all of your clients.',
    snippet: 'valetkey webhook list',
  },
  webhook_disabled: {
    error: 'conflict',
    status: 409,
    description: 'This webhook is switched off.',
    explanation: 'Its developer switched it off, it answered 410 Gone, or nothing got through for days.',
    fix: 'Switch it on again first.',
    snippet: 'valetkey webhook show {id}',
  },
  webhook_delivery_not_found: {
    error: 'not_found',
    status: 404,
    description: 'This webhook has no delivery with this id.',
    explanation: 'The event was not sent to this webhook, or it was more than 30 days ago.',
    fix: 'Take the id from the list of its deliveries.',
    snippet: 'valetkey webhook deliveries {id}',
  },
} as const satisfies Rows

const asking = {
  client_unknown_at_request: {
    error: 'invalid_client_id',
    status: 400,
    description: 'No client has this client_id.',
    explanation: 'The client_id is mistyped, of a deleted client, or of another server.',
    fix: 'Copy the client_id from the list of your clients.',
    snippet: 'valetkey client list',
  },
  client_inactive_at_request: {
    error: 'client_inactive',
    status: 400,
    description: 'This client is deactivated.',
    explanation: 'Its developer or the operator switched it off.',
    fix: 'Activate it, if it should work again; users then approve anew.',
    snippet: 'valetkey client enable {client_id}',
  },
  link_unproven: {
    error: 'invalid_request',
    status: 400,
    description: 'No client with this client_id has registered this redirect_uri.',
    explanation:
      'The link names a client that does not exist or is deactivated, or a redirect URI that is none of its own; a stranger does not learn which.',
    fix: 'Compare both with the settings of the client, letter by letter; a slash, a port or a letter case makes another redirect URI.',
    snippet: 'valetkey client show {client_id}',
  },
  redirect_uri_unproven: {
    error: 'invalid_redirect_uri',
    status: 400,
    description: 'The redirect_uri is not registered for this client.',
    standard: { error: 'invalid_request' },
    explanation: 'None of the registered redirect URIs of the client is this one, byte for byte.',
    fix: 'Send one of those that are registered, or register this one; a slash, a port or a letter case makes another one.',
    snippet: 'valetkey client show {client_id}',
  },
  scope_invalid: {
    error: 'invalid_scope',
    status: 400,
    description: 'A scope is unknown, malformed or more than the client may ask for.',
    explanation:
      'A scope is unknown or malformed, or goes beyond what was asked or what the client is registered for.',
    fix: 'Use read, write, list, delete, lock, bucket:NAME and bucket:NAME;PREFIX, within what the client is registered for.',
    snippet: '"scope": ["read", "list", "bucket:photos"]',
  },
  request_id_unknown: {
    error: 'invalid_request_id',
    status: 400,
    description: 'No authorization request has this request_id.',
    explanation: 'The request_id is mistyped, or its request is long over.',
    fix: 'Send the request_id that the answer to the authorization request gave.',
  },
  request_not_pending: {
    error: 'request_not_pending',
    status: 400,
    description: 'This authorization request was decided already.',
    explanation: 'The user said yes or no before, and the first decision stands.',
    fix: 'Start again from the app, if the user should be asked anew.',
  },
  request_expired: {
    error: 'request_expired',
    status: 400,
    description: 'The time to decide is over. Start again from the app.',
    explanation:
      'The user took longer to decide than the server waits, which is 10 minutes unless the operator changed it.',
    fix: 'Start again from the app.',
  },
  request_of_another_user: {
    error: 'forbidden',
    status: 403,
    description: 'This authorization request belongs to another user.',
    explanation: 'Somebody else is signed in than the user who began the request.',
    fix: 'Sign in as the user who began it, or start again from the app.',
  },
  project_not_found: {
    error: 'invalid_request',
    status: 400,
    description: 'You have no project with this id.',
    explanation: 'The project is unknown or belongs to another user, or the user has none.',
    fix: 'Take the id from the list of projects, or leave project_id out to take the first.',
    snippet: 'GET /api/v0/projects',
  },
  form_token_wrong: {
    error: 'forbidden',
    status: 403,
    description: 'This page is out of date. Start again from the app.',
    explanation: 'The csrf_token is not the one that this session was given for this authorization request.',
    fix: 'Decide on the consent page itself; after signing in anew, start again from the app.',
  },
  password_needed: {
    error: 'password_needed',
    status: 403,
    description: 'Give your password: this allows much, and you signed in a while ago.',
    explanation:
      'To let an app delete or lock, or reach a whole project, the sign-in must be at most 5 minutes old or the right password must come with the decision.',
    fix: 'Send the password of the account with the decision; after three wrong tries wait two minutes.',
  },
  not_after_unfit: {
    error: 'invalid_request',
    status: 400,
    description: 'not_after must be a future time in epoch seconds within what the operator allows.',
    explanation: 'The end of the access lies in the past, or further away than the operator allows.',
    fix: 'Send a future time in epoch seconds, or leave not_after out for the usual time.',
    snippet: '"not_after": 1798761600',
  },
  sealed_keys_malformed: {
    error: 'invalid_request',
    status: 400,
    description: 'sealed_encryption_access is not what sealing storage keys makes.',
    explanation:
      'The sealed_encryption_access is not base64url without padding, has nothing in it, or is missing beside encrypted_prefixes.',
    fix: 'Seal with sealEncryptionAccess and encode with encodeBase64Url of the access-grant package, or leave both fields out.',
  },
  encrypted_prefixes_differ: {
    error: 'invalid_request',
    status: 400,
    description: 'encrypted_prefixes are not those of the approved places, one for each and in their order.',
    explanation:
      'For a place in approved_scopes the encrypted prefix is missing, too much, of another bucket, or not as long as encrypting it makes it.',
    fix: 'Encrypt with shareRootKey of the access-grant package, for the places of approved_scopes in their order.',
    snippet: '"encrypted_prefixes": [{ "bucket": "photos", "encrypted_path_prefix": "" }]',
  },
  user_code_unknown: {
    error: 'invalid_user_code',
    status: 400,
    description: 'No device waits with this code. Compare it with your device, or start again there.',
    explanation: 'The code is mistyped, expired, or was used already.',
    fix: 'Type the code as the device shows it; if its time is over, start again on the device.',
  },
  sealed_half_malformed: {
    error: 'invalid_request',
    status: 400,
    description: 'A decision for a device needs sealed storage keys and sealed_half, and no other has one.',
    explanation:
      'The sealed_half is missing, not of the right form, or came with a decision that sends its half to an app.',
    fix: 'Decide on the consent page, which seals for the device.',
  },
} as const satisfies Rows

const clientAuthentication = {
  jwt_malformed: {
    error: 'invalid_client',
    status: 401,
    description: 'client_secret is not a JWT.',
    explanation:
      'The client_secret is not a JWT of three base64url parts, signed with HS256, HS384 or HS512.',
    fix: 'Sign a JWT with the client secret (valetkey jwt create makes one) and send it as it is.',
    snippet: makeJwt,
    step: 'parse_jwt',
  },
  claims_invalid: {
    error: 'invalid_client',
    status: 401,
    description: 'A claim of the JWT in client_secret is missing or wrong.',
    explanation: 'A claim that the JWT must have is missing, of the wrong type, or outside its limits.',
    fix: 'Put client_id and exp into the payload, exp as a number of epoch seconds a few minutes ahead.',
    snippet: "{ client_id: '{client_id}', exp: Math.floor(Date.now() / 1000) + 300 }",
    step: 'read_claims',
  },
  client_unknown: {
    error: 'invalid_client',
    status: 401,
    description: clientAuthenticationFailed,
    standard: notProven,
    explanation: 'No client has this client_id.',
    fix: 'Copy the client_id from the list of your clients, and check that the request goes to the server they are registered with.',
    snippet: 'valetkey client list',
    step: 'fetch_client',
    page: 'client_authentication_failed',
  },
  client_inactive: {
    error: 'invalid_client',
    status: 401,
    description: clientAuthenticationFailed,
    standard: notProven,
    explanation: 'The client is deactivated, or the operator suspended it.',
    fix: 'Activate it, if it should work again (users then approve anew); if it is suspended, ask the operator why.',
    snippet: 'valetkey client enable {client_id}',
    step: 'fetch_client',
    page: 'client_authentication_failed',
  },
  profile_disabled: {
    error: 'invalid_client',
    status: 401,
    description: clientAuthenticationFailed,
    standard: notProven,
    explanation: 'The client accepts RFC 7523 assertions only, and this JWT has the short form.',
    fix: 'Put iss, sub, aud, iat, exp and jti into the payload, as RFC 7523 asks.',
    snippet:
      "{ iss: '{client_id}', sub: '{client_id}', aud: '{issuer}', iat, exp: iat + 300, jti: crypto.randomUUID() }",
    step: 'fetch_client',
    page: 'client_authentication_failed',
  },
  signature_wrong: {
    error: 'invalid_client',
    status: 401,
    description: clientAuthenticationFailed,
    standard: notProven,
    explanation: 'No current secret of the client makes this signature.',
    fix: 'Use the client secret, undecoded, as the key; if it is lost, rotate it.',
    snippet: debugJwt,
    step: 'verify_signature',
    page: 'client_authentication_failed',
  },
  assertion_replayed: {
    error: 'invalid_client',
    status: 401,
    description: clientAuthenticationFailed,
    standard: notProven,
    explanation: 'A JWT with this jti was used before, and each counts once.',
    fix: 'Make a fresh JWT with a fresh jti for each request, retries included.',
    snippet: 'jti: crypto.randomUUID()',
    step: 'check_jti',
    page: 'client_authentication_failed',
  },
  assertion_expired: {
    error: 'client_secret_expired',
    status: 401,
    description: 'The JWT in client_secret has expired.',
    standard: { error: 'invalid_client' },
    explanation: 'The exp of the JWT has passed, by more than clocks may differ.',
    fix: 'Make a fresh JWT for each request; if it is fresh, set the clock of the machine that signs.',
    snippet: 'exp: Math.floor(Date.now() / 1000) + 300',
    step: 'check_expiry',
  },
  client_id_mismatch: {
    error: 'invalid_client',
    status: 401,
    description: 'The JWT names another client_id than the request (invalid_client_string).',
    explanation: 'The JWT and the request name two different clients.',
    fix: 'Use one client_id for both, together with the secret of that client.',
    snippet: debugJwt,
    step: 'match_client_id',
    page: 'client_authentication_failed',
  },
  credentials_missing: {
    error: 'invalid_client',
    status: 401,
    description: clientAuthenticationFailed,
    standard: notProven,
    explanation: 'No proof came with the request, and the client is not one that needs none.',
    fix: 'Send client_assertion, or the JWT in client_secret; a client without a secret is registered with token_endpoint_auth_method none.',
    snippet: makeJwt,
    step: 'fetch_client',
    page: 'client_authentication_failed',
  },
  auth_method_wrong: {
    error: 'invalid_client',
    status: 401,
    description: clientAuthenticationFailed,
    standard: notProven,
    explanation: 'The client is registered to prove who it is in another way than this.',
    fix: 'Use the token_endpoint_auth_method that the client is registered with; a client cannot change it.',
    snippet: 'valetkey client show {client_id}',
    step: 'fetch_client',
    page: 'client_authentication_failed',
  },
} as const satisfies Rows

const code = {
  code_unknown: {
    error: 'invalid_code',
    status: 400,
    description: badCode,
    standard: badGrant,
    explanation: 'No code of this client is this one: it was cut, altered, made up, or is long over.',
    fix: 'Take the code parameter out of the redirect with a URL parser, and send it unchanged.',
    snippet: "const code = new URL(redirect).searchParams.get('code')",
    step: 'find_code',
    page: 'code_invalid',
  },
  code_of_another_client: {
    error: 'invalid_code',
    status: 400,
    description: badCode,
    standard: badGrant,
    explanation: 'The code was issued to another client.',
    fix: 'Redeem it with the client_id and secret of the client that asked for it.',
    snippet: 'valetkey client list',
    step: 'find_code',
    page: 'code_invalid',
  },
  code_replayed: {
    error: 'invalid_code',
    status: 400,
    description: badCode,
    standard: badGrant,
    explanation:
      'The code was redeemed before; the access it gave was ended, since a second use may be a theft.',
    fix: 'Redeem each code once, without a retry; let the user approve again for a new one.',
    step: 'check_not_spent',
    page: 'code_invalid',
  },
  code_revoked: {
    error: 'invalid_code',
    status: 400,
    description: badCode,
    standard: badGrant,
    explanation: 'The approval was taken back before the code was redeemed.',
    fix: 'Let the user approve again, if it makes sense.',
    step: 'check_not_spent',
    page: 'code_invalid',
  },
  project_gone: {
    error: 'invalid_code',
    status: 400,
    description: badCode,
    standard: badGrant,
    explanation: 'The project that the user chose is not there any more.',
    fix: 'Let the user approve again, for another project.',
    step: 'find_project',
    page: 'code_invalid',
  },
  code_expired: {
    error: 'code_expired',
    status: 400,
    description: 'The authorization code has expired.',
    standard: badGrant,
    explanation: 'The code is older than codes live, which is 60 seconds unless the operator changed it.',
    fix: 'Let the user approve again, and redeem the new code at once.',
    snippet: redeemAtOnce,
    step: 'check_code_expiry',
  },
  redirect_uri_differs: {
    error: 'invalid_redirect_uri',
    status: 400,
    description: 'redirect_uri differs from the one of the authorization request.',
    standard: badGrant,
    explanation:
      'The two redirect_uri are compared byte for byte: a slash, a port or a letter case makes another one.',
    fix: 'Send redirect_uri as in the authorization request, both times from one constant.',
    step: 'match_redirect_uri',
  },
  code_verifier_wrong: {
    error: 'invalid_code',
    status: 400,
    description:
      'code_verifier does not belong to the code_challenge of the authorization request, or only one of the two was sent.',
    standard: badGrant,
    explanation:
      'The code_challenge of the authorization request is not the S256 digest of this code_verifier.',
    fix: 'Keep each code_verifier with the state of its own request, and send the one that its code_challenge was made from.',
    snippet: "code_challenge = createHash('sha256').update(code_verifier).digest('base64url')",
    step: 'prove_possession',
  },
  passphrase_with_sealed_keys: {
    error: 'invalid_request',
    status: 400,
    description:
      'Leave passphrase out: the storage keys of this code were sealed by the browser of the user.',
    explanation:
      'The user gave the passphrase to the browser, which sealed the storage keys beside the code, and the request came with a passphrase as well.',
    fix: 'Send the code, whole or its first half, without passphrase; a blank one counts as well.',
    step: 'unseal_keys',
  },
  browser_half_wrong: {
    error: 'invalid_code',
    status: 400,
    description:
      'The second half of the code, behind its dot, does not open the storage keys that were sealed under it.',
    standard: badGrant,
    explanation: 'The second half of the code was cut, altered, or is that of another code.',
    fix: 'Take the code parameter out of the redirect with a URL parser, and send all of it, unchanged.',
    snippet: "const code = new URL(redirect).searchParams.get('code')",
    step: 'unseal_keys',
  },
} as const satisfies Rows

/** Only in the standard dialect: what sends a user, or a device, here to ask. */
const authorization = {
  credentials_in_address: {
    error: 'invalid_request',
    status: 400,
    description: 'A secret never goes into the address of a browser. Replace it: it has been seen.',
    explanation:
      'The authorization request carried a client_secret, an assertion or a token, which addresses show to histories and logs.',
    fix: 'Leave it out, since an authorization request needs none, and rotate the secret if it was one.',
    snippet: 'valetkey client rotate-secret {client_id}',
  },
  response_type_unsupported: {
    error: 'unsupported_response_type',
    status: 400,
    description: 'response_type must be code.',
    explanation: 'The authorization request asks for another answer than a code, or does not say which.',
    fix: 'Ask for a code; access grants and tokens never stand in an address.',
    snippet: 'response_type=code',
  },
  request_object_unsupported: {
    error: 'request_not_supported',
    status: 400,
    description: 'Parameters in a JWT are not supported: send them one by one, or push them.',
    explanation: 'The authorization request came with a request object, in the parameter request.',
    fix: 'Send every parameter by itself, or push them to /oauth2/par and send the request_uri of its answer.',
    snippet: 'POST /oauth2/par',
  },
  registration_unsupported: {
    error: 'registration_not_supported',
    status: 400,
    description: 'A client cannot be registered within an authorization request.',
    explanation: 'The authorization request came with the parameter registration.',
    fix: 'Register the client beforehand, in the console or at /oauth2/register.',
    snippet: 'POST /oauth2/register',
  },
  pkce_missing: {
    error: 'invalid_request',
    status: 400,
    description: 'code_challenge is missing: every authorization request needs PKCE.',
    explanation: 'The authorization request has no code_challenge.',
    fix: 'Make a fresh random code_verifier, keep it, and send its S256 digest.',
    snippet: "code_challenge = createHash('sha256').update(code_verifier).digest('base64url')",
  },
  pkce_method_wrong: {
    error: 'invalid_request',
    status: 400,
    description: 'code_challenge_method must be S256.',
    explanation: 'The code_challenge_method is plain, unknown or missing, and missing means plain.',
    fix: 'Send code_challenge_method=S256 beside the digest of the verifier.',
    snippet: 'code_challenge_method=S256',
  },
  code_challenge_malformed: {
    error: 'invalid_request',
    status: 400,
    description: 'code_challenge must be 43 base64url characters, without padding.',
    explanation: 'The code_challenge is not what the S256 digest of a verifier looks like.',
    fix: 'Hash the verifier with SHA-256 and write the digest as base64url without padding, not as hex.',
    snippet: "code_challenge = createHash('sha256').update(code_verifier).digest('base64url')",
  },
  code_challenge_reused: {
    error: 'invalid_request',
    status: 400,
    description: 'This code_challenge was used before. Make a new one for every request.',
    explanation: 'A request with the same code_challenge was approved within the last 24 hours.',
    fix: 'Make a fresh random code_verifier for each authorization request; a constant one protects nothing.',
    snippet: "code_verifier = randomBytes(32).toString('base64url')",
  },
  response_mode_unknown: {
    error: 'invalid_request',
    status: 400,
    description: 'response_mode must be query or form_post, and a private-use scheme takes query alone.',
    explanation: 'The authorization request wants its answer in a way that is not supported.',
    fix: 'Use query or form_post, or leave response_mode out, which means query.',
    snippet: 'response_mode=form_post',
  },
  resource_unknown: {
    error: 'invalid_target',
    status: 400,
    description: 'resource is not one that this server gives access to.',
    explanation: 'The resource is not the storage gateway that this server is set up for.',
    fix: 'Take the resource from the metadata of the storage gateway, letter by letter, or leave it out.',
    snippet: 'GET /.well-known/oauth-protected-resource',
  },
  authorization_details_invalid: {
    error: 'invalid_authorization_details',
    status: 400,
    description: 'authorization_details are malformed, or more than the client may ask for.',
    explanation:
      'The authorization_details are not a JSON array of storage_access objects that agree, or go beyond what the client or the operator allows.',
    fix: 'Put right what error_description names; all elements share everything but bucket and prefix.',
    snippet: '[{ "type": "storage_access", "bucket": "photos", "actions": ["read", "list"] }]',
  },
  pushed_request_needed: {
    error: 'invalid_request',
    status: 400,
    description: 'This client pushes its authorization requests: send client_id and request_uri alone.',
    explanation:
      'The client is registered to push every authorization request, and this one came by the browser.',
    fix: 'Push the parameters to /oauth2/par first, or change the registration of the client.',
    snippet: 'POST /oauth2/par',
  },
  request_uri_unknown: {
    error: 'invalid_request_uri',
    status: 400,
    description: 'This request_uri is unknown, used or expired. Start again from the app.',
    explanation:
      'The request_uri was never given out to this client, was used before, or is older than pushed requests live.',
    fix: 'Push the request anew for each user, and send the browser on with it at once.',
    snippet: 'POST /oauth2/par',
  },
  interaction_needed: {
    error: 'interaction_required',
    status: 400,
    description: 'The user has to be asked, and prompt=none forbids it.',
    explanation: 'With prompt=none nobody may be asked anything, and access is never given without asking.',
    fix: 'Leave prompt out and send the user here, when the user is there to decide.',
  },
} as const satisfies Rows

/** Only in the standard dialect. Each has a page of its own, but for those that look alike to whoever asks. */
const tokenEndpoint = {
  form_expected: {
    error: 'invalid_request',
    status: 400,
    description: 'Send a form: Content-Type application/x-www-form-urlencoded.',
    explanation:
      'The endpoints below /oauth2 take forms in UTF-8, and this came as something else, or compressed.',
    fix: 'Send the parameters as a form, and say so in the Content-Type header.',
    snippet: 'Content-Type: application/x-www-form-urlencoded',
  },
  credentials_twice: {
    error: 'invalid_request',
    status: 400,
    description:
      'Prove who the client is in one way: client_assertion, client_secret, or the Authorization header.',
    explanation: 'The request proves who the client is in more than one way.',
    fix: 'Send one of client_assertion, client_secret and an Authorization header, and leave out the others.',
  },
  assertion_type_unknown: {
    error: 'invalid_request',
    status: 400,
    description:
      'client_assertion and client_assertion_type go together, and the type is urn:ietf:params:oauth:client-assertion-type:jwt-bearer.',
    explanation:
      'One of client_assertion and client_assertion_type is missing, or the type is not that of a JWT.',
    fix: 'Send both, with the type of RFC 7523.',
    snippet: 'client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  },
  grant_type_unsupported: {
    error: 'unsupported_grant_type',
    status: 400,
    description: 'This grant_type is not supported here.',
    explanation: 'The grant_type is none of those that this server knows.',
    fix: 'Use authorization_code, refresh_token or urn:ietf:params:oauth:grant-type:device_code.',
    snippet: 'grant_type=authorization_code',
    step: 'check_grant_type',
  },
  grant_type_unregistered: {
    error: 'unauthorized_client',
    status: 400,
    description: 'The client is not registered for this grant type.',
    explanation: 'The grant type is known here, but not among those that the client is registered for.',
    fix: 'Add it to the grant_types of the client, if it should have it.',
    snippet: 'valetkey client show {client_id}',
    step: 'check_grant_type',
  },
  access_wider: {
    error: 'invalid_scope',
    status: 400,
    description:
      'This is more than was granted, or names places in another way; leave it out to get all that was granted.',
    explanation: 'The scope of a token request may only leave out actions and places of what was granted.',
    fix: 'Leave scope out, or name actions and places as the answer to the first token request did.',
    step: 'narrow_access',
  },
  access_unregistered: {
    error: 'invalid_scope',
    status: 400,
    description:
      'The client is registered for less than was granted. Send scope with the part it is registered for, or ask the user again.',
    explanation:
      'The developer narrowed what the client is registered for, after the user had approved more.',
    fix: 'Ask the user again for what the client is registered for now, or register it for what was approved.',
    snippet: 'valetkey client show {client_id}',
    step: 'narrow_access',
  },
  access_over: {
    error: 'invalid_grant',
    status: 400,
    description: 'The end that the user chose for this access has passed.',
    explanation: 'The access ends before it is handed out: its user chose an end that has passed meanwhile.',
    fix: 'Let the user approve again, with a later end.',
    step: 'narrow_access',
  },
  storage_keys_wrong: {
    error: 'invalid_request',
    status: 400,
    description:
      'These storage keys open nothing of what was granted; the refresh token is as good as before.',
    explanation:
      'The passphrase is another one than at first, or the access_grant holds no keys for what is asked.',
    fix: 'Send the passphrase of the first token request, or an access grant that holds the keys of all places asked for.',
    step: 'derive_root_key',
  },
  refresh_token_unknown: {
    error: 'invalid_grant',
    status: 400,
    description: badRefreshToken,
    explanation: 'No refresh token of this client is this one.',
    fix: 'Send the refresh_token of the last answer, whole and unchanged.',
    step: 'find_refresh_token',
    page: 'refresh_token_invalid',
  },
  refresh_token_reused: {
    error: 'invalid_grant',
    status: 400,
    description: badRefreshToken,
    explanation:
      'The refresh token was used before, and a newer one has taken its place; all access of the approval was ended, since somebody else may have it.',
    fix: 'Keep the refresh_token of each answer in place of the one before, in one process at a time; let the user approve again.',
    step: 'check_refresh_token',
    page: 'refresh_token_invalid',
  },
  refresh_token_expired: {
    error: 'invalid_grant',
    status: 400,
    description: badRefreshToken,
    explanation: 'The refresh token lay unused for too long, or its approval is too old to be refreshed.',
    fix: 'Let the user approve again.',
    step: 'check_refresh_token',
    page: 'refresh_token_invalid',
  },
  access_ended: {
    error: 'invalid_grant',
    status: 400,
    description: badRefreshToken,
    explanation:
      'The access was ended by its user, its developer, its client, or because a code or token was used twice.',
    fix: 'Let the user approve again, if it makes sense.',
    step: 'check_refresh_token',
    page: 'refresh_token_invalid',
  },
  storage_keys_missing: {
    error: 'invalid_request',
    status: 400,
    description:
      'Storage keys are needed and are not kept here: send access_grant, the one to be refreshed, or passphrase.',
    explanation:
      'The keys were derived from a passphrase at the first token request, and this server keeps neither.',
    fix: 'Send the old access grant as access_grant, even when it has expired: its keys are put into the new one.',
    step: 'unseal_keys',
  },
  access_grant_foreign: {
    error: 'invalid_request',
    status: 400,
    description: 'access_grant is not one of this approval, or no access grant at all.',
    explanation: 'The access_grant that came with a refresh belongs to another approval or cannot be read.',
    fix: 'Send the access grant that came with this very refresh token.',
    step: 'unseal_keys',
  },
  device_code_unknown: {
    error: 'invalid_grant',
    status: 400,
    description: 'The device code is unknown, or was issued to another client.',
    explanation: 'No device code of this client is this one.',
    fix: 'Send the device_code of the answer, whole and unchanged.',
    step: 'find_device_code',
  },
  device_pending: {
    error: 'authorization_pending',
    status: 400,
    description: 'The user has not decided yet. Ask again after the interval.',
    explanation: 'Nobody has entered the user code yet, or its user still decides.',
    fix: 'Ask again, with at least interval seconds between two requests.',
    step: 'check_device_code',
  },
  device_too_fast: {
    error: 'slow_down',
    status: 400,
    description: 'Too fast. Wait 5 seconds longer between two requests from now on.',
    explanation: 'The device asked again before its interval was over.',
    fix: 'Add 5 seconds to the interval, and keep to it.',
    step: 'check_device_code',
  },
  device_denied: {
    error: 'access_denied',
    status: 400,
    description: 'The user said no.',
    explanation: 'The user who entered the code denied the access.',
    fix: 'Stop asking, and tell the user how to start again.',
    step: 'check_device_code',
  },
  device_expired: {
    error: 'expired_token',
    status: 400,
    description: 'The time to enter the code is over. Start again.',
    explanation: 'Nobody approved in time, which is 10 minutes unless the operator changed it.',
    fix: 'Ask for a new device code.',
    step: 'check_device_code',
  },
  token_part_of_another: {
    error: 'unsupported_token_type',
    status: 400,
    description:
      'This access grant was restricted further by its holder and cannot be revoked alone; revoke the one it was made from.',
    explanation:
      'A copy that was narrowed offline shares its API key with the access grant it was made from.',
    fix: 'Give narrowed copies an early end, or revoke the access grant itself, which ends every copy.',
  },
} as const satisfies Rows

const connectedApps = {
  grant_not_found: {
    error: 'not_found',
    status: 404,
    description: 'This app holds no access of yours.',
    explanation: 'The app has no active grant and no unspent code of this user.',
    fix: 'There is nothing left to end; the list of connected apps shows what holds access now.',
    snippet: 'GET /api/v0/auth/developer-access',
  },
} as const satisfies Rows

const explanations = {
  token_request_not_found: {
    error: 'not_found',
    status: 404,
    description: 'There is no token request with this trace_id that you may see.',
    explanation:
      'The trace_id is mistyped, older than 30 days, or of a request that named the client of another developer.',
    fix: 'Sign in as the developer who owns the client, and copy the trace_id whole from the answer.',
    snippet: 'valetkey explain --last',
  },
} as const satisfies Rows

const operation = {
  operator_unproven: {
    error: 'unauthorized',
    status: 401,
    description: 'This address is for the operator: no valid admin token came with the request.',
    explanation:
      'The request has no Authorization header of the form Bearer, or its token is not one of VALETKEY_ADMIN_TOKEN.',
    fix: 'Send a token that the server was started with; sessions of developers and users count for nothing here.',
    snippet: 'Authorization: Bearer {admin_token}',
  },
  account_not_found: {
    error: 'not_found',
    status: 404,
    description: 'There is no account with this address or id.',
    explanation: 'No account of this kind has the address or the id, or it was deleted.',
    fix: 'Look for it in the list; developers and users are two lists.',
    snippet: 'valetkey admin developers list --search {email}',
  },
  account_closing: {
    error: 'conflict',
    status: 409,
    description: 'This account is being deleted.',
    explanation: 'The deletion of the account has begun, and is never undone.',
    fix: 'Leave it: what is left of the deletion is done within minutes, or at once by deleting it again.',
  },
  registered_client_not_found: {
    error: 'not_found',
    status: 404,
    description: 'There is no client with this id.',
    explanation: 'The client is unknown or deleted, whoever it belonged to.',
    fix: 'Look for it in the list.',
    snippet: 'valetkey admin clients list --search {name}',
  },
  import_unfit: {
    error: 'invalid_request',
    status: 400,
    description: 'Nothing was imported: some rows are not in order; problems names each of them.',
    explanation: 'At least one row of the import cannot be taken, so none was.',
    fix: 'Put right every row that problems names and send all of them again; a dry run changes nothing.',
    snippet: 'valetkey admin import-clients {file} --dry-run',
  },
  import_overtaken: {
    error: 'conflict',
    status: 409,
    description: 'Nothing was imported: an address or a client_id was taken in the meantime.',
    explanation:
      'While the rows were looked at, somebody registered one of the addresses or clients, or a developer was suspended.',
    fix: 'Send the same import again; it says what has changed.',
  },
} as const satisfies Rows

/** Every way we say no, in one table. */
export const refusals = {
  ...httpRequest,
  ...accounts,
  ...clientManagement,
  ...webhooks,
  ...asking,
  ...clientAuthentication,
  ...code,
  ...authorization,
  ...tokenEndpoint,
  ...connectedApps,
  ...explanations,
  ...operation,
} as const

/** The table as people leaf through it. `traced` says whether such a refusal can be asked about with its trace_id. */
export const refusalGroups: readonly RefusalGroup[] = [
  { title: 'The HTTP request itself', traced: 'token requests', rows: httpRequest },
  { title: 'Accounts', traced: 'never', rows: accounts },
  { title: 'Client management', traced: 'never', rows: clientManagement },
  { title: 'Webhooks', traced: 'never', rows: webhooks },
  { title: 'Asking and deciding', traced: 'never', rows: asking },
  { title: 'The token request: client authentication', traced: 'always', rows: clientAuthentication },
  { title: 'The token request: the code', traced: 'always', rows: code },
  { title: 'The authorization request: standard dialect', traced: 'always', rows: authorization },
  { title: 'The token request: standard dialect', traced: 'always', rows: tokenEndpoint },
  { title: 'Connected apps', traced: 'never', rows: connectedApps },
  { title: 'Explanations', traced: 'never', rows: explanations },
  { title: 'Administration', traced: 'never', rows: operation },
]

export interface RefusalGroup {
  readonly title: string
  readonly traced: 'always' | 'token requests' | 'never'
  readonly rows: Partial<Readonly<Record<Reason, RefusalRow>>>
}

export type Reason = keyof typeof refusals

/** The last part of `error_uri`: decided by the reason, never by the case at hand. */
export function pageOf(reason: Reason): string {
  const row: RefusalRow = refusals[reason]
  return row.page ?? reason
}

/** @source https://v8.dev/docs/stack-trace-api */
const errors = Error as ErrorConstructor & { stackTraceLimit: number }

/** A deliberate no. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly reason: Reason
  readonly error: string
  readonly status: number
  readonly description: string
  readonly explanation: string
  /** What the standard dialect says in place of it. */
  readonly standard: Pick<RefusalRow, 'error' | 'status' | 'description'>
  /** Seconds after which another try makes sense; becomes `Retry-After`. */
  readonly retry_after: number | undefined
  /** Of the limit that was met; becomes the `RateLimit` headers. */
  readonly quota: Quota | undefined

  constructor(reason: Reason, options: RefuseOptions = {}) {
    const row: RefusalRow = refusals[reason]
    // A no is nobody's bug: to walk the stack would cost more than all else about it. The cause has its own.
    const { stackTraceLimit } = errors
    errors.stackTraceLimit = 0
    super(`${reason}: ${row.explanation}`, options.cause === undefined ? {} : { cause: options.cause })
    errors.stackTraceLimit = stackTraceLimit
    this.reason = reason
    this.error = row.error
    this.status = row.status
    this.description = publicWords(options.description ?? row.description)
    this.explanation = row.explanation
    const description =
      options.standard?.description ?? options.description ?? row.standard?.description ?? row.description
    const { error, status } = { ...row, ...row.standard, ...options.standard }
    this.standard = { error, status, description: publicWords(description) }
    this.retry_after = options.retry_after
    this.quota = options.quota
  }
}

export interface RefuseOptions {
  /** Replaces the row's public words with more precise ones that tell a stranger nothing. */
  readonly description?: string
  /** What the standard dialect says, where that differs from its row. */
  readonly standard?: RefusalRow['standard'] | undefined
  readonly retry_after?: number
  readonly quota?: Quota
  readonly cause?: unknown
}

/** Makes the refusal to throw. */
export function refuse(reason: Reason, options?: RefuseOptions): Refusal {
  return new Refusal(reason, options)
}

/** Keeps what RFC 6749 §5.2 lets into `error_description`, one line of at most 500 characters. */
export function publicWords(text: string): string {
  if (text.length <= 500 && /^[ !#-[\]-~]*$/.test(text)) return text
  return text
    .replaceAll(/["\\]/g, "'")
    .replaceAll(/[^\x20-\x7e]/g, '?')
    .slice(0, 500)
}
