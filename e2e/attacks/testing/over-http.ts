import { assertionOf, claimsOf, type Identity } from '../../../packages/server/src/testing/assertion.ts'
import {
  authorizationParameters,
  freshChallenge,
} from '../../../packages/server/src/testing/authorization-parameters.ts'
import { overHttp, scriptedUser } from '../../../packages/server/src/testing/scripted-user.ts'
import { everyGrantType, type Form, jwtBearer } from '../../../packages/server/src/testing/standard-scene.ts'
import {
  type Answer,
  aClient,
  type Called,
  callForm,
  type Person,
  type RegisteredClient,
  redirectUri,
} from '../../testing/story.ts'

export const aStandardClient = (
  server: Called,
  form: object = {},
  developer?: Person,
): Promise<RegisteredClient> => aClient(server, { grant_types: everyGrantType, ...form }, developer)

/** A form, proven by an assertion of this client for the server that `issuer` names, over a real socket. */
export async function postAs(
  server: Pick<Called, 'url'>,
  path: string,
  client: Identity,
  form: Form,
  issuer = server.url,
): Promise<Answer> {
  const client_assertion = await assertionOf(client, claimsOf(client.client_id, { issuer }))
  const proof = { client_assertion, client_assertion_type: jwtBearer }
  return callForm({ url: server.url }, path, { ...proof, ...form })
}

/** Where a client sends its user, and what redeems the code that comes back. */
export function anAuthorization(
  server: Pick<Called, 'url'>,
  client: Pick<Identity, 'client_id'>,
  changes: Form = {},
): { readonly url: string; readonly code_verifier: string } {
  const { code_verifier, code_challenge } = freshChallenge()
  const parameters = authorizationParameters(client, { code_challenge, state: 'canary-state', ...changes })
  return { url: `${server.url}/oauth2/authorize?${new URLSearchParams(parameters)}`, code_verifier }
}

/** The user approves; the form that redeems the code. */
export async function anApproval(
  server: Pick<Called, 'url'>,
  client: Pick<Identity, 'client_id'>,
  user: Person,
  changes: Form = {},
): Promise<Form & { readonly code: string }> {
  const { url, code_verifier } = anAuthorization(server, client, changes)
  const { parameters } = await scriptedUser(overHttp(server.url), user.token).decide(url)
  const { code } = parameters
  if (code === undefined) throw new Error(`no code: ${JSON.stringify(parameters)}`)
  const redirect_uri = changes.redirect_uri ?? redirectUri
  return { grant_type: 'authorization_code', code, redirect_uri, code_verifier }
}
