/** Requests that the two servers answer differently, and why ours is right. */
export interface Difference {
  /** Names of rows in requests.ts. */
  readonly rows: readonly string[]
  /** Status and `error`. */
  readonly ours: string
  readonly theirs: string
  readonly why: string
  /** What decides. */
  readonly source: string
}

const named = (prefix: string, ...whats: string[]): string[] => whats.map((what) => `${prefix}: ${what}`)

const clientAuthentication: readonly Difference[] = [
  {
    rows: [
      ...named('client', 'nothing at all', 'secret without a name'),
      ...named('code of a public client', 'client_id missing', 'client_id empty'),
      ...named(
        'form',
        'as JSON, said to be a form',
        'of no bytes',
        'of no bytes, and of no type',
        'of spaces',
      ),
      ...named('form', 'encoded twice'),
      ...['refresh', 'device', 'par', 'revoke'].map((name) => `${name}: no client`),
    ],
    ours: '401 invalid_client',
    theirs: '400 invalid_request',
    why: 'A request without client authentication is the very example that the RFC gives for invalid_client.',
    source: 'RFC 6749 §5.2',
  },
  {
    rows: [
      ...named(
        'HTTP Basic',
        'secret empty',
        'name empty',
        'no colon',
        'nothing in it',
        'a space and nothing in it',
      ),
      ...named('HTTP Basic', 'no base64', 'base64url', 'two of them in one', 'another scheme', 'Bearer'),
    ],
    ours: '401 invalid_client',
    theirs: '400 invalid_request',
    why: 'Whoever tries to authenticate by the Authorization header and fails must be answered with 401, and told which scheme is taken.',
    source: 'RFC 6749 §5.2',
  },
  {
    rows: ['code', 'par', 'revoke'].flatMap((name) =>
      named(name, 'client_assertion missing', 'client_assertion empty'),
    ),
    ours: '400 invalid_request',
    theirs: '401 invalid_client',
    why: 'A client_assertion_type without its client_assertion is a request that lacks a required parameter.',
    source: 'RFC 7521 §4.2; RFC 6749 §5.2',
  },
  {
    rows: ['address: assertion there, not in the form'],
    ours: '400 invalid_request',
    theirs: '401 invalid_client',
    why: 'An assertion in the address must not be sent at all; that is said, and not that the client is unknown.',
    source: 'RFC 6749 §2.3.1; RFC 7521 §4.2',
  },
  {
    rows: [
      ...named(
        'assertion',
        'sub 7',
        'sub {}',
        'two parts',
        'four parts',
        'five parts',
        'one part',
        'dots alone',
      ),
      ...named(
        'assertion',
        'no JWT',
        'in JSON serialization',
        'payload no JSON',
        'payload an array',
        'payload null',
      ),
    ],
    ours: '401 invalid_client',
    theirs: '400 invalid_request',
    why: 'An assertion that is not valid, in its form as in its claims, is answered with invalid_client.',
    source: 'RFC 7521 §4.2.1; RFC 7523 §3.2',
  },
  {
    rows: [
      'assertion: MAC with a public key for the client that has it',
      ...named('assertion', 'sub of another client', 'of another client, signed with the secret of this one'),
      ...named('assertion', 'of another client, signed by it', 'of a public client', 'of an unknown client'),
      'assertion of a private key: for the client with a secret',
      'client: client_id of another client beside the assertion',
      'client: client_id in upper case beside the assertion',
      'par: client_id of another client',
    ],
    ours: '401 invalid_client',
    theirs: '400 invalid_request',
    why: 'A client_id beside an assertion must name the client that the assertion names, or the client is not authenticated.',
    source: 'RFC 7521 §4.2, §4.2.1',
  },
]

