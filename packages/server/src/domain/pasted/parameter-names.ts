import { type TokenForm, tokenForm } from '@valetkey/protocol'
import { oneSlipApart } from '../explain/near-miss.ts'

/** What a token request may consist of, in our dialect and in the standard one. */
export type TokenParameter = keyof TokenForm | 'grant_type' | 'client_assertion' | 'client_assertion_type'

export const tokenParameters: readonly TokenParameter[] = [
  ...tokenForm.keyof().options,
  'grant_type',
  'client_assertion',
  'client_assertion_type',
]

export interface MisnamedParameter {
  /** At most 40 letters and separators; safe to show, since nothing but a slip sets it apart from a known name. */
  readonly sent_as: string
  readonly meant: TokenParameter
}

/** Names that stand for a known one which is not there itself, each known name once. Everything else is left out. */
export function misnamedParameters(names: readonly string[]): readonly MisnamedParameter[] {
  const there = new Set(names)
  const found = new Map<TokenParameter, MisnamedParameter>()
  for (const sent_as of names) {
    const meant = meantBy(sent_as)
    if (meant !== undefined && !there.has(meant) && !found.has(meant)) found.set(meant, { sent_as, meant })
  }
  return [...found.values()]
}

export const isTokenParameter = (name: string): name is TokenParameter =>
  tokenParameters.some((known) => known === name)

/** By their letters alone. */
const bareNames: ReadonlyMap<string, TokenParameter> = new Map(
  tokenParameters.map((name) => [lettersOf(name), name]),
)
/** In a shorter name, one other letter makes another word. */
const longNames = [...bareNames].filter(([bare]) => bare.length >= 8)

/** The known name behind `clientId`, `Client-Secret`, `redirect_url` or `redirct_uri`; undefined for a known name itself. */
export function meantBy(name: string): TokenParameter | undefined {
  if (isTokenParameter(name) || !/^[A-Za-z _.-]{4,40}$/.test(name)) return undefined
  const letters = lettersOf(name)
  return (
    bareNames.get(letters) ??
    otherWords.get(letters) ??
    longNames.find(([bare]) => oneSlipApart(bare, letters))?.[1]
  )
}

function lettersOf(name: string): string {
  return name.toLowerCase().replaceAll(/[ _.-]/g, '')
}

/** What other servers and libraries call them. */
const otherWords: ReadonlyMap<string, TokenParameter> = new Map(
  Object.entries({
    appid: 'client_id',
    applicationid: 'client_id',
    clientkey: 'client_id',
    consumerkey: 'client_id',
    appsecret: 'client_secret',
    clientjwt: 'client_secret',
    consumersecret: 'client_secret',
    secret: 'client_secret',
    callback: 'redirect_uri',
    callbackuri: 'redirect_uri',
    callbackurl: 'redirect_uri',
    redirect: 'redirect_uri',
    redirecturl: 'redirect_uri',
    returnurl: 'redirect_uri',
    authcode: 'code',
    authorizationcode: 'code',
    oauthcode: 'code',
    encryptionpassphrase: 'passphrase',
    pkcecodeverifier: 'code_verifier',
    pkceverifier: 'code_verifier',
    verifier: 'code_verifier',
  } satisfies Record<string, TokenParameter>),
)
