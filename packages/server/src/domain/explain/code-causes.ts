import type { CauseRow } from './causes.ts'

const again = 'Let the user approve again, and redeem the new code right away.'
const sameUri = 'Send redirect_uri byte for byte as in the authorization request.'

/** What is wrong with the code and what comes with it, told once the client has proved who it is. */
export const codeCauses = {
  code_unknown: {
    step: 'find_code',
    reason: 'code_unknown',
    means: 'No authorization code is this one: it was mistyped, cut, made up, or is long over.',
    fix: 'Take the code parameter out of the redirect with a URL parser, whole, and send it unchanged.',
    snippet: "const code = new URL(redirect).searchParams.get('code')",
  },
  code_wrapped: {
    step: 'find_code',
    reason: 'code_unknown',
    means:
      'The code is yours, with something around it that does not belong to it: spaces, quotes, or the rest of the URL.',
    fix: 'Take the code parameter out of the redirect with a URL parser and send it alone.',
    snippet: "const code = new URL(redirect).searchParams.get('code')",
  },
  code_encoded: {
    step: 'find_code',
    reason: 'code_unknown',
    means: 'The code is yours, still percent-encoded: it was URL-decoded one time too few.',
    fix: 'Let a URL parser decode the parameter, once.',
    snippet: "const code = new URL(redirect).searchParams.get('code')",
  },
  browser_half_unasked: {
    step: 'find_code',
    reason: 'code_unknown',
    means:
      'The code is yours, with a dot and more text behind it, but it has no second half: no browser sealed storage keys for it.',
    fix: 'Take the code parameter out of the redirect with a URL parser and send it alone.',
    snippet: "const code = new URL(redirect).searchParams.get('code')",
  },
  code_placeholder: {
    step: 'find_code',
    reason: 'code_unknown',
    means: 'This is a placeholder, such as $CODE or undefined: nothing was filled in.',
    fix: 'Fill in the code: a shell does so within double quotes only.',
    snippet: "const code = new URL(redirect).searchParams.get('code')",
  },
  code_rejected: {
    step: 'find_code',
    reason: 'code_unknown',
    means: 'This is no code but the word REJECTED: the user said no.',
    fix: 'Look at the answer of the consent before redeeming; there is nothing to redeem.',
  },
  code_of_your_other_client: {
    step: 'find_code',
    reason: 'code_of_another_client',
    means: 'The code was issued to another client of yours.',
    fix: 'Redeem it with the client_id and secret of the client that asked for it.',
    snippet: 'valetkey client list',
  },
  code_of_another_client: {
    step: 'find_code',
    reason: 'code_of_another_client',
    means: 'The code was not issued to this client.',
    fix: 'Redeem a code with the client that asked for it; if your app did not send this, somebody tried a stolen code.',
  },
  code_retried: {
    step: 'check_not_spent',
    reason: 'code_replayed',
    means:
      'The code was redeemed a moment ago, so this is probably a retry or a double submit; the access it gave was ended, since it might be theft.',
    fix: 'Redeem a code once: no retry after a timeout, no double submit, one process. Let the user approve again.',
  },
  code_replayed: {
    step: 'check_not_spent',
    reason: 'code_replayed',
    means: 'The code was redeemed before; the access it gave was ended, since a second use may be a theft.',
    fix: 'Redeem each code once; let the user approve again for a new one.',
  },
  code_revoked: {
    step: 'check_not_spent',
    reason: 'code_revoked',
    means: 'The approval was taken back before the code was redeemed.',
    fix: 'Ask the user again, if it makes sense.',
  },
  code_expired: {
    step: 'check_code_expiry',
    reason: 'code_expired',
    means: 'The code had expired when it arrived.',
    fix: again,
  },
  redirect_uri_slash: {
    step: 'match_redirect_uri',
    reason: 'redirect_uri_differs',
    means: 'redirect_uri differs from the one of the authorization request in a slash at the end.',
    fix: sameUri,
  },
  redirect_uri_scheme: {
    step: 'match_redirect_uri',
    reason: 'redirect_uri_differs',
    means: 'redirect_uri differs from the one of the authorization request in its scheme.',
    fix: `${sameUri} Behind a proxy an app may see http where the world sees https.`,
  },
  redirect_uri_host: {
    step: 'match_redirect_uri',
    reason: 'redirect_uri_differs',
    means: 'redirect_uri differs from the one of the authorization request in its host.',
    fix: `${sameUri} localhost and 127.0.0.1 are two hosts, so are a name with and without www.`,
  },
  redirect_uri_port: {
    step: 'match_redirect_uri',
    reason: 'redirect_uri_differs',
    means: 'redirect_uri differs from the one of the authorization request in its port.',
    fix: sameUri,
  },
  redirect_uri_case: {
    step: 'match_redirect_uri',
    reason: 'redirect_uri_differs',
    means: 'redirect_uri differs from the one of the authorization request in letter case.',
    fix: sameUri,
  },
  redirect_uri_encoding: {
    step: 'match_redirect_uri',
    reason: 'redirect_uri_differs',
    means: 'redirect_uri is percent-encoded once too often, or otherwise than in the authorization request.',
    fix: `${sameUri} In a JSON body nothing is percent-encoded.`,
  },
  redirect_uri_query: {
    step: 'match_redirect_uri',
    reason: 'redirect_uri_differs',
    means: 'redirect_uri differs from the one of the authorization request in its query.',
    fix: `${sameUri} code and state, which the redirect brought, are no part of it.`,
  },
  redirect_uri_differs: {
    step: 'match_redirect_uri',
    reason: 'redirect_uri_differs',
    means: 'redirect_uri is not the one of the authorization request.',
    fix: sameUri,
  },
  verifier_missing: {
    step: 'prove_possession',
    reason: 'code_verifier_wrong',
    means: 'The authorization request came with a code_challenge, but no code_verifier was sent.',
    fix: 'Send the code_verifier that the challenge was made from; keep it with the state until the redirect.',
  },
  verifier_unasked: {
    step: 'prove_possession',
    reason: 'code_verifier_wrong',
    means: 'A code_verifier was sent, but the authorization request had no code_challenge.',
    fix: 'Send code_challenge and code_challenge_method S256 with the authorization request, or no verifier now.',
    standard: {
      error: 'invalid_request',
      description: 'code_verifier came, but the authorization request had no code_challenge.',
    },
  },
  verifier_malformed: {
    step: 'prove_possession',
    reason: 'code_verifier_wrong',
    means: 'code_verifier is not 43 to 128 characters out of letters, digits and the signs - . _ ~.',
    fix: 'Make it from 32 random bytes, as base64url without padding.',
    snippet: "randomBytes(32).toString('base64url')",
  },
  verifier_is_challenge: {
    step: 'prove_possession',
    reason: 'code_verifier_wrong',
    means:
      'code_verifier and code_challenge are one and the same text: one of them was not hashed, or sent for the other.',
    fix: 'Make the challenge as SHA-256 of the verifier, base64url without padding, and send the verifier now. Only S256 is offered, never plain.',
    snippet: "createHash('sha256').update(code_verifier).digest('base64url')",
  },
  verifier_of_another_request: {
    step: 'prove_possession',
    reason: 'code_verifier_wrong',
    means: 'The code_verifier is that of another authorization request of this client.',
    fix: 'Keep each verifier under the state of its own request, not in one place for all.',
  },
  verifier_differs: {
    step: 'prove_possession',
    reason: 'code_verifier_wrong',
    means: 'code_verifier is not the one that the code_challenge was made from.',
    fix: 'Keep the verifier with the state of its request; make the challenge as SHA-256 of its ASCII text, base64url without padding.',
    snippet: "createHash('sha256').update(code_verifier).digest('base64url')",
  },
  project_gone: {
    step: 'find_project',
    reason: 'project_gone',
    means: 'The project that the user chose is not there any more.',
    fix: 'Let the user approve again, for another project.',
  },
  passphrase_unasked: {
    step: 'unseal_keys',
    reason: 'passphrase_with_sealed_keys',
    means:
      'A passphrase was sent, if only a blank one, but the user gave theirs to the browser, which sealed the storage keys beside this code.',
    fix: 'Leave passphrase out of the request; the code is as good as before.',
  },
  browser_half_malformed: {
    step: 'unseal_keys',
    reason: 'browser_half_wrong',
    means:
      'What stands behind the dot of the code is no second half: that has 43 letters, digits, - or _ and nothing behind them.',
    fix: 'Take the code parameter out of the redirect with a URL parser and send all of it, unchanged.',
    snippet: "const code = new URL(redirect).searchParams.get('code')",
  },
  browser_half_wrong: {
    step: 'unseal_keys',
    reason: 'browser_half_wrong',
    means:
      'The second half of the code, behind its dot, is of another code or was altered: it does not open the storage keys that were sealed under it.',
    fix: 'Keep the two halves of a code together, as one parameter, and send it unchanged.',
    snippet: "const code = new URL(redirect).searchParams.get('code')",
  },
} as const satisfies Record<string, CauseRow>
