interface CauseRow {
  /** What went wrong, in one plain sentence. */
  readonly means: string
  /** What to do about it, in one plain sentence. */
  readonly fix: string
}

const makeOne = 'valetkey jwt create makes one'

/** Why a JWT client secret is not accepted, and what to do: the words of the CLI, the console and the documentation. */
const assertionCauses = {
  // Step 1: the form
  secret_sent_raw: {
    means: 'This is a client secret itself, not a JWT made with it.',
    fix: `Send a JWT signed with the secret (${makeOne}), and rotate the secret if this was ever sent.`,
  },
  bearer_prefix: {
    means: 'It begins with the word Bearer, which belongs to an HTTP header.',
    fix: 'Send the JWT alone.',
  },
  quoted: {
    means: 'It has quotes around it.',
    fix: 'Send the JWT without them; often a shell or a .env file leaves them in.',
  },
  whitespace: {
    means: 'It has a space or line break in or around it.',
    fix: 'Send it in one piece: trim what you read from a file or a terminal.',
  },
  parts_wrong: {
    means: 'It does not have the three parts of a JWT: header, payload, signature.',
    fix: 'Check that it was copied whole; both dots belong to it.',
  },
  encrypted: {
    means: 'Its five parts make it an encrypted JWT (JWE); a signed one (JWS) has three.',
    fix: 'Use the signing function of your library, with HS256.',
  },
  base64_not_url: {
    means: 'It is written in ordinary base64, with +, / or =.',
    fix: 'Encode each part as base64url without padding, or let a JWT library do it.',
  },
  base64_broken: {
    means: 'A part is not base64url: a character was changed, added or lost.',
    fix: 'Copy it again, whole.',
  },
  json_unreadable: {
    means: 'A part decodes to something else than one JSON object with each name once.',
    fix: 'Build header and payload with a JSON library, then encode them as base64url.',
  },
  alg_none: {
    means: 'It is not signed: its alg is none.',
    fix: 'Sign it with the client secret, with HS256.',
  },
  alg_asymmetric: {
    means: 'It is signed with a private key; a client secret signs with HMAC.',
    fix: 'Sign with HS256 and the client secret as the key.',
  },
  alg_unknown: {
    means: 'Its alg is none of HS256, HS384 and HS512, which are written in capitals.',
    fix: 'Sign with HS256 and say so in the header.',
  },
  typ_wrong: { means: 'Its typ says that it is something else.', fix: 'Set typ to JWT, or leave it out.' },
  header_refused: {
    means: 'Its header has a member that would change how it is verified.',
    fix: 'Keep the header to alg and typ.',
  },

  // Step 2: the claims
  client_id_missing: {
    means: 'It does not say whose it is: the claim client_id is missing.',
    fix: 'Put your client_id into the payload under exactly this name.',
  },
  client_id_unfit: {
    means: 'Its client_id is not a text of 1 to 256 characters.',
    fix: 'Put your client_id into the payload as a string.',
  },
  exp_missing: {
    means: 'It does not say when it ends: the claim exp is missing.',
    fix: 'Add exp: the current time in seconds, plus 300.',
  },
  exp_unfit: {
    means: 'Its exp is not a number.',
    fix: 'Write exp as a JSON number of epoch seconds, not as text or date.',
  },
  exp_in_milliseconds: {
    means: 'Its exp counts milliseconds; the claim counts seconds.',
    fix: 'Divide by 1000 and round down: Math.floor(Date.now() / 1000) + 300.',
  },
  exp_too_far: {
    means: 'It would live too long.',
    fix: 'Make a fresh one for each request, with exp five minutes ahead.',
  },
  not_yet_valid: {
    means: 'It is not valid yet: its nbf lies ahead of the clock.',
    fix: 'Leave nbf out, or set the clock of the machine that signs.',
  },
  nbf_unfit: { means: 'Its nbf is not a number of epoch seconds.', fix: 'Leave nbf out.' },
  jti_unfit: {
    means: 'Its jti is not a text of fitting length.',
    fix: 'Use a fresh UUID, or leave jti out together with sub and aud.',
  },
  rfc7523_unkept: {
    means: 'It has sub or aud, so all of RFC 7523 counts, and this claim does not keep it.',
    fix: 'Leave out sub and aud; or set iss and sub to the client_id, aud to the issuer alone, iat, a fresh jti, and exp at most 300 s ahead, with HS256.',
  },

  // Step 4: the signature
  secret_with_whitespace: {
    means: 'It was signed with the secret and a space or line break around it.',
    fix: 'Trim the secret where your app reads it.',
  },
  secret_given_with_whitespace: {
    means: 'It was signed with the secret without the space or line break that it has here.',
    fix: 'Nothing is wrong with the JWT; trim the secret you compare it with.',
  },
  secret_with_quotes: {
    means: 'It was signed with the secret and quotes around it.',
    fix: 'Take the quotes out of the .env file or setting your app reads.',
  },
  secret_given_with_quotes: {
    means: 'It was signed with the secret without the quotes that it has here.',
    fix: 'Nothing is wrong with the JWT; take the quotes off the secret you compare it with.',
  },
  secret_hex_decoded: {
    means: 'It was signed with the bytes that the secret would be as hex.',
    fix: 'Use the UTF-8 bytes of the secret as it was shown, undecoded.',
  },
  secret_base64_decoded: {
    means: 'It was signed with the bytes that the secret would be as base64 or base64url.',
    fix: 'Use the UTF-8 bytes of the secret as it was shown; switch off the base64 option of your library or of jwt.io.',
  },
  secret_encoded: {
    means: 'It was signed with the secret encoded once more, as hex, base64 or percent-encoding.',
    fix: 'Use the UTF-8 bytes of the secret as it was shown, unencoded.',
  },
  secret_hashed: {
    means: 'It was signed with a hash of the secret.',
    fix: 'Use the secret itself as the key; HMAC does the hashing.',
  },
  secret_in_other_case: {
    means: 'It was signed with the secret in other letter case.',
    fix: 'Keep the letter case of the secret: something in between changes it.',
  },
  secret_cut: {
    means: 'It was signed with the beginning of the secret only.',
    fix: 'Copy the secret whole; a field or column may be too short for it.',
  },
  secret_without_prefix: {
    means: 'It was signed with the secret without its beginning vks_, which is part of it.',
    fix: 'Use the secret as it was shown, all of it.',
  },
  secret_expanded_by_shell: {
    means:
      'It was signed with what a shell leaves of the secret: it took $ and the letters after it for a variable.',
    fix: "Put the secret in single quotes ('…') in shells and .env files.",
  },
  client_id_as_key: {
    means: 'It was signed with the client_id as the key.',
    fix: 'Sign with the client secret; the client_id is public.',
  },
  empty_key: {
    means: 'It was signed with an empty key.',
    fix: 'The variable that should hold the secret is empty where your app signs: check its name and that it is loaded.',
  },
  alg_differs: {
    means: 'The secret is right, but another algorithm was used than the header says.',
    fix: 'Let header and signing function name the same one: HS256.',
  },
  secret_differs: {
    means: 'It was not signed with this secret, or was changed after signing.',
    fix: 'Compare the secret your app has with the one from registration; if in doubt, rotate it. A JWT must not be edited once signed.',
  },

  // Step 5: the end
  expired: {
    means: 'It has expired.',
    fix: 'Make a fresh one for each request; if it is fresh, set the clock of the machine that signs.',
  },

  // Step 6: whose it is
  client_id_differs: {
    means: 'The JWT and the request name two different clients.',
    fix: 'Use one client_id for both, together with the secret of that client.',
  },
  client_id_in_other_case: {
    means: 'The client_id of JWT and request differ in letter case or spaces only.',
    fix: 'Use it in both places exactly as it was shown.',
  },
} as const satisfies Record<string, CauseRow>

export type Cause = keyof typeof assertionCauses

/** One thing that is wrong: the case at hand, then what it means and what to do. */
export interface Finding extends CauseRow {
  readonly cause: Cause
  /** The values that show it; never a secret. */
  readonly found: string
}

export function finding(cause: Cause, found: string): Finding {
  return { cause, found, ...assertionCauses[cause] }
}
