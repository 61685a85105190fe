/** Fifty who redeem one code at once, on three servers. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { assertionOf, claimsOf } from '../../packages/server/src/testing/assertion.ts'
import {
  authorizationParameters,
  freshChallenge,
} from '../../packages/server/src/testing/authorization-parameters.ts'
import { overHttp, scriptedUser } from '../../packages/server/src/testing/scripted-user.ts'
import { jwtBearer } from '../../packages/server/src/testing/standard-scene.ts'
import { createDatabase } from '../testing/database.ts'
import { rowsOf, type Where } from '../testing/rows.ts'
import { aSealedCode } from '../testing/sealed-code.ts'
import {
  aClient,
  aUser,
  type Person,
  type RegisteredClient,
  redeem,
  redirectUri,
  type TestServer,
} from '../testing/story.ts'
import { isLive } from './testing/access.ts'
import { issuer, startOneOf } from './testing/servers.ts'

const atOnce = 50

const servers: TestServer[] = []
const data = mkdtempSync(join(tmpdir(), 'valetkey-race-'))
let where: Where
let client: RegisteredClient
let user: Person

beforeAll(async () => {
  const database_url = await createDatabase()
  where = { data, database_url }
  // One after the other: the first makes the master key and the tables.
  for (let n = 0; n < 3; n++) servers.push(await startOneOf({ data, database_url }))
  user = await aUser(server(0))
  client = await aClient(server(0))
}, 60_000)
afterAll(async () => {
  for (const one of servers) await one.stop()
  rmSync(data, { recursive: true, force: true })
})

/** They take turns. */
function server(n: number): TestServer {
  const one = servers[n % 3]
  if (one === undefined) throw new Error('no server')
  return one
}

interface Redeemed {
  readonly status: number
  readonly error: unknown
  readonly access_grant: string | undefined
}

async function redeemStandard({ url }: TestServer, code: string): Promise<Redeemed> {
  const client_assertion = await assertionOf(client, claimsOf(client.client_id, { issuer }))
  const form = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    code_verifier,
    client_assertion,
    client_assertion_type: jwtBearer,
  }
  const answer = await fetch(`${url}/oauth2/token`, { method: 'POST', body: new URLSearchParams(form) })
  const body: Record<string, string> = JSON.parse(await answer.text())
  return { status: answer.status, error: body.error, access_grant: body.access_grant }
}

async function redeemStorx(at: TestServer, code: string): Promise<Redeemed> {
  const { status, body } = await redeem(at, client, code, { passphrase: undefined })
  return { status, error: body.error, access_grant: body.access_grant }
}

/** Of the one code in the standard dialect. */
const { code_verifier, code_challenge } = freshChallenge()
const aStandardCode = async (): Promise<string> => {
  const { url } = server(0)
  const query = authorizationParameters(client, { scope: 'read bucket:photos', code_challenge })
  const { parameters } = await scriptedUser(overHttp(url), user.token).decide(
    `${url}/oauth2/authorize?${new URLSearchParams(query)}`,
  )
  return parameters.code ?? ''
}

const grantsOfUser = () => rowsOf(where, 'select state, revoked_by from grants')

describe('attack 14: code race', () => {
  test.each<[string, string, () => Promise<string>, (at: TestServer, code: string) => Promise<Redeemed>]>([
    ['the standard dialect', 'invalid_grant', aStandardCode, redeemStandard],
    [
      'the StorX dialect',
      'invalid_code',
      async () => (await aSealedCode(server(0), client, user)).code,
      redeemStorx,
    ],
  ])(
    'attack 14: code race: of 50 redemptions on three servers one is answered, and what it gave ends: %s',
    { timeout: 60_000 },
    async (_dialect, error, aCode, redeemAt) => {
      const before = (await grantsOfUser()).length
      const code = await aCode()
      const answers = await Promise.all(Array.from({ length: atOnce }, (_, n) => redeemAt(server(n), code)))
      const good = answers.filter(({ status }) => status === 200)
      expect(good).toHaveLength(1)
      expect(answers.filter((answer) => answer.status === 400 && answer.error === error)).toHaveLength(
        atOnce - 1,
      )
      const grants = await grantsOfUser()
      expect(grants).toHaveLength(before + 1)
      expect(grants.filter(({ state }) => state === 'active')).toEqual([])
      for (const one of servers) expect(await isLive(one, good[0]?.access_grant ?? '')).toBe(false)
    },
  )
})
