import { hash, randomBytes } from 'node:crypto'
import { overHttp, scriptedUser } from '../../packages/server/src/testing/scripted-user.ts'
import { everyGrantType } from '../../packages/server/src/testing/standard-scene.ts'
import { aClient, aCode, aDeveloper, aUser, startServer } from '../testing/story.ts'
import { registeredKey } from './assertion.ts'
import { posted, send } from './draft.ts'
import { clientNames, lifetimes, type Party, redirect_uri, registrations, resource, scope } from './party.ts'

/** Valetkey over real HTTP, with one developer's clients and a user whose browser is scripted. */
export async function valetkey(code_ttl = lifetimes.code): Promise<Party> {
  const server = await startServer({ code_ttl: String(code_ttl), resource })
  const developer = await aDeveloper(server)
  const user = await aUser(server)
  const browser = scriptedUser(overHttp(server.url), user.token)
  const jwks = { keys: [registeredKey.publicKey.export({ format: 'jwk' })] }

  const registered = clientNames.map(async (name) => {
    const kind = { grant_types: everyGrantType, redirect_uris: [redirect_uri], ...registrations[name] }
    const keys = name === 'keyed' ? { jwks } : {}
    const type = name === 'open' ? { application_type: 'native' } : {}
    const { client_id, client_secret = '' } = await aClient(server, { ...kind, ...keys, ...type }, developer)
    return [name, { client_id, client_secret }] as const
  })
  const clients = Object.fromEntries(await Promise.all(registered)) as Party['clients']

  const party: Party = {
    issuer: server.deps.settings.public_url,
    clients,
    async newCode(client = 'app', { challenge = true } = {}) {
      const { client_id } = clients[client]
      const code_verifier = randomBytes(32).toString('base64url')
      if (!challenge) {
        const { code } = await aCode(server, { client_id }, user, { request: { redirect_uri } })
        return { code, code_verifier }
      }
      const asked = new URLSearchParams({
        response_type: 'code',
        client_id,
        redirect_uri,
        scope: client === 'narrow' ? 'read list bucket:photos' : scope,
        code_challenge: hash('sha256', code_verifier, 'base64url'),
        code_challenge_method: 'S256',
      })
      const { parameters } = await browser.decide(`/oauth2/authorize?${asked}`)
      if (parameters.code === undefined) throw new Error(`no code: ${JSON.stringify(parameters)}`)
      return { code: parameters.code, code_verifier }
    },
    async newDeviceCode(decision) {
      const { body } = await send(party, posted(party, 'device_authorization', { scope }))
      if (decision !== 'none')
        await browser.decideForDevice(String(body.user_code), { deny: decision === 'denied' })
      return String(body.device_code)
    },
    close: () => server.stop(),
  }
  return party
}
