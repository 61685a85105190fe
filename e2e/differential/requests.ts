import { randomBytes, randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { jwtBearer } from '../../packages/server/src/testing/standard-scene.ts'
import { damagedAssertions } from './damaged-assertions.ts'
import {
  again,
  asked,
  asserting,
  bodied,
  both,
  by,
  type Change,
  changed,
  type Draft,
  fieldOf,
  formType,
  having,
  headed,
  posted,
  proofOf,
  send,
  without,
} from './draft.ts'
import {
  codeExchange,
  codeForm,
  deviceForm,
  devicePoll,
  type Good,
  newRefreshToken,
  push,
  refresh,
  refreshForm,
  revocation,
} from './good-requests.ts'
import { type Party, redirect_uri, resource } from './party.ts'

/** A request, and what is to be seen in it. */
export interface Row {
  readonly name: string
  readonly draft: (to: Party) => Promise<Draft>
}

const family = (name: string, good: Good, changes: Readonly<Record<string, Change>>): Row[] =>
  Object.entries(changes).map(([what, change]) => ({
    name: `${name}: ${what}`,
    draft: async (to) => change(await good(to), to),
  }))

/** Every parameter of a good request left out, left empty, and there twice. */
const eachParameter = (name: string, good: Good, parameters: readonly string[]): Row[] =>
  parameters.flatMap((parameter) =>
    family(name, good, {
      [`${parameter} missing`]: without(parameter),
      [`${parameter} empty`]: having({ [parameter]: '' }),
      [`${parameter} twice`]: again(parameter),
      [`${parameter} twice, the other one empty`]: again(parameter, ''),
    }),
  )

const same: Change = (draft) => draft
const proof = ['client_assertion', 'client_assertion_type'] as const
const inAssertion = (to: Party) => to.clients.app.client_id
const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` })
const noProof = without('client_id', ...proof)

/** Good in the eyes of both, so that what is changed about them is what is refused. */
export const goodRequests: readonly Row[] = [
  ...family('code', codeExchange, {
    'as it should be': same,
    'client_id beside the assertion': having((to) => ({ client_id: inAssertion(to) })),
    'parameters nobody knows': having({ colour: 'blue', 'x-y': '' }),
    'a parameter nobody knows in the address': asked('colour=blue'),
    'charset of the form said to be UTF-8': bodied(`${formType}; charset=UTF-8`),
    'media type in upper case': bodied(formType.toUpperCase()),
    'ampersands too many': bodied(formType, (form) => `&${form.replaceAll('&', '&&')}&`),
    'body in chunks': headed({ 'transfer-encoding': 'chunked' }),
    'aud in an array of one': asserting({ claims: ({ issuer }) => ({ aud: [issuer] }) }),
    'typ client-authentication+jwt': asserting({ header: () => ({ typ: 'client-authentication+jwt' }) }),
    'nbf a moment ago': asserting({ claims: (_, now) => ({ nbf: now - 1 }) }),
    'another exp long ago in a nested claim': asserting({ claims: () => ({ of: { exp: 1 } }) }),
  }),
  ...family('code of a client with a private key', (to) => codeExchange(to, 'keyed'), {
    'as it should be': same,
  }),
  ...family('code of a public client', (to) => codeExchange(to, 'open'), { 'as it should be': same }),
  ...family('refresh', refresh, {
    'as it should be': same,
    'scope narrower': having({ scope: 'read bucket:photos' }),
  }),
  ...family('device', devicePoll, { 'as it should be': same }),
  ...family('par', push, {
    'as it should be': same,
    'state empty': having({ state: '' }),
    'state missing': without('state'),
    'response_mode form_post': having({ response_mode: 'form_post' }),
    'resource known': having({ resource }),
    'authorization_details known': both(
      without('scope'),
      having({ resource, authorization_details: details({ bucket: 'photos' }) }),
    ),
  }),
  ...family('revoke', revocation, {
    'as it should be': same,
    'hint wrong': having({ token_type_hint: 'access_token' }),
    'hint unknown': having({ token_type_hint: 'saml2' }),
    'hint missing': without('token_type_hint'),
    'hint empty': having({ token_type_hint: '' }),
    'token unknown': having({ token: unknownToken() }),
    'token of another client': having(async (to) => ({ token: await newRefreshToken(to, 'other') })),
    'token revoked before': async (draft, to) => {
      await send(to, draft)
      return having(proofOf(to, 'app'))(draft, to)
    },
    'token with hostile characters': having({ token: '\' OR 1=1 --"<script>\n' }),
    'access token': having(async (to) => {
      const { body } = await send(to, await codeExchange(to))
      return { token: String(body.access_token), token_type_hint: 'access_token' }
    }),
  }),
]

/** Each with one thing wrong. */
export const malformedRequests: readonly Row[] = [
  ...eachParameter('code', codeExchange, ['grant_type', 'code', 'redirect_uri', 'code_verifier', ...proof]),
  ...family('code', codeExchange, {
    'code unknown': having({ code: unknownToken() }),
    'code cut by a character': changed('code', (code) => code.slice(0, -1)),
    'code in other case': changed('code', swapCase),
    'code of another client': having((to) => to.newCode('other')),
    'code of the public client': having((to) => to.newCode('open')),
    'code replayed': async (draft, to) => {
      await send(to, draft)
      return having(proofOf(to, 'app'))(draft, to)
    },
    'code after a wrong verifier': async (draft, to) => {
      await send(to, await changed('code_verifier', swapCase)(draft, to))
      return having(proofOf(to, 'app'))(draft, to)
    },
    'code is a refresh token': having(async (to) => ({ code: await newRefreshToken(to) })),
    'code with a NUL': changed('code', (code) => `${code}\0`),
    'code of 100,000 characters': having({ code: 'a'.repeat(100_000) }),
    'redirect_uri with a slash more': having({ redirect_uri: redirect_uri.replace('?', '/?') }),
    'redirect_uri in upper case': having({ redirect_uri: redirect_uri.replace('photos', 'PHOTOS') }),
    'redirect_uri with the default port': having({
      redirect_uri: redirect_uri.replace('.example', '.example:443'),
    }),
    'redirect_uri without its query': having({ redirect_uri: redirect_uri.replace(/\?.*/, '') }),
    'redirect_uri with a fragment': having({ redirect_uri: `${redirect_uri}#` }),
    'redirect_uri of another scheme': having({ redirect_uri: redirect_uri.replace('https', 'http') }),
    'redirect_uri with a dot segment': having({
      redirect_uri: redirect_uri.replace('/callback', '/./callback'),
    }),
    'redirect_uri no URI': having({ redirect_uri: 'photos' }),
    'code_verifier wrong': changed('code_verifier', swapCase),
    'code_verifier is the challenge of itself': changed('code_verifier', (verifier) => `${verifier}=`),
    'code_verifier of 42 characters': changed('code_verifier', (verifier) => verifier.slice(0, 42)),
    'code_verifier of 129 characters': having({ code_verifier: 'v'.repeat(129) }),
    'code_verifier of 1,000 characters': having({ code_verifier: 'v'.repeat(1000) }),
    'code_verifier with a letter beyond ASCII': changed(
      'code_verifier',
      (verifier) => `${verifier.slice(1)}é`,
    ),
    'code_verifier with a space at its end': changed('code_verifier', (verifier) => `${verifier} `),
    'code_verifier for a code without a challenge': having((to) => to.newCode('app', { challenge: false })),
    'resource unknown': having({ resource: 'https://elsewhere.example/' }),
    'resource no URI': having({ resource: 'storage' }),
    'resource with a fragment': having({ resource: `${resource}#part` }),
    'authorization_details no JSON': having({ authorization_details: '[{' }),
    'authorization_details an object': having({ authorization_details: '{"type":"storage_access"}' }),
    'authorization_details of unknown type': having({ authorization_details: '[{"type":"payment"}]' }),
    'grant_type unknown': having({ grant_type: 'urn:example:grant' }),
    'grant_type in upper case': having({ grant_type: 'AUTHORIZATION_CODE' }),
    'grant_type password': having({ grant_type: 'password', username: 'ada', password: 'secret' }),
    'grant_type implicit': having({ grant_type: 'implicit' }),
    'grant_type client_credentials': having({ grant_type: 'client_credentials' }),
    'grant_type jwt-bearer': having({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer' }),
    'grant_type token-exchange': having({ grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange' }),
    'grant_type with a space at its end': having({ grant_type: 'authorization_code ' }),
    'grant_type __proto__': having({ grant_type: '__proto__' }),
  }),
  ...family('code of a public client', (to) => codeExchange(to, 'open'), {
    'code_verifier missing': without('code_verifier'),
    'code_verifier wrong': changed('code_verifier', swapCase),
    'client_id missing': without('client_id'),
    'client_id empty': having({ client_id: '' }),
    'client_id twice': again('client_id'),
    'client_id of a confidential client': having((to) => ({ client_id: inAssertion(to) })),
    'client_id unknown': having({ client_id: randomUUID() }),
    'a secret it does not have': having({ client_secret: 'secret' }),
    'a secret it does not have, by HTTP Basic': headed((to) => basic(`${to.clients.open.client_id}:secret`)),
  }),
  ...family('client', codeExchange, {
    'nothing at all': noProof,
    'its name alone': both(
      noProof,
      having((to) => ({ client_id: inAssertion(to) })),
    ),
    'an unknown name alone': both(noProof, having({ client_id: randomUUID() })),
    'client_id of another client beside the assertion': having((to) => ({
      client_id: to.clients.other.client_id,
    })),
    'client_id in upper case beside the assertion': having((to) => ({
      client_id: inAssertion(to).toUpperCase(),
    })),
    'client_id twice beside the assertion': both(
      having((to) => ({ client_id: inAssertion(to) })),
      again('client_id'),
    ),
    'raw secret': both(
      noProof,
      having((to) => named(to)),
    ),
    'wrong secret': both(
      noProof,
      having((to) => ({ ...named(to), client_secret: unknownToken() })),
    ),
    'secret without a name': both(
      noProof,
      having((to) => ({ client_secret: to.clients.app.client_secret })),
    ),
    'secret empty': both(
      noProof,
      having((to) => ({ ...named(to), client_secret: '' })),
    ),
    'assertion and secret': having((to) => named(to)),
    'assertion and HTTP Basic': headed((to) => basic(pair(to))),
    'secret and HTTP Basic': both(
      noProof,
      having((to) => named(to)),
      headed((to) => basic(pair(to))),
    ),
    'assertion and a bearer token': headed({ authorization: 'Bearer abc' }),
    'client_assertion_type unknown': having({ client_assertion_type: jwtBearer.replace('jwt', 'saml2') }),
    'client_assertion_type in upper case': having({ client_assertion_type: jwtBearer.toUpperCase() }),
  }),
  ...family('HTTP Basic', async (to) => noProof(await codeExchange(to), to), {
    'raw secret': headed((to) => basic(pair(to))),
    'wrong secret': headed((to) => basic(`${inAssertion(to)}:${unknownToken()}`)),
    'secret empty': headed((to) => basic(`${inAssertion(to)}:`)),
    'name empty': headed((to) => basic(`:${to.clients.app.client_secret}`)),
    'no colon': headed((to) => basic(inAssertion(to))),
    'nothing in it': headed({ authorization: 'Basic' }),
    'a space and nothing in it': headed({ authorization: 'Basic  ' }),
    'no base64': headed({ authorization: 'Basic !!!' }),
    base64url: headed((to) => ({
      authorization: `Basic ${Buffer.from(`${inAssertion(to)}:ÿÿÿ`).toString('base64url')}-_`,
    })),
    'broken percent-encoding': headed((to) => basic(`${inAssertion(to)}:%zz`)),
    'two of them in one': headed((to) => ({ authorization: `${basic(pair(to)).authorization}, Basic abc` })),
    'unknown client': headed(basic(`${randomUUID()}:secret`)),
    'another scheme': headed({ authorization: 'Digest username="app"' }),
    Bearer: headed((to) => ({ authorization: `Bearer ${to.clients.app.client_secret}` })),
    'another client_id in the form': both(
      headed((to) => basic(pair(to))),
      having((to) => ({ client_id: to.clients.other.client_id })),
    ),
  }),
  ...family('assertion', codeExchange, damagedAssertions),
  ...family('assertion of a private key', (to) => codeExchange(to, 'keyed'), {
    'signed with the secret of another client': asserting(
      { key: (to) => to.clients.app.client_secret },
      'keyed',
    ),
    'for the client with a secret': asserting(
      { claims: (to) => ({ iss: inAssertion(to), sub: inAssertion(to) }) },
      'keyed',
    ),
    'signature of other bytes': asserting({ jwt: flippedSignature }, 'keyed'),
    'kid that nobody registered': asserting({ header: () => ({ kid: 'nobody' }) }, 'keyed'),
  }),
  ...family('form', codeExchange, {
    'as JSON': bodied('application/json', asJson),
    'as JSON, said to be a form': bodied(formType, asJson),
    'as multipart': bodied('multipart/form-data; boundary=b', asMultipart),
    'said to be text': bodied('text/plain'),
    'said to be nothing': bodied(''),
    'said to be XML': bodied('application/xml'),
    'said to be something unreadable': bodied('form'),
    'of no bytes': bodied(formType, () => ''),
    'of no bytes, and of no type': bodied('', () => ''),
    'of spaces': bodied(formType, () => '   '),
    'in UTF-16': bodied(`${formType}; charset=utf-16`, (form) => Buffer.from(form, 'utf16le')),
    'in a charset that does not exist': bodied(`${formType}; charset=klingon`),
    'with a byte order mark': bodied(formType, (form) => `\ufeff${form}`),
    'with broken percent-encoding': bodied(formType, (form) => form.replace('code=', 'code=%zz')),
    'with a percent sign at its end': bodied(formType, (form) => `${form}%`),
    'with percent-encoded bytes that are not UTF-8': bodied(formType, (form) =>
      form.replace('code=', 'code=%c3%28'),
    ),
    'with bytes that are not UTF-8': bodied(formType, (form) => Buffer.from(`${form}\xff`, 'latin1')),
    'with a NUL byte': bodied(formType, (form) => `${form}\0`),
    'separated by semicolons': bodied(formType, (form) => form.replaceAll('&', ';')),
    'with names in brackets': bodied(formType, (form) => form.replace('code=', 'code[]=')),
    'with names in upper case': bodied(formType, (form) => form.replace('code=', 'CODE=')),
    'encoded twice': bodied(formType, encodeURIComponent),
    compressed: both(headed({ 'content-encoding': 'gzip' }), (draft) => ({
      ...draft,
      body: (form) => gzipSync(form),
    })),
    'of 256 KiB': having({ padding: 'x'.repeat(256 * 1024) }),
    'of 256 KiB in chunks': both(
      headed({ 'transfer-encoding': 'chunked' }),
      having({ padding: 'x'.repeat(256 * 1024) }),
    ),
  }),
  ...family('address', codeExchange, {
    'code there, not in the form': inAddress('code'),
    'grant_type there, not in the form': inAddress('grant_type'),
    'assertion there, not in the form': inAddress('client_assertion'),
    'all of it there, not in the form': inAddress(
      'grant_type',
      'code',
      'redirect_uri',
      'code_verifier',
      'client_assertion',
      'client_assertion_type',
    ),
    'code there as well': async (draft) => ({ ...draft, query: `code=${fieldOf(draft, 'code')}` }),
    'a secret there as well': (draft, to) => ({
      ...draft,
      query: `client_secret=${to.clients.app.client_secret}`,
    }),
    'another client_id there as well': (draft, to) => ({
      ...draft,
      query: `client_id=${to.clients.other.client_id}`,
    }),
  }),
  ...eachMethod('token', codeExchange),
  ...family('token', codeExchange, {
    'POST that wants to be a GET': both(headed({ 'x-http-method-override': 'GET' }), without('code')),
  }),
  ...eachParameter('refresh', refresh, ['refresh_token']),
  ...family('refresh', refresh, {
    'token unknown': having({ refresh_token: unknownToken() }),
    'token cut by a character': changed('refresh_token', (token) => token.slice(0, -1)),
    'token of another client': having(async (to) => ({ refresh_token: await newRefreshToken(to, 'other') })),
    'token is an access token': having(async (to) => {
      const { body } = await send(to, await codeExchange(to))
      return { refresh_token: String(body.access_token) }
    }),
    'token is a code': having(async (to) => ({ refresh_token: (await to.newCode()).code })),
    'token reused after its successor': async (draft, to) => {
      const { body } = await send(to, draft)
      await send(to, refreshForm(to, String(body.refresh_token)))
      return having(proofOf(to, 'app'))(draft, to)
    },
    'token of a family that ended by reuse': async (draft, to) => {
      const first = fieldOf(draft, 'refresh_token')
      const second = String((await send(to, draft)).body.refresh_token)
      const third = String((await send(to, refreshForm(to, second))).body.refresh_token)
      await send(to, refreshForm(to, first))
      return refreshForm(to, third)
    },
    'token reused at once, its answer lost': async (draft, to) => {
      await send(to, draft)
      return having(proofOf(to, 'app'))(draft, to)
    },
    'token revoked': async (draft, to) => {
      await send(to, posted(to, 'revoke', { token: fieldOf(draft, 'refresh_token') }))
      return draft
    },
    'token of a code that was replayed': async (_, to) => {
      const exchange = await codeExchange(to)
      const { body } = await send(to, exchange)
      await send(to, await having(proofOf(to, 'app'))(exchange, to))
      return refreshForm(to, String(body.refresh_token))
    },
    'scope wider': having({ scope: 'read write' }),
    'scope unknown': having({ scope: 'read everything' }),
    'scope with two spaces': having({ scope: 'read  list' }),
    'scope with a quote': having({ scope: 'read "list"' }),
    'scope with a tab': having({ scope: 'read\tlist' }),
    'scope beyond ASCII': having({ scope: 'read lïst' }),
    'scope twice': both(having({ scope: 'read' }), again('scope')),
    'resource unknown': having({ resource: 'https://elsewhere.example/' }),
    'no client': noProof,
    'raw secret': both(
      noProof,
      having((to) => named(to)),
    ),
    'name alone': both(
      noProof,
      having((to) => ({ client_id: inAssertion(to) })),
    ),
  }),
  ...family(
    'refresh of a client that is not registered for it',
    async (to) => refreshForm(to, unknownToken(), 'narrow'),
    {
      'its own proof': same,
    },
  ),
  ...eachParameter('device', devicePoll, ['device_code']),
  ...family('device', devicePoll, {
    'code unknown': having({ device_code: unknownToken() }),
    'code pending': having(async (to) => ({ device_code: await to.newDeviceCode('none') })),
    'code asked for too fast': async (_, to) => {
      const device_code = await to.newDeviceCode('none')
      await send(to, deviceForm(to, device_code))
      return deviceForm(to, device_code)
    },
    'code denied': having(async (to) => ({ device_code: await to.newDeviceCode('denied') })),
    'code of another client': having((to) => proofOf(to, 'other')),
    'code redeemed before': async (draft, to) => {
      await send(to, draft)
      return having(proofOf(to, 'app'))(draft, to)
    },
    'code is an authorization code': having(async (to) => ({ device_code: (await to.newCode()).code })),
    'code sent as an authorization code': async (draft, to) =>
      codeForm(to, { code: fieldOf(draft, 'device_code'), code_verifier: unknownToken() }),
    'no client': noProof,
  }),
  ...family(
    'device grant of a client that is not registered for it',
    async (to) => deviceForm(to, unknownToken(), 'narrow'),
    {
      'its own proof': same,
    },
  ),
  ...eachParameter('par', push, [
    'response_type',
    'client_id',
    'redirect_uri',
    'code_challenge',
    'code_challenge_method',
    ...proof,
  ]),
  ...family('par', push, {
    'state twice': again('state'),
    'scope twice': again('scope'),
    'response_type token': having({ response_type: 'token' }),
    'response_type code id_token': having({ response_type: 'code id_token' }),
    'response_type none': having({ response_type: 'none' }),
    'response_type in upper case': having({ response_type: 'CODE' }),
    'redirect_uri unregistered': having({ redirect_uri: 'https://evil.example/callback' }),
    'redirect_uri with a slash more': having({ redirect_uri: redirect_uri.replace('?', '/?') }),
    'redirect_uri with a parameter more': having({ redirect_uri: `${redirect_uri}&x=1` }),
    'redirect_uri with a fragment': having({ redirect_uri: `${redirect_uri}#x` }),
    'redirect_uri with another port': having({
      redirect_uri: redirect_uri.replace('.example', '.example:8443'),
    }),
    'redirect_uri no URI': having({ redirect_uri: '/callback' }),
    'redirect_uri of scheme javascript': having({ redirect_uri: 'javascript:alert(1)' }),
    'redirect_uri with user info': having({ redirect_uri: redirect_uri.replace('photos', 'photos@evil') }),
    'request_uri inside': having({ request_uri: 'urn:ietf:params:oauth:request_uri:abc' }),
    'request_uri of a web address inside': having({ request_uri: 'https://photos.example/request' }),
    'request object inside': having({ request: 'eyJhbGciOiJub25lIn0.e30.' }),
    'registration inside': having({ registration: '{}' }),
    'PKCE missing': without('code_challenge', 'code_challenge_method'),
    'PKCE plain': having({ code_challenge_method: 'plain' }),
    'PKCE of unknown method': having({ code_challenge_method: 'S512' }),
    'PKCE method in lower case': having({ code_challenge_method: 's256' }),
    'PKCE challenge of 42 characters': changed('code_challenge', (challenge) => challenge.slice(1)),
    'PKCE challenge of 129 characters': having({ code_challenge: 'c'.repeat(129) }),
    'PKCE challenge with padding': changed('code_challenge', (challenge) => `${challenge}=`),
    'PKCE challenge in plain base64': changed('code_challenge', (challenge) => `+/${challenge.slice(2)}`),
    'PKCE challenge of 44 characters': changed('code_challenge', (challenge) => `${challenge}A`),
    'response_mode unknown': having({ response_mode: 'smoke_signal' }),
    'response_mode query.jwt': having({ response_mode: 'query.jwt' }),
    'response_mode fragment': having({ response_mode: 'fragment' }),
    'prompt unknown': having({ prompt: 'dance' }),
    'prompt none with another': having({ prompt: 'none consent' }),
    'scope unknown': having({ scope: 'read everything bucket:photos' }),
    'scope with a quote': having({ scope: 'read "list"' }),
    'scope with two spaces': having({ scope: 'read  list' }),
    'scope with a comma': having({ scope: 'read,list' }),
    'scope with a backslash': having({ scope: 'read\\list' }),
    'scope beyond ASCII': having({ scope: 'réad' }),
    'scope missing': without('scope'),
    'authorization_details no JSON': wanting('[{'),
    'authorization_details an object': wanting('{"type":"storage_access","actions":["read"]}'),
    'authorization_details a text': wanting('"storage_access"'),
    'authorization_details of nothing': wanting('[]'),
    'authorization_details of null': wanting('[null]'),
    'authorization_details without a type': wanting('[{"actions":["read"]}]'),
    'authorization_details of unknown type': wanting('[{"type":"payment_initiation"}]'),
    'authorization_details with an unknown member': wanting(details({ colour: 'blue' })),
    'authorization_details with an unknown action': wanting(details({ actions: ['read', 'own'] })),
    'authorization_details without actions': wanting('[{"type":"storage_access"}]'),
    'authorization_details with actions of a wrong type': wanting(details({ actions: 'read' })),
    'authorization_details twice': both(wanting(details({})), again('authorization_details')),
    'resource unknown': having({ resource: 'https://elsewhere.example/' }),
    'resource no URI': having({ resource: 'storage' }),
    'resource with a fragment': having({ resource: `${resource}#part` }),
    'no client': without(...proof, 'client_id'),
    'name alone': without(...proof),
    'client_id of another client': having((to) => ({ client_id: to.clients.other.client_id })),
    'raw secret': both(
      without(...proof),
      having((to) => named(to)),
    ),
    'HTTP Basic with the raw secret': both(
      without(...proof),
      headed((to) => basic(pair(to))),
    ),
    'assertion twice in two requests': async (draft, to) => {
      await send(to, draft)
      return draft
    },
    'assertion for the token endpoint': asserting({
      claims: ({ issuer }) => ({ aud: `${issuer}/oauth2/token` }),
    }),
    'assertion for this endpoint': asserting({ claims: ({ issuer }) => ({ aud: `${issuer}/oauth2/par` }) }),
    'form as JSON': bodied('application/json', asJson),
    'form said to be nothing': bodied(''),
    'form of 256 KiB': having({ padding: 'x'.repeat(256 * 1024) }),
    'scope there in the address': inAddress('scope'),
  }),
  ...family('par of a public client', (to) => push(to, 'open'), {
    'PKCE missing': without('code_challenge', 'code_challenge_method'),
    'redirect_uri unregistered': having({ redirect_uri: 'https://evil.example/callback' }),
  }),
  ...eachMethod('par', push),
  ...eachParameter('revoke', revocation, ['token', ...proof]),
  ...family('revoke', revocation, {
    'hint twice': again('token_type_hint'),
    'no client': noProof,
    'name alone': both(
      noProof,
      having((to) => ({ client_id: inAssertion(to) })),
    ),
    'unknown name alone': both(noProof, having({ client_id: randomUUID() })),
    'raw secret': both(
      noProof,
      having((to) => named(to)),
    ),
    'HTTP Basic with a wrong secret': both(
      noProof,
      headed((to) => basic(`${inAssertion(to)}:wrong`)),
    ),
    'assertion and HTTP Basic': headed((to) => basic(pair(to))),
    'assertion signed with another secret': asserting({ key: (to) => to.clients.other.client_secret }),
    'assertion that has expired': asserting({ claims: (_, now) => ({ iat: now - 600, exp: now - 300 }) }),
    'assertion for another server': asserting({ claims: () => ({ aud: 'https://elsewhere.example' }) }),
    'token that is a JWT': having({ token: 'eyJhbGciOiJIUzI1NiJ9.e30.AAAA' }),
    'form as JSON': bodied('application/json', asJson),
    'form said to be nothing': bodied(''),
    'form with a NUL': having({ token: 'a\0b' }),
    'form of 256 KiB': having({ padding: 'x'.repeat(256 * 1024) }),
    'token there in the address': inAddress('token'),
  }),
  ...eachMethod('revoke', revocation),
]

/** A code that lived for its few seconds, for servers whose codes do. */
export const expiredCode: Row = {
  name: 'code: code expired',
  draft: async (to) => codeExchange(to),
}

function eachMethod(name: string, good: Good): Row[] {
  const methods = ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'TRACE']
  return family(name, good, Object.fromEntries(methods.map((method) => [`method ${method}`, by(method)])))
}

function named(to: Party) {
  const { client_id, client_secret } = to.clients.app
  return { client_id, client_secret }
}

function pair(to: Party): string {
  return Object.values(named(to)).join(':')
}

/** Asking by details alone, at the one place there is. */
function wanting(authorization_details: string): Change {
  return both(without('scope'), having({ authorization_details }))
}

function details(more: object): string {
  return JSON.stringify([{ type: 'storage_access', actions: ['read', 'list'], ...more }])
}

function inAddress(...names: string[]): Change {
  return (draft, to) => {
    const moved = draft.fields.filter(([name]) => names.includes(name)).map(([name, value]) => [name, value])
    return without(...names)({ ...draft, query: String(new URLSearchParams(moved)) }, to)
  }
}

function asJson(form: string): string {
  return JSON.stringify(Object.fromEntries(new URLSearchParams(form)))
}

function asMultipart(form: string): string {
  const parts = [...new URLSearchParams(form)].map(
    ([name, value]) => `--b\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  )
  return `${parts.join('')}--b--\r\n`
}

function unknownToken(): string {
  return randomBytes(32).toString('base64url')
}

function swapCase(text: string): string {
  return text.replaceAll(/[a-z]/gi, (letter) => (letter < 'a' ? letter.toLowerCase() : letter.toUpperCase()))
}

function flippedSignature(jwt: string): string {
  const at = jwt.lastIndexOf('.') + 5
  return `${jwt.slice(0, at)}${jwt[at] === 'A' ? 'B' : 'A'}${jwt.slice(at + 1)}`
}
