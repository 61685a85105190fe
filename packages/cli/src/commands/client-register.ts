import { readFile } from 'node:fs/promises'
import {
  type ClientApplicationType,
  type ClientGrantType,
  clientApplicationTypes,
  clientGrantTypes,
  credentialsAnswer,
  grantTypeInWords,
  splitScopes,
  type TokenEndpointAuthMethod,
  tokenEndpointAuthMethods,
} from '@valetkey/protocol'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { ask } from '../api.ts'
import { clientsCall } from '../clients-api.ts'
import { printCredentials } from '../credentials.ts'
import type { SessionOptions } from '../developer-api.ts'
import { UsageError } from '../errors.ts'
import { collect, envOption, examples, jsonOption, urlOption } from '../options.ts'
import type { Cli } from '../terminal.ts'

interface Options extends SessionOptions {
  readonly name: string
  readonly redirectUri?: readonly string[]
  readonly scope?: readonly string[]
  readonly description?: string
  readonly authMethod?: TokenEndpointAuthMethod
  readonly grantType?: readonly ClientGrantType[]
  readonly applicationType?: ClientApplicationType
  readonly jwks?: string
  readonly jwksUri?: string
  readonly requirePar?: true
  readonly env?: true
}

export function define(command: Command, cli: Cli): void {
  command
    .description('Register a client. Its secret, if it has one, is shown this once.')
    .requiredOption('--name <name>', 'what users read on the consent page')
    .option(
      '--redirect-uri <uri>',
      'where users come back to; repeat it for several; not needed by devices alone',
      collect,
    )
    .option('--scope <scope>', 'what it may ask for; repeat it for several; without it, anything', collect)
    .option('--description <text>', 'what it is for')
    .addOption(
      new Option('--auth-method <method>', 'how it proves who it is; without it, by its secret').choices(
        tokenEndpointAuthMethods,
      ),
    )
    .option(
      '--grant-type <type>',
      'authorization_code, refresh_token or device_code; repeat it for several',
      grantTypes,
    )
    .addOption(
      new Option('--application-type <type>', 'where it runs; without it, on a server (web)').choices(
        clientApplicationTypes,
      ),
    )
    .option('--jwks <file>', 'its public keys, a JWK Set, for private_key_jwt; - reads standard input')
    .option('--jwks-uri <url>', 'the https address of its public keys, in place of --jwks')
    .option('--require-par', 'take pushed authorization requests alone')
    .addOption(envOption())
    .addOption(urlOption())
    .addOption(jsonOption())
    .action((options: Options) => register(cli, options))
  examples(
    command,
    "valetkey client register --name 'Photo Album' --redirect-uri http://localhost:3000/callback",
    "valetkey client register --name 'Photo Album' --redirect-uri https://photos.example/cb --scope read --scope list --env >> .env",
    "valetkey client register --name 'Photo Tool' --redirect-uri http://127.0.0.1/cb --auth-method none --application-type native --grant-type authorization_code --grant-type refresh_token",
    "valetkey client register --name 'Photo Frame' --auth-method none --application-type native --grant-type device_code",
  )
}

async function register(cli: Cli, options: Options): Promise<void> {
  const { name, redirectUri: redirect_uris = [], scope = [], description } = options
  const { authMethod, grantType, applicationType, jwks, jwksUri, requirePar } = options
  if (redirect_uris.length === 0 && (grantType?.includes('authorization_code') ?? true))
    throw new UsageError('--redirect-uri is missing: where do users come back to?')
  const body = {
    name,
    redirect_uris,
    scopes: scope.flatMap(scopesOf),
    ...(description === undefined ? {} : { description }),
    ...(authMethod === undefined ? {} : { token_endpoint_auth_method: authMethod }),
    ...(grantType === undefined ? {} : { grant_types: grantType }),
    ...(applicationType === undefined ? {} : { application_type: applicationType }),
    ...(jwks === undefined ? {} : { jwks: await jwksIn(cli, jwks) }),
    ...(jwksUri === undefined ? {} : { jwks_uri: jwksUri }),
    ...(requirePar ? { require_pushed_authorization_requests: true } : {}),
  }
  const credentials = await ask(await clientsCall(cli, options, { method: 'POST', body }), credentialsAnswer)
  printCredentials(cli, credentials, options)
}

/** `read,list` is two; a prefix may hold spaces, so a place is taken whole. */
const scopesOf = (text: string): string[] => (text.startsWith('bucket:') ? [text] : splitScopes(text))

/** The URN need not be typed. */
function grantTypes(text: string, before: readonly ClientGrantType[] = []): readonly ClientGrantType[] {
  const named = clientGrantTypes.find((type) => type === text || grantTypeInWords(type) === text)
  if (named === undefined)
    throw new InvalidArgumentError('It is authorization_code, refresh_token or device_code.')
  return [...before, named]
}

/** Whether these are keys is for the server to say; a private one among them stays here. */
async function jwksIn(cli: Cli, file: string): Promise<unknown> {
  const text = file === '-' ? await cli.wholeInput() : await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) throw new UsageError(`${file} cannot be read`)
  const jwks = jsonIn(text)
  if (typeof jwks !== 'object' || jwks === null || !('keys' in jwks) || !Array.isArray(jwks.keys))
    throw new UsageError(`${file} holds no JWK Set: a JSON object with a list "keys"`)
  const isPrivate = (jwk: unknown) => typeof jwk === 'object' && jwk !== null && ('d' in jwk || 'k' in jwk)
  if (jwks.keys.some(isPrivate))
    throw new UsageError(`${file} holds a private key; register the public ones alone`)
  return jwks
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
