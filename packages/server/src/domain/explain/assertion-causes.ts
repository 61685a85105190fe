import type { CauseRow } from './causes.ts'

const makeOne = 'valetkey jwt create --client-id {client_id} --client-secret -'
const rotate = 'valetkey client rotate-secret {client_id}'
const inFiveMinutes = 'exp: Math.floor(Date.now() / 1000) + 300'

/** What is wrong with the JWT itself: its form, its claims, its time, whose it is. The request and the clock decide. */
export const assertionCauses = {
  // Step 1: the form
  secret_sent_raw: {
    step: 'parse_jwt',
    reason: 'jwt_malformed',
    means:
      'This is the secret of your client itself, not a JWT made with it: it has been exposed by being sent.',
    fix: 'Rotate the secret now, then send a JWT signed with the new one.',
    snippet: rotate,
  },
  looks_like_secret: {
    step: 'parse_jwt',
    reason: 'jwt_malformed',
    means:
      'This looks like a client secret, or a hash of one, and not like a JWT made with it; it is no secret of this client.',
    fix: 'Send a JWT signed with the secret.',
    snippet: makeOne,
  },
  bearer_prefix: {
    step: 'parse_jwt',
    reason: 'jwt_malformed',
    means: 'It begins with the word Bearer, which belongs to an HTTP header.',
    fix: 'Send the JWT alone.',
    snippet: "client_secret: jwt.replace(/^Bearer /, '')",
  },
  quoted: {
    step: 'parse_jwt',
    reason: 'jwt_malformed',
    means: 'It has quotes around it.',
    fix: 'Send the JWT without them; often a shell, a .env file or a second JSON.stringify leaves them in.',
  },
  whitespace: {
    step: 'parse_jwt',
    reason: 'jwt_malformed',
    means: 'It has a space or line break in or around it.',
    fix: 'Send it in one piece: trim what you read from a file or a terminal.',
    snippet: 'client_secret: jwt.trim()',
  },
  placeholder_sent: {
    step: 'parse_jwt',
    reason: 'jwt_malformed',
    means: 'This is a placeholder, such as $JWT or undefined: nothing was filled in.',
    fix: 'Fill in the JWT: a shell does so within double quotes only, and a program once it has awaited it.',
    snippet: 'const client_secret = await makeJwt()',
  },
  encoded_twice: {
    step: 'parse_jwt',
    reason: 'jwt_malformed',
    means: 'It is a JWT that was encoded once more, as base64 or percent-encoding.',
    fix: 'Send the JWT as the library returns it: it is text already, fit for JSON and URLs.',
  },
  truncated: {
    step: 'parse_jwt',
    reason: 'jwt_malformed',
    means: 'It was cut: its end is missing.',
    fix: 'Find what holds it on its way and is too short, such as a column or field of 255 characters; copy it whole.',
  },
  parts_wrong: {
    step: 'parse_jwt',
    reason: 'jwt_malformed',
    means: 'It does not have the three parts of a JWT: header, payload, signature.',
    fix: 'Check that it was copied whole, with both dots; client_secret takes a JWT, nothing else.',
    snippet: makeOne,
  },
  encrypted: {
    step: 'parse_jwt',
    reason: 'jwt_malformed',
    means: 'Its five parts make it an encrypted JWT (JWE); a signed one (JWS) has three.',
    fix: 'Use the signing function of your library, with HS256.',
  },
  base64_not_url: {
    step: 'parse_jwt',
    reason: 'jwt_malformed',
    means: 'It is written in ordinary base64, with +, / or =.',
    fix: 'Encode each part as base64url without padding, or let a JWT library do it.',
    snippet: "Buffer.from(part).toString('base64url')",
  },
  base64_broken: {
    step: 'parse_jwt',
    reason: 'jwt_malformed',
    means:
      'A character was changed, added or lost: a part is not base64url, or the signature has the wrong length.',
    fix: 'Copy it again, whole.',
  },
  json_unreadable: {
    step: 'parse_jwt',
    reason: 'jwt_malformed',
    means: 'Its header or payload is not a JSON object, has a name twice, or is nested too deeply.',
    fix: 'Build header and payload with a JSON library, then encode them as base64url.',
  },
  alg_none: {
    step: 'parse_jwt',
    reason: 'jwt_malformed',
    means: 'It is not signed: its alg is none.',
    fix: 'Sign it with the client secret, with HS256.',
    snippet: makeOne,
  },
  alg_asymmetric: {
    step: 'parse_jwt',
    reason: 'jwt_malformed',
    means: 'It is signed with a private key; a client secret signs with HMAC.',
    fix: 'Sign with HS256 and the client secret as the key.',
    snippet: makeOne,
  },
  alg_unknown: {
    step: 'parse_jwt',
    reason: 'jwt_malformed',
    means: 'Its alg is not HS256, HS384 or HS512, written in capitals.',
    fix: 'Sign with HS256 and say so in the header.',
    snippet: '{"alg":"HS256","typ":"JWT"}',
  },
  alg_not_taken: {
    step: 'parse_jwt',
    reason: 'jwt_malformed',
    means: 'Its alg is none that this server takes, or is not written as RFC 7518 writes it.',
    fix: 'Sign with HS256 and the client secret; or with ES256, PS256, RS256 or EdDSA (Ed25519) and the private key whose public half is registered.',
    snippet: '{"alg":"ES256","typ":"JWT"}',
  },
  alg_differs: {
    step: 'parse_jwt',
    reason: 'jwt_malformed',
    means: 'Its signature was made with another algorithm than its header says.',
    fix: 'Let header and signing function name the same one: HS256.',
    snippet: '{"alg":"HS256","typ":"JWT"}',
  },
  typ_wrong: {
    step: 'parse_jwt',
    reason: 'jwt_malformed',
    means: 'Its typ says that it is something else.',
    fix: 'Set typ to JWT, or leave it out.',
    snippet: '{"alg":"HS256","typ":"JWT"}',
  },
  header_refused: {
    step: 'parse_jwt',
    reason: 'jwt_malformed',
    means: 'Its header has a member that would change how it is verified, or a kid that is no short text.',
    fix: 'Keep the header to alg and typ.',
    snippet: '{"alg":"HS256","typ":"JWT"}',
  },

  // Step 2: the claims
  client_id_missing: {
    step: 'read_claims',
    reason: 'claims_invalid',
    means: 'It does not say whose it is: the claim client_id is missing; in a JWT with aud, the claim sub.',
    fix: 'Put your client_id into the payload under exactly this name, and leave aud out.',
    snippet: `{ client_id: '{client_id}', ${inFiveMinutes} }`,
  },
  client_id_unfit: {
    step: 'read_claims',
    reason: 'claims_invalid',
    means: 'Its client_id is not a text of 1 to 256 characters.',
    fix: 'Put your client_id into the payload as a string.',
    snippet: `{ client_id: '{client_id}', ${inFiveMinutes} }`,
  },
  exp_missing: {
    step: 'read_claims',
    reason: 'claims_invalid',
    means: 'It does not say when it ends: the claim exp is missing.',
    fix: 'Add exp: the current time in seconds, plus 300.',
    snippet: inFiveMinutes,
  },
  exp_as_text: {
    step: 'read_claims',
    reason: 'claims_invalid',
    means: 'Its exp is text; the claim is a JSON number.',
    fix: 'Write exp as a number of epoch seconds, without quotes and not as a date.',
    snippet: inFiveMinutes,
  },
  exp_unfit: {
    step: 'read_claims',
    reason: 'claims_invalid',
    means: 'Its exp is not a time: not a number, or a negative one.',
    fix: 'Write exp as a JSON number of epoch seconds.',
    snippet: inFiveMinutes,
  },
  exp_in_milliseconds: {
    step: 'read_claims',
    reason: 'claims_invalid',
    means: 'Its exp counts milliseconds; the claim counts seconds.',
    fix: 'Divide by 1000 and round down.',
    snippet: inFiveMinutes,
  },
  exp_too_far: {
    step: 'read_claims',
    reason: 'claims_invalid',
    means: 'Its exp is too far ahead.',
    fix: 'Make a fresh one for each request, with exp five minutes ahead.',
    snippet: inFiveMinutes,
  },
  clock_ahead: {
    step: 'read_claims',
    reason: 'claims_invalid',
    means: 'By its nbf or iat it was made in the future: the clock of the machine that signs is ahead.',
    fix: 'Set that clock by NTP, or leave nbf and iat out.',
    snippet: 'valetkey doctor --url {url}',
  },
  nbf_unfit: {
    step: 'read_claims',
    reason: 'claims_invalid',
    means: 'Its nbf is not a number of epoch seconds.',
    fix: 'Leave nbf out.',
  },
  jti_unfit: {
    step: 'read_claims',
    reason: 'claims_invalid',
    means:
      'Its jti is not a text of 1 to 128 characters; together with sub or aud it is required, with at least 16.',
    fix: 'Use a fresh UUID, or leave jti out together with sub and aud.',
    strict_fix: 'Use a fresh UUID for each request.',
    snippet: 'jti: crypto.randomUUID()',
  },
  audience_differs: {
    step: 'read_claims',
    reason: 'claims_invalid',
    means: 'Its aud is not exactly the issuer of this server.',
    fix: 'Set aud to the issuer, or leave out sub and aud together.',
    strict_fix: 'Set aud to the issuer and nothing else, as the metadata of the server writes it.',
    snippet: "aud: '{url}'",
  },
  issuer_differs: {
    step: 'read_claims',
    reason: 'claims_invalid',
    means: 'It has sub or aud, so RFC 7523 applies in full, and its iss differs from its sub.',
    fix: 'Set both iss and sub to the client_id, or leave out sub and aud together.',
    strict_fix: 'Set both iss and sub to the client_id.',
    snippet: "iss: '{client_id}', sub: '{client_id}'",
  },
  rfc7523_violated: {
    step: 'read_claims',
    reason: 'claims_invalid',
    means: 'It has sub or aud, so RFC 7523 applies in full, and this claim breaks it.',
    strict_fix:
      'Keep iss and sub the client_id, aud the issuer alone, a fresh iat and jti, and exp at most 300 s ahead.',
    fix: 'Leave out sub and aud; or keep iss and sub the client_id, aud the issuer alone, a fresh iat and jti, exp at most 300 s ahead, and HS256.',
  },
  rfc7523_incomplete: {
    step: 'read_claims',
    reason: 'claims_invalid',
    means:
      'It has the short form, client_id and exp; a client_assertion, and any JWT signed with a private key, keeps all of RFC 7523.',
    fix: 'Set iss and sub to the client_id and aud to the issuer, and add iat and a fresh jti.',
    snippet: `{ iss: '{client_id}', sub: '{client_id}', aud: '{url}', iat: Math.floor(Date.now() / 1000), ${inFiveMinutes}, jti: crypto.randomUUID() }`,
  },

  // Step 5: the end
  exp_as_duration: {
    step: 'check_expiry',
    reason: 'assertion_expired',
    means: 'Its exp is a duration; the claim is a point in time, in seconds since 1970.',
    fix: 'Add the current time in seconds to it.',
    snippet: inFiveMinutes,
  },
  expired: {
    step: 'check_expiry',
    reason: 'assertion_expired',
    means: 'It has expired: it was made too long ago, or the clock of the machine that signs is behind.',
    fix: 'Make a fresh one for each request; if it is fresh, set the clock of that machine.',
    snippet: inFiveMinutes,
  },
  kept_too_long: {
    step: 'check_expiry',
    reason: 'assertion_expired',
    means:
      'It has expired: by its own iat it was made earlier and reused; or the clock of the machine that signs is behind by as much.',
    fix: 'Make a fresh one for each request; if it is fresh, set the clock of that machine.',
    snippet: inFiveMinutes,
  },
  clock_behind: {
    step: 'check_expiry',
    reason: 'assertion_expired',
    means: 'It has expired because the clock of the machine that sent it is behind.',
    fix: 'Set that clock by NTP.',
    snippet: 'valetkey doctor --url {url}',
  },

  // Step 6: whose it is
  client_id_differs: {
    step: 'match_client_id',
    reason: 'client_id_mismatch',
    means: 'The JWT and the request name two different clients.',
    fix: 'Use one client_id for both, together with the secret of that client.',
  },
  client_id_in_other_case: {
    step: 'match_client_id',
    reason: 'client_id_mismatch',
    means: 'The client_id of JWT and request differ in letter case or spaces only.',
    fix: 'Use it in both places exactly as it was shown.',
  },
} as const satisfies Record<string, CauseRow>
