import { hash, randomBytes } from 'node:crypto'
import { deviceCodeGrant } from '@valetkey/protocol'
import { type Draft, posted, send } from './draft.ts'
import { type ClientName, type CodeInHand, type Party, redirect_uri } from './party.ts'

/** A request that both servers grant, made anew each time. */
export type Good = (to: Party, as?: ClientName) => Promise<Draft>

export const codeExchange: Good = async (to, as = 'app') => codeForm(to, await to.newCode(as), as)

export const codeForm = (to: Party, code: CodeInHand, as: ClientName = 'app') =>
  posted(to, 'token', { grant_type: 'authorization_code', redirect_uri, ...code }, as)

export const refresh: Good = async (to, as = 'app') => refreshForm(to, await newRefreshToken(to, as), as)

export const refreshForm = (to: Party, refresh_token: string, as: ClientName = 'app') =>
  posted(to, 'token', { grant_type: 'refresh_token', refresh_token }, as)

export async function newRefreshToken(to: Party, as: ClientName = 'app'): Promise<string> {
  const { body } = await send(to, await codeExchange(to, as))
  return String(body.refresh_token)
}

export const devicePoll: Good = async (to) => deviceForm(to, await to.newDeviceCode('approved'))

export const deviceForm = (to: Party, device_code: string, as: ClientName = 'app') =>
  posted(to, 'token', { grant_type: deviceCodeGrant, device_code }, as)

export const push: Good = async (to, as = 'app') =>
  posted(
    to,
    'par',
    {
      response_type: 'code',
      client_id: to.clients[as].client_id,
      redirect_uri,
      scope: 'read list bucket:photos',
      state: 'the state',
      code_challenge: hash('sha256', randomBytes(32), 'base64url'),
      code_challenge_method: 'S256',
    },
    as,
  )

export const revocation: Good = async (to, as = 'app') =>
  posted(to, 'revoke', { token: await newRefreshToken(to, as), token_type_hint: 'refresh_token' }, as)
