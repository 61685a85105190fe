import type { Client } from '../../packages/server/src/domain/client.ts'
import { assertionOf, claimsOf } from '../../packages/server/src/testing/assertion.ts'
import {
  authorizationParameters,
  freshChallenge,
} from '../../packages/server/src/testing/authorization-parameters.ts'
import { jwtBearer } from '../../packages/server/src/testing/standard-scene.ts'
import { type ConsentScene, openConsentScene, state } from './consent-scene.ts'
import type { Answer, RegisteredClient } from './story.ts'

/** The same people and places, where the app speaks the standard dialect. */
export interface StandardPagesScene extends ConsentScene {
  /** A fresh `code_verifier` and the address that the app sends its user to; changes replace single parameters. */
  authorize(change?: Change, from?: RegisteredClient): Authorization
  /** The client is registered like this from now on. */
  register(change: Partial<Client>, which?: RegisteredClient): Promise<void>
  /** What the app posts to an endpoint, with its proof. */
  post(path: string, form: Record<string, string>, from?: RegisteredClient): Promise<Answer>
}

type Change = Record<string, string | undefined>

export interface Authorization {
  readonly code_verifier: string
  readonly parameters: Record<string, string>
  readonly url: string
}

export async function openStandardPagesScene(): Promise<StandardPagesScene> {
  const scene = await openConsentScene()
  const { server, client } = scene
  return {
    ...scene,
    authorize(change = {}, from = client) {
      const { code_verifier, code_challenge } = freshChallenge()
      server.secrets.add('code verifier', code_verifier)
      const parameters = authorizationParameters(from, {
        redirect_uri: scene.app.redirect_uri,
        scope: 'read write list bucket:photos',
        state,
        code_challenge,
        ...change,
      })
      return {
        code_verifier,
        parameters,
        url: `${server.url}/oauth2/authorize?${new URLSearchParams(parameters)}`,
      }
    },
    async register(change, which = client) {
      const { store, clock } = server.deps
      await store.clients.update(which.id, () => change, clock.now())
    },
    async post(path, form, from = client) {
      const client_assertion = await assertionOf(from, claimsOf(from.client_id, { issuer: server.url }))
      const body = new URLSearchParams({
        ...form,
        client_id: from.client_id,
        client_assertion,
        client_assertion_type: jwtBearer,
      })
      const response = await fetch(`${server.url}${path}`, { method: 'POST', body, redirect: 'manual' })
      const text = await response.text()
      const answer = { status: response.status, headers: response.headers, text, body: JSON.parse(text) }
      server.secrets.addExchange(Object.fromEntries(body), answer.body)
      return answer
    },
  }
}
