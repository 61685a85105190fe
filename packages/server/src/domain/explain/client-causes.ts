import type { CauseRow } from './causes.ts'

const show = 'valetkey client show {client_id}'
const list = 'valetkey client list'

/** What depends on the client's record: whether it is there, and what the signature was made with. The owner's alone. */
export const clientCauses = {
  // Step 3: the client
  client_unknown: {
    step: 'fetch_client',
    reason: 'client_unknown',
    means: 'No client has this client_id.',
    fix: 'Copy the client_id from the list of your clients.',
    snippet: list,
  },
  client_id_nearly_yours: {
    step: 'fetch_client',
    reason: 'client_unknown',
    means: 'No client has this client_id, but one of yours nearly does.',
    fix: 'Copy the client_id again, whole and unchanged.',
    snippet: list,
  },
  client_id_is_row_id: {
    step: 'fetch_client',
    reason: 'client_unknown',
    means: 'This is the id by which the API manages your client, not its client_id.',
    fix: 'Use the client_id beside it.',
    snippet: list,
  },
  client_id_is_name: {
    step: 'fetch_client',
    reason: 'client_unknown',
    means: 'This is the name of your client, not its client_id.',
    fix: 'Use its client_id.',
    snippet: list,
  },
  client_id_is_secret: {
    step: 'fetch_client',
    reason: 'client_unknown',
    means: 'This is a client secret or a JWT, where a client_id belongs.',
    fix: 'Put client_id and client_secret each in its place; if it was the secret itself, rotate it, since it has travelled in the clear.',
    snippet: list,
  },
  client_deleted: {
    step: 'fetch_client',
    reason: 'client_unknown',
    means: 'The client was deleted, and something still uses it.',
    fix: 'Stop what still uses it, or give it the client_id and secret of another client.',
    snippet: list,
  },
  client_inactive: {
    step: 'fetch_client',
    reason: 'client_inactive',
    means: 'The client is deactivated.',
    fix: 'Activate it, if it should work again.',
    snippet: 'valetkey client enable {client_id}',
  },
  client_suspended: {
    step: 'fetch_client',
    reason: 'client_inactive',
    means: 'The operator of this server suspended the client, or its developer with all clients.',
    fix: 'Ask the operator why, and what has to change: activating it does not help as long as it is suspended. Until then nothing is granted or renewed; access that was given before works until it runs out, unless the operator ended it.',
  },
  profile_disabled: {
    step: 'fetch_client',
    reason: 'profile_disabled',
    means: 'This client takes RFC 7523 assertions only, and this JWT has the short form.',
    fix: 'Add iss, sub, aud, iat and jti; or register a client that takes the short form.',
  },
  auth_method_differs: {
    step: 'fetch_client',
    reason: 'auth_method_wrong',
    means:
      'The client proved itself in another way than it is registered for: with its secret, with a private key, or by PKCE alone.',
    fix: 'Use the way that is registered as token_endpoint_auth_method, or register the other one.',
    snippet: show,
  },

  // Step 4: the signature
  secret_differs: {
    step: 'verify_signature',
    reason: 'signature_wrong',
    means:
      'It was signed with none of the secrets of this client, and with nothing usual in their place; or it was changed after signing.',
    fix: 'Find out which secret your app really loads, and take the one that was shown at registration; if that is lost, rotate it with an overlap.',
    snippet: 'valetkey jwt debug - --client-id {client_id} --client-secret -',
  },
  signature_not_examined: {
    step: 'verify_signature',
    reason: 'signature_wrong',
    means:
      'It was signed with none of the secrets of this client, or changed after signing; the server was too busy to find out more.',
    fix: 'Send it once more for a closer look, or look at it offline, where the secret stays with you.',
    snippet: 'valetkey jwt debug - --client-id {client_id} --client-secret -',
  },
  secret_given_differs: {
    step: 'verify_signature',
    reason: 'signature_wrong',
    means:
      'It was not signed with the secret given here, nor with anything usual made of it; or it was changed after signing.',
    fix: 'The app signs with another secret than this one: find out which it really loads. A JWT must not be edited once signed.',
  },
  secret_retired: {
    step: 'verify_signature',
    reason: 'signature_wrong',
    means: 'It was signed with an older secret of this client that has been retired: a forgotten deployment?',
    fix: 'Give the new secret to whatever still signs with the old one.',
    snippet: show,
  },
  secret_of_another_client: {
    step: 'verify_signature',
    reason: 'signature_wrong',
    means: 'It was signed with the secret of another client of yours, perhaps of another environment.',
    fix: 'Use client_id and secret of one and the same client.',
    snippet: list,
  },
  secret_with_whitespace: {
    step: 'verify_signature',
    reason: 'signature_wrong',
    means: 'It was signed with the secret plus a space or line break before or after it.',
    fix: 'Trim the secret where your app reads it.',
    snippet: 'const client_secret = process.env.CLIENT_SECRET.trim()',
  },
  secret_given_with_whitespace: {
    step: 'verify_signature',
    reason: 'signature_wrong',
    means: 'The secret given here has a space or line break around it; the JWT was signed without.',
    fix: 'Nothing is wrong with the JWT; trim the secret you compare it with.',
  },
  secret_with_quotes: {
    step: 'verify_signature',
    reason: 'signature_wrong',
    means: 'It was signed with the secret and quotes around it.',
    fix: 'Take the quotes out of the .env file or setting your app reads.',
    snippet: 'CLIENT_SECRET=vks_...',
  },
  secret_given_with_quotes: {
    step: 'verify_signature',
    reason: 'signature_wrong',
    means: 'The secret given here has quotes around it; the JWT was signed without.',
    fix: 'Nothing is wrong with the JWT; take the quotes off the secret you compare it with.',
  },
  secret_first_line: {
    step: 'verify_signature',
    reason: 'signature_wrong',
    means: 'It was signed with the first line of the secret only.',
    fix: 'Read the secret whole: it has more than one line.',
  },
  secret_hex_decoded: {
    step: 'verify_signature',
    reason: 'signature_wrong',
    means: 'It was signed with the secret decoded as hex.',
    fix: 'Use the UTF-8 bytes of the secret as it was shown, neither decoded nor encoded.',
    snippet: 'const key = new TextEncoder().encode(client_secret)',
  },
  secret_base64_decoded: {
    step: 'verify_signature',
    reason: 'signature_wrong',
    means: 'It was signed with the secret decoded as base64 or base64url.',
    fix: 'Use the UTF-8 bytes of the secret as it was shown; switch off the base64 option of your library or of jwt.io.',
    snippet: 'const key = new TextEncoder().encode(client_secret)',
  },
  secret_encoded: {
    step: 'verify_signature',
    reason: 'signature_wrong',
    means: 'It was signed with the secret encoded once more, as hex, base64 or percent-encoding.',
    fix: 'Use the UTF-8 bytes of the secret as it was shown, neither decoded nor encoded.',
    snippet: 'const key = new TextEncoder().encode(client_secret)',
  },
  secret_url_decoded: {
    step: 'verify_signature',
    reason: 'signature_wrong',
    means: 'It was signed with the secret after percent signs or + in it were decoded as in a URL.',
    fix: 'Use the secret as it was shown; do not send it through a URL decoder.',
  },
  secret_hashed: {
    step: 'verify_signature',
    reason: 'signature_wrong',
    means: 'It was signed with a hash of the secret.',
    fix: 'Use the secret itself as the key; HMAC does the hashing.',
    snippet: 'const key = new TextEncoder().encode(client_secret)',
  },
  secret_in_other_case: {
    step: 'verify_signature',
    reason: 'signature_wrong',
    means: 'It was signed with the secret in other letter case.',
    fix: 'Keep the letter case of the secret: something in between changes it.',
  },
  secret_cut: {
    step: 'verify_signature',
    reason: 'signature_wrong',
    means: 'It was signed with the beginning of the secret only.',
    fix: 'Copy the secret whole; a field or column may be too short for it.',
  },
  secret_without_prefix: {
    step: 'verify_signature',
    reason: 'signature_wrong',
    means: 'It was signed with the secret without its beginning vks_, which is part of it.',
    fix: 'Use the secret as it was shown, all of it.',
  },
  secret_expanded_by_shell: {
    step: 'verify_signature',
    reason: 'signature_wrong',
    means:
      'It was signed with what a shell, dotenv or PHP leaves of the secret: it took $ and what follows for a variable.',
    fix: 'Put the secret in single quotes in shells and .env files.',
    snippet: "CLIENT_SECRET='$2a$10$...'",
  },
  client_id_as_key: {
    step: 'verify_signature',
    reason: 'signature_wrong',
    means: 'It was signed with the client_id as the key.',
    fix: 'Sign with the client secret; the client_id is public.',
    snippet: 'valetkey jwt create --client-id {client_id}',
  },
  empty_key: {
    step: 'verify_signature',
    reason: 'signature_wrong',
    means: 'It was signed with an empty key.',
    fix: 'The variable that should hold the secret is empty where your app signs: check its name and that it is loaded.',
    snippet: 'test -n "$CLIENT_SECRET" || echo empty',
  },
  placeholder_as_key: {
    step: 'verify_signature',
    reason: 'signature_wrong',
    means:
      'It was signed with a word in place of a secret: the example of jwt.io, or what a template makes of a variable that is not set.',
    fix: 'Sign with the client secret; if a variable should hold it, check its name and that it is loaded.',
    snippet: 'test -n "$CLIENT_SECRET" || echo empty',
  },
  key_unknown: {
    step: 'verify_signature',
    reason: 'signature_wrong',
    means: 'None of the public keys of this client has the kid of the JWT and fits its alg.',
    fix: 'Add the public half of the key that signs to the JWK Set of the client, under the kid that the JWT names.',
    snippet: show,
  },
  key_differs: {
    step: 'verify_signature',
    reason: 'signature_wrong',
    means:
      'It was signed with none of the private keys whose public halves the client has; or it was changed after signing.',
    fix: 'Find out which key your app really loads, and register its public half; the private half stays with you.',
    snippet: show,
  },
  keys_not_fetched: {
    step: 'verify_signature',
    reason: 'signature_wrong',
    means: 'The public keys of this client could not be read from its jwks_uri.',
    fix: 'Serve a JWK Set of at most 64 KiB there: https at a public address, with a certificate others trust, status 200, no redirect, within three seconds.',
    snippet: show,
  },

  client_id_of_another_client: {
    step: 'verify_signature',
    reason: 'signature_wrong',
    means: 'Secret and code are of another client of yours; the client_id alone is of this one.',
    fix: 'Send the client_id that belongs to the secret and the code.',
    snippet: "{ client_id: '{client_id}' }",
  },

  // After the six
  jti_replayed: {
    step: 'check_jti',
    reason: 'assertion_replayed',
    means: 'A JWT with this jti was used before, and each jti counts once.',
    fix: 'Make a fresh JWT, with a fresh jti, for each request, retries included.',
    snippet: 'jti: crypto.randomUUID()',
  },
} as const satisfies Record<string, CauseRow>