const assertions: readonly Difference[] = [
  {
    rows: [
      'assertion: aud the token endpoint',
      ...named('assertion', 'aud this server and another', 'aud this server and its token endpoint'),
      'assertion: aud this server twice',
    ],
    ours: '401 invalid_client',
    theirs: '200',
    why: 'The issuer identifier is the sole audience, so that no server can use elsewhere what was made for it.',
    source: 'draft-ietf-oauth-rfc7523bis §4; RFC 8725 §3.9',
  },
  {
    rows: named('par', 'assertion for the token endpoint', 'assertion for this endpoint'),
    ours: '401 invalid_client',
    theirs: '201',
    why: 'The addresses that RFC 9126 §2 took beside the issuer are no audiences since the draft that updates it.',
    source: 'draft-ietf-oauth-rfc7523bis §4',
  },
  {
    rows: [
      ...named('assertion', 'exp an hour ahead', 'exp ten years ahead', 'exp in milliseconds', 'exp 1e999'),
      ...named('assertion', 'iat an hour ahead', 'iat an hour back', 'iat missing'),
    ],
    ours: '401 invalid_client',
    theirs: '200',
    why: 'An assertion lives for minutes: one whose exp is unreasonably far ahead, or whose iat is absent, far back or yet to come, may be refused, and is.',
    source: 'RFC 7523 §3 (items 4 and 6)',
  },
  {
    rows: named('assertion', 'jti of one character', 'jti of 1,000 characters'),
    ours: '401 invalid_client',
    theirs: '200',
    why: 'A jti that counts once is long enough not to be met by accident, and short enough to be kept.',
    source: 'RFC 7519 §4.1.7; RFC 7523 §3 (item 7)',
  },
  {
    rows: ['b64', 'jku', 'jwk', 'x5u', 'x5c', 'zip', 'crit and b64'].map(
      (name) => `assertion: header ${name}`,
    ),
    ours: '401 invalid_client',
    theirs: '200',
    why: 'Members that bring another key, or another way to read the payload, have no place where the key is known.',
    source: 'RFC 8725 §3.10; RFC 7515 §4.1.11',
  },
  {
    rows: named('assertion', 'header typ of an access token', 'header typ of a DPoP proof'),
    ours: '401 invalid_client',
    theirs: '200',
    why: 'A JWT that says it is of another kind is not taken for a client assertion.',
    source: 'RFC 8725 §3.11, §3.12',
  },
  {
    rows: ['assertion: header kid no text'],
    ours: '401 invalid_client',
    theirs: '200',
    why: 'A kid is a text.',
    source: 'RFC 7515 §4.1.4',
  },
  {
    rows: named('assertion', 'header member twice', 'sub twice', 'exp twice'),
    ours: '401 invalid_client',
    theirs: '200',
    why: 'Names of members are unique; two readers could take one JWT for two different ones.',
    source: 'RFC 7515 §4, §10.12; RFC 7519 §4',
  },
  {
    rows: named('assertion', 'with padding', 'last character not canonical'),
    ours: '401 invalid_client',
    theirs: '200',
    why: 'Base64url without padding has one spelling; a second one of the same bytes is another text with the same signature.',
    source: 'RFC 7515 §2; RFC 4648 §3.5',
  },
  {
    rows: named('assertion', 'payload with a byte order mark', 'nested too deeply'),
    ours: '401 invalid_client',
    theirs: '200',
    why: 'JSON has no byte order mark, and a parser may limit how deep it follows.',
    source: 'RFC 8259 §8.1, §9',
  },
]

const forms: readonly Difference[] = [
  {
    rows: [
      'code: code with a NUL',
      ...named('form', 'with broken percent-encoding', 'with percent-encoded bytes that are not UTF-8'),
    ],
    ours: '400 invalid_request',
    theirs: '400 invalid_grant',
    why: 'A form that decodes to no text is malformed; what stands in it is not looked up.',
    source: 'RFC 6749 §5.2, appendix A.11, appendix B',
  },
  {
    rows: ['revoke: form with a NUL', 'form: in a charset that does not exist'],
    ours: '400 invalid_request',
    theirs: '200',
    why: 'Forms are UTF-8, and tokens are visible ASCII.',
    source: 'RFC 6749 appendix A.12, appendix B',
  },
  {
    rows: [
      ...named('form', 'of 256 KiB', 'of 256 KiB in chunks'),
      'par: form of 256 KiB',
      'revoke: form of 256 KiB',
    ],
    ours: '413 invalid_request',
    theirs: '400 invalid_request',
    why: 'That a request is too large has a status of its own.',
    source: 'RFC 9126 §2.3; RFC 9110 §15.5.14',
  },
  {
    rows: named('address', 'code there as well', 'a secret there as well', 'another client_id there as well'),
    ours: '400 invalid_request',
    theirs: '200',
    why: 'Credentials must not be in the address, where logs and histories keep them; whoever sends them there hears of it.',
    source: 'RFC 6749 §2.3.1, §3.2',
  },
  {
    rows: ['address: all of it there, not in the form'],
    ours: '400 invalid_request',
    theirs: '401 invalid_client',
    why: 'Credentials must not be in the address; that is said, and not that the client is unknown.',
    source: 'RFC 6749 §2.3.1, §3.2',
  },
  {
    rows: ['par: scope there in the address'],
    ours: '400 invalid_request',
    theirs: '201',
    why: 'A pushed request is in the body; one that is pushed without its scope is not what was meant.',
    source: 'RFC 9126 §2.1',
  },
  {
    rows: ['token', 'par', 'revoke'].flatMap((name) =>
      ['GET', 'PUT', 'PATCH', 'DELETE', 'TRACE'].map((method) => `${name}: method ${method}`),
    ),
    ours: '405 invalid_request',
    theirs: '404',
    why: 'The address exists, and takes POST.',
    source: 'RFC 9110 §15.5.6; RFC 9126 §2.3; RFC 6749 §3.2',
  },
  {
    rows: ['token', 'par', 'revoke'].map((name) => `${name}: method HEAD`),
    ours: '405',
    theirs: '404',
    why: 'The same, without a body.',
    source: 'RFC 9110 §9.3.2, §15.5.6',
  },
]

