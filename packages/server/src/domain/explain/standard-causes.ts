import type { CauseRow } from './causes.ts'

/** What goes wrong in the standard dialect alone. */
export const standardCauses = {
  form_expected: {
    step: 'read_request',
    reason: 'form_expected',
    means: 'The endpoints below /oauth2 take forms, and this came as something else.',
    fix: 'Send the parameters as a form in UTF-8, uncompressed, and say so in Content-Type.',
    snippet: 'Content-Type: application/x-www-form-urlencoded',
  },
  proof_missing: {
    step: 'fetch_client',
    reason: 'credentials_missing',
    means: 'The client has to prove who it is, and the request came with its client_id alone.',
    fix: 'Send client_assertion and client_assertion_type, or a JWT in client_secret.',
    snippet: 'valetkey jwt create --client-id {client_id} --client-secret -',
  },
  kid_unknown: {
    step: 'verify_signature',
    reason: 'signature_wrong',
    means: 'The kid in the header of the JWT names no working secret of this client.',
    fix: 'Leave kid out, or put in the id of the secret that signs, as the client shows it.',
    snippet: 'valetkey client show {client_id}',
  },
  code_of_standard_dialect: {
    step: 'find_code',
    reason: 'code_unknown',
    means:
      'The code was asked for at /oauth2/authorize, and came to the token endpoint of the other dialect.',
    fix: 'Redeem it at /oauth2/token, as a form.',
    snippet: 'POST {url}/oauth2/token',
  },
  grant_type_unsupported: {
    step: 'check_grant_type',
    reason: 'grant_type_unsupported',
    means: 'This server knows no such grant_type.',
    fix: 'Use authorization_code, refresh_token or urn:ietf:params:oauth:grant-type:device_code.',
    snippet: 'grant_type=authorization_code',
  },
  grant_type_unregistered: {
    step: 'check_grant_type',
    reason: 'grant_type_unregistered',
    means: 'The client is not registered for this grant type.',
    fix: 'Add it to the grant_types of the client, if it should have it.',
    snippet: 'valetkey client show {client_id}',
  },
  access_wider: {
    step: 'narrow_access',
    reason: 'access_wider',
    means: 'The token request asks for more than was granted, or names its places in another way.',
    fix: 'Leave scope and authorization_details out to get all that was granted, or repeat a part of what the first answer said.',
  },
  access_unregistered: {
    step: 'narrow_access',
    reason: 'access_unregistered',
    means: 'What was approved is more than the client is registered for by now.',
    fix: 'Register the client for it again, or let the user approve what it is registered for.',
    snippet: 'valetkey client show {client_id}',
  },
  access_over: {
    step: 'narrow_access',
    reason: 'access_over',
    means: 'The end that the user chose for this access passed before it was handed out.',
    fix: 'Let the user approve again, with a later end.',
  },
  details_wider: {
    step: 'narrow_access',
    reason: 'authorization_details_invalid',
    means: 'authorization_details ask for more than was granted, or name places in another way.',
    fix: 'Leave them out to get all that was granted, or repeat a part of what the first answer said.',
  },
  details_unfit: {
    step: 'narrow_access',
    reason: 'authorization_details_invalid',
    means: 'authorization_details are not what RFC 9396 and the type storage_access ask for.',
    fix: 'Send a JSON array of objects with type, actions, and where it applies bucket, prefix, project, not_after, max_object_ttl.',
    snippet: '[{"type":"storage_access","bucket":"photos","actions":["read"]}]',
  },
  refresh_token_unknown: {
    step: 'find_refresh_token',
    reason: 'refresh_token_unknown',
    means: 'No refresh token is this one: it was cut, altered, made up, or is long over.',
    fix: 'Keep the refresh_token of the last answer whole, its part behind the dot as well.',
  },
  refresh_token_of_another_client: {
    step: 'find_refresh_token',
    reason: 'refresh_token_unknown',
    means: 'The refresh token was not issued to this client.',
    fix: 'Refresh with the client that got the token.',
  },
  refresh_token_reused: {
    step: 'check_refresh_token',
    reason: 'refresh_token_reused',
    means:
      'The refresh token was used before and a newer one has taken its place; all access of the approval was ended, since two holders of one token may mean theft.',
    fix: 'Keep each new refresh_token before you use the access that came with it, and let one process refresh at a time.',
  },
  refresh_token_expired: {
    step: 'check_refresh_token',
    reason: 'refresh_token_expired',
    means: 'The refresh token lay unused for too long.',
    fix: 'Let the user approve again.',
  },
  refresh_too_old: {
    step: 'check_refresh_token',
    reason: 'refresh_token_expired',
    means: 'The approval is as old as one can be refreshed, or has come to the end that its user chose.',
    fix: 'Let the user approve again.',
  },
  access_ended: {
    step: 'check_refresh_token',
    reason: 'access_ended',
    means: 'The access was ended, so nothing renews it.',
    fix: 'Let the user approve again, if it makes sense.',
  },
  storage_keys_missing: {
    step: 'unseal_keys',
    reason: 'storage_keys_missing',
    means:
      'The storage keys came from a passphrase, which this server does not keep, nor what was made from it.',
    fix: 'Send the old access grant as access_grant, or the passphrase.',
  },
  storage_keys_wrong: {
    step: 'derive_root_key',
    reason: 'storage_keys_wrong',
    means: 'The keys that came along are not those of the places that were granted; nothing was rotated.',
    fix: 'Send the passphrase of the first token request, or an access grant with the keys of all places asked for.',
  },
  access_grant_foreign: {
    step: 'unseal_keys',
    reason: 'access_grant_foreign',
    means: 'The access_grant is not one of this approval, or cannot be read.',
    fix: 'Send the access grant that came with this very refresh token, whole.',
  },
  device_code_unknown: {
    step: 'find_device_code',
    reason: 'device_code_unknown',
    means: 'No device code of this client is this one.',
    fix: 'Send the device_code of the answer, whole and unchanged, and not the user_code.',
  },
  device_pending: {
    step: 'check_device_code',
    reason: 'device_pending',
    means: 'Nobody has decided yet: that is no mistake.',
    fix: 'Ask again after the interval.',
  },
  device_too_fast: {
    step: 'check_device_code',
    reason: 'device_too_fast',
    means: 'The device asked again before its interval was over; it is 5 seconds longer from now on.',
    fix: 'Wait as long as interval says between two requests, and 5 seconds more after each slow_down.',
  },
  device_denied: {
    step: 'check_device_code',
    reason: 'device_denied',
    means: 'The user who entered the code said no.',
    fix: 'Stop asking.',
  },
  device_expired: {
    step: 'check_device_code',
    reason: 'device_expired',
    means: 'Nobody approved in time.',
    fix: 'Ask for a new device code, and show the new user code.',
  },
} as const satisfies Record<string, CauseRow>
