import { randomBytes, randomUUID } from 'node:crypto'
import {
  describeAccessGrant,
  EncryptionStore,
  encryptPath,
  type Operation,
  parseAccessGrant,
} from '@valetkey/access-grant'
import { createClientSecretJwt } from '@valetkey/client'
import {
  accessRevokedAnswer,
  authorizationAnswer,
  consentAnswer,
  credentialsAnswer,
  errorAnswer,
  explainedTokenRequestAnswer,
  sessionAnswer,
  tokenAnswer,
} from '@valetkey/protocol'
import { explainAssertion, type RunningServer } from '@valetkey/server'
import { ask } from '../api.ts'
import { callAs } from '../developer-api.ts'
import { printExplanation } from '../print-explanation.ts'
import type { Cli } from '../terminal.ts'
import type { Stage } from './stage.ts'

const redirect_uri = 'http://localhost:3000/callback'
const scopes = ['read', 'list', 'bucket:photos;2026/']
const developerPaths = '/api/v0/developer/auth'
const tokenPath = '/api/v0/oauth2/token'

/** The story Valetkey began with, told with a good end. Every step says what it promises and is checked. */
export async function playStory(
  stage: Stage,
  server: RunningServer,
  cli: Cli,
  { quiet }: { quiet: boolean },
): Promise<void> {
  stage.scene('An app that nobody registered asks for its access grant')
  const stranger = { client_id: randomUUID(), client_secret: stage.keep('CLIENT_SECRET', randomSecret()) }
  const strangersJwt = await makeJwt(stage, cli, stranger)
  const refusal = await stage.request({
    method: 'POST',
    path: tokenPath,
    body: { client_id: stranger.client_id, client_secret: strangersJwt, redirect_uri, code: 'any' },
  })
  const told = errorAnswer.safeParse(refusal.body)
  stage.promise(
    '401 invalid_client, and not a word about why',
    refusal.status === 401 && told.success && told.data.error === 'invalid_client',
  )

  stage.scene('It looks at its JWT')
  debugJwt(stage, server, cli, { ...stranger, jwt: strangersJwt, quiet })

  stage.scene('A developer registers and signs in')
  const developer = await registerAndSignIn(stage, {
    at: developerPaths,
    email: 'ada@example.com',
    fullName: 'Ada Lovelace',
    name: 'DEVELOPER',
  })

  stage.scene('She asks the server why')
  const trace_id = told.success ? told.data.trace_id : ''
  await explain(stage, server, cli, { url: server.url, token: developer, trace_id, quiet })

  stage.scene('She registers the app')
  const registration = { name: 'Photo Album', redirect_uris: [redirect_uri] }
  const { client_id, client_secret = '' } = await stage.ask(
    {
      method: 'POST',
      path: `${developerPaths}/oauth2/clients`,
      token: developer,
      body: registration,
      secrets: { client_secret: 'CLIENT_SECRET' },
    },
    credentialsAnswer,
  )
  stage.promise('the secret is shown once; on the server it is sealed', client_secret.startsWith('vks_'))
  const client = { client_id, client_secret }

  stage.scene('A user whose files it is about registers and signs in')
  const user = await registerAndSignIn(stage, {
    at: '/api/v0/auth',
    email: 'grace@example.com',
    fullName: 'Grace Hopper',
    name: 'USER',
  })

  stage.scene('The app asks, and the user says yes')
  const asked = await stage.ask(
    {
      method: 'POST',
      path: '/api/v0/oauth2/request',
      token: user,
      body: { client_id: client.client_id, redirect_uri, scope: scopes },
    },
    authorizationAnswer,
  )
  stage.promise(
    'the user sees who asks for what',
    asked.client_name === 'Photo Album' && asked.needed_access.join() === scopes.join(),
  )
  const consent = { request_id: asked.request_id, approve: true, approved_scopes: scopes }
  const { code } = await stage.ask(
    { method: 'POST', path: '/api/v0/oauth2/consent', token: user, body: consent, secrets: { code: 'CODE' } },
    consentAnswer,
  )
  stage.promise('the app gets a code that works once, for a minute', code !== 'REJECTED')

  stage.scene('The app redeems the code')
  const redemption = async () => ({
    client_id: client.client_id,
    client_secret: await makeJwt(stage, cli, client),
    redirect_uri,
    code,
    passphrase: stage.keep('PASSPHRASE', 'the passphrase of Grace'),
  })
  const granted = await stage.ask(
    { method: 'POST', path: tokenPath, body: await redemption(), secrets: { access_grant: 'ACCESS_GRANT' } },
    tokenAnswer,
  )
  stage.promise(
    'the access grant holds what was approved',
    granted.scopes.join() === scopes.join() && granted.expires_in > 0,
  )

  stage.scene('What the access grant opens')
  const { sentences, paths, encryption } = describeAccessGrant(parseAccessGrant(granted.access_grant))
  stage.say(cli.out.paint('cyan', '$ valetkey access inspect "$ACCESS_GRANT"'))
  for (const sentence of sentences) stage.say(sentence)
  stage.promise(
    'it reaches one prefix of one bucket',
    paths.map(({ bucket, prefix }) => `${bucket}/${prefix}`).join() === 'photos/2026',
  )
  stage.promise(
    'it holds the key of that prefix alone',
    !encryption.has_default_key && encryption.prefix_keys === 1,
  )

  stage.scene('The storage network lets it in')
  const network = (op: Operation, path: string) => askNetwork(server, granted.access_grant, op, path)
  stage.promise('reading photos/2026/cat.jpg is allowed', (await network('read', '2026/cat.jpg')).allowed)
  stage.promise('writing it is not', !(await network('write', '2026/cat.jpg')).allowed)

  stage.scene('The user takes it back')
  const revoked = await stage.ask(
    { method: 'DELETE', path: `/api/v0/auth/developer-access/${client.client_id}/revoke`, token: user },
    accessRevokedAnswer,
  )
  stage.promise('one click, and nothing to ask the app', revoked.message.includes('revoked'))

  stage.scene('The storage network refuses it from now on')
  const decision = await network('read', '2026/cat.jpg')
  if (!decision.allowed) stage.say(`The network says: ${decision.explanation}.`)
  stage.promise('the same key reads nothing any more', !decision.allowed && decision.reason === 'revoked')

  stage.scene('Somebody tries the code a second time')
  const replay = await stage.request({ method: 'POST', path: tokenPath, body: await redemption() })
  const refused = errorAnswer.safeParse(replay.body)
  stage.promise(
    '400 invalid_code: a code works once',
    replay.status === 400 && refused.success && refused.data.error === 'invalid_code',
  )
}