const grants: readonly Difference[] = [
  {
    rows: [
      'code: code_verifier is the challenge of itself',
      ...named('code', 'code_verifier of 42 characters', 'code_verifier of 129 characters'),
      ...named('code', 'code_verifier with a letter beyond ASCII', 'code_verifier with a space at its end'),
    ],
    ours: '400 invalid_grant',
    theirs: '400 invalid_request',
    why: 'A verifier that does not give the challenge is answered with invalid_grant, whatever it looks like.',
    source: 'RFC 7636 §4.6',
  },
  {
    rows: ['code: code_verifier for a code without a challenge'],
    ours: '400 invalid_request',
    theirs: '400 invalid_grant',
    why: 'The code is good; the request has a parameter that it must not have, which is how a PKCE downgrade looks.',
    source: 'RFC 9700 §2.1.1, §4.8.2; draft-ietf-oauth-v2-1 §3.2.4',
  },
  {
    rows: ['code: code after a wrong verifier'],
    ours: '400 invalid_grant',
    theirs: '200',
    why: 'A wrong verifier spends the code, so that whoever stole it has one guess and its owner notices.',
    source: 'RFC 6749 §10.5, §10.10',
  },
  {
    rows: ['refresh of a client', 'device grant of a client'].map(
      (name) => `${name} that is not registered for it: its own proof`,
    ),
    ours: '400 unauthorized_client',
    theirs: '400 invalid_request',
    why: 'For a grant type that this client may not use there is a code.',
    source: 'RFC 6749 §5.2',
  },
  {
    rows: ['refresh: token reused at once, its answer lost'],
    ours: '200',
    theirs: '400 invalid_grant',
    why: 'Within 30 seconds, and until the successor is used, a retry gets the very same successor: no second token comes of it, and no access is lost with an answer.',
    source: 'RFC 9700 §4.14.2; RFC 6749 §6',
  },
  {
    rows: ['device: code asked for too fast'],
    ours: '400 slow_down',
    theirs: '400 authorization_pending',
    why: 'A device that asks faster than its interval is told to slow down.',
    source: 'RFC 8628 §3.5',
  },
  {
    rows: ['revoke: token that is a JWT'],
    ours: '200',
    theirs: '400 unsupported_token_type',
    why: 'A token that we never issued is invalid, and invalid tokens do not cause an error.',
    source: 'RFC 7009 §2.2',
  },
]

const pushedRequests: readonly Difference[] = [
  {
    rows: named('par', 'request_uri inside', 'request_uri of a web address inside'),
    ours: '400 invalid_request',
    theirs: '400 request_uri_not_supported',
    why: 'It is a parameter that a pushed request must not have; elsewhere request_uri is supported.',
    source: 'RFC 9126 §2.1, §2.3',
  },
  {
    rows: named('par', 'PKCE challenge of 44 characters'),
    ours: '400 invalid_request',
    theirs: '201',
    why: 'A SHA-256 digest in base64url has 43 characters; no verifier gives this challenge.',
    source: 'RFC 7636 §4.2',
  },
  {
    rows: named('par', 'response_mode unknown', 'response_mode query.jwt'),
    ours: '400 invalid_request',
    theirs: '400 unsupported_response_mode',
    why: 'A parameter with an invalid value is invalid_request; the other code is not registered.',
    source: 'RFC 6749 §4.1.2.1, §11.4',
  },
  {
    rows: named('par', 'response_mode fragment'),
    ours: '400 invalid_request',
    theirs: '201',
    why: 'A code goes into the query, and the metadata name the modes there are: query and form_post.',
    source: 'RFC 6749 §4.1.2; RFC 8414 §2',
  },
  {
    rows: named('par', 'scope unknown', 'scope with a comma'),
    ours: '400 invalid_scope',
    theirs: '201',
    why: 'An unknown scope is said to be one, rather than left out of what the user is asked.',
    source: 'RFC 6749 §4.1.2.1, §3.3',
  },
  {
    rows: named('par', 'scope missing'),
    ours: '400 invalid_scope',
    theirs: '201',
    why: 'There is no default scope, so a request without one fails as the RFC says it then must.',
    source: 'RFC 6749 §3.3',
  },
  {
    rows: named('par', 'authorization_details of nothing'),
    ours: '400 invalid_authorization_details',
    theirs: '201',
    why: 'Details that ask for nothing are not what a user can be asked.',
    source: 'RFC 9396 §2, §5',
  },
]

export const differences: readonly Difference[] = [
  ...clientAuthentication,
  ...assertions,
  ...forms,
  ...grants,
  ...pushedRequests,
]