const randomSecret = (): string => randomBytes(32).toString('hex')

async function makeJwt(
  stage: Stage,
  { out }: Cli,
  client: { client_id: string; client_secret: string },
): Promise<string> {
  stage.say(
    out.paint(
      'cyan',
      `$ JWT=$(valetkey jwt create --client-id ${client.client_id} --client-secret "$CLIENT_SECRET")`,
    ),
  )
  return stage.keep('JWT', await createClientSecretJwt(client))
}

/** What a JWT looks like from inside, for whoever has the secret. */
function debugJwt(
  stage: Stage,
  { deps, url }: RunningServer,
  cli: Cli,
  { jwt, quiet, ...known }: { jwt: string; client_id: string; client_secret: string; quiet: boolean },
): void {
  const { clock, settings } = deps
  const rules = {
    now: clock.now(),
    skew: settings.clock_skew,
    max_ttl: settings.assertion_max_ttl,
    issuer: url,
  }
  const explanation = explainAssertion(jwt, { ...known, rules })
  const command = `valetkey jwt debug "$JWT" --client-id ${known.client_id} --client-secret "$CLIENT_SECRET"`
  stage.say(cli.out.paint('cyan', `$ ${command}`))
  if (!quiet)
    printExplanation(cli.out, explanation, { indent: '   ', fine: 'Nothing is wrong with this JWT.' })
  stage.promise('nothing is wrong with the JWT', explanation.first_failure === null)
}

/** What the server wrote down of the request, for the developer who holds its trace_id. */
async function explain(
  stage: Stage,
  { deps }: RunningServer,
  cli: Cli,
  { url, token, trace_id, quiet }: { url: string; token: string; trace_id: string; quiet: boolean },
): Promise<void> {
  await deps.recorder.flush()
  const call = callAs({ url, token }, { method: 'GET', path: `/token-requests/${trace_id}` })
  const { explanation, cause } = await ask(call, explainedTokenRequestAnswer)
  stage.say(cli.out.paint('cyan', `$ valetkey explain ${trace_id}`))
  if (!quiet) printExplanation(cli.out, explanation, { indent: '   ' })
  stage.promise('it ended at step 3: no client has this client_id', cause === 'client_unknown')
}

async function registerAndSignIn(
  stage: Stage,
  { at, email, fullName, name }: { at: string; email: string; fullName: string; name: string },
): Promise<string> {
  const password = stage.keep(`${name}_PASSWORD`, randomBytes(12).toString('base64url'))
  const registered = await stage.request({
    method: 'POST',
    path: `${at}/register`,
    body: { fullName, email, password },
  })
  stage.promise('the account is there', registered.status === 200)
  const { token } = await stage.ask(
    { method: 'POST', path: `${at}/token`, body: { email, password }, secrets: { token: `${name}_TOKEN` } },
    sessionAnswer,
  )
  stage.promise('and it has a session', token !== '')
  return token
}

/** Asks the storage network as an S3 gateway would: with the API key, and the path encrypted. */
function askNetwork({ deps }: RunningServer, access_grant: string, op: Operation, path: string) {
  const { api_key, encryption_access } = parseAccessGrant(access_grant)
  const encrypted_path = encryptPath(new EncryptionStore(encryption_access), 'photos', path)
  return deps.network.check(api_key, { op, bucket: 'photos', encrypted_path })
}
