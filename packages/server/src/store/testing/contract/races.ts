import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { isUsable } from '../../../domain/client.ts'
import type { Redemption } from '../../codes.ts'
import type { Store } from '../../store.ts'
import type { Call } from '../actions.ts'
import {
  aCode,
  aFiledTrace,
  aGrant,
  anAccount,
  anApprovedCode,
  aRedemption,
  aRequest,
  aScene,
  aSecret,
  aSession,
  aToken,
  now,
  password_hash,
  type Scene,
} from '../scene.ts'

/** Performs all calls at the same time, wherever; returns their results in order. */
export type Race = (calls: readonly Call[]) => Promise<readonly unknown[]>

export const rounds = 15

/** What holds whatever runs at the same time. `store` looks on; `race` decides in which processes the runners are. */
export function racePromises(store: () => Store, race: Race): void {
  test('of fifty who redeem one code at once, exactly one gets an API key', async () => {
    const code = await anApprovedCode(store(), await aScene(store()))
    const redemptions = Array.from({ length: 50 }, () => aRedemption(code))
    const won = await race(redemptions.map((redemption) => ['redeem', redemption]))
    expect(won.filter((each) => each === true)).toHaveLength(1)
    expect(won.filter((each) => each === false)).toHaveLength(49)
    const recorded = await Promise.all(
      redemptions.flatMap(({ grant, api_key }) => [
        store().grants.find(grant.id),
        store().apiKeys.findByHead(api_key.head),
      ]),
    )
    expect(recorded.filter((each) => each !== undefined)).toHaveLength(2)
    const winner = redemptions[won.indexOf(true)]
    const read = await store().codes.read('', code.code_hash, now)
    expect(read.code?.grant_id).toBe(winner?.grant.id)
  })

  test('many codes at once are redeemed once each', async () => {
    const scene = await aScene(store())
    const codes = await Promise.all(Array.from({ length: 20 }, () => anApprovedCode(store(), scene)))
    const redemptions = shuffled([...codes, ...codes]).map((code) => aRedemption(code))
    const won = await race(redemptions.map((redemption) => ['redeem', redemption]))
    const winners = redemptions.filter((_, at) => won[at] === true)
    expect(new Set(winners.map(({ code_id }) => code_id)).size).toBe(20)
    expect(winners).toHaveLength(20)
    expect(await livingKeys(store(), redemptions)).toHaveLength(20)
  })

  test('once revoking an app returned, nothing of it lives, whatever was being redeemed', async () => {
    const scene = await aScene(store())
    for (let round = 0; round < rounds; round++) {
      const { client_id, redemptions } = await aRound(store(), scene)
      const revoke: Call = ['revokeApp', { user_id: scene.user.id, client_id }]
      await race(shuffled([revoke, ...redemptions.map((each): Call => ['redeem', each])]))
      expect(await livingKeys(store(), redemptions)).toEqual([])
    }
  })

  test('once a client is disabled, nothing of it lives, whatever was being redeemed or approved', async () => {
    const scene = await aScene(store())
    const { id } = scene.client
    for (let round = 0; round < rounds; round++) {
      await store().clients.setState(id, 'active', now)
      const { redemptions } = await aRound(store(), scene)
      const approvals = await Promise.all(Array.from({ length: 3 }, () => aPendingApproval(store(), scene)))
      await race(
        shuffled<Call>([
          ['setState', { id, state: 'inactive' }],
          ...redemptions.map((each): Call => ['redeem', each]),
          ...approvals.map((each): Call => ['approve', each]),
        ]),
      )
      const late = approvals.map((code) => aRedemption(code))
      expect(await Promise.all(late.map((each) => store().codes.redeem(each)))).toEqual([false, false, false])
      expect(await livingKeys(store(), [...redemptions, ...late])).toEqual([])
    }
  })

  test('all that ends access may run at once and nobody waits for ever', async () => {
    const scenes = [await aScene(store())]
    const [first] = scenes as [Scene]
    scenes.push({ ...(await aScene(store())), client: first.client })
    const { id, client_id } = first.client
    for (let round = 0; round < rounds; round++) {
      await store().clients.setState(id, 'active', now)
      const all = (await Promise.all(scenes.map((scene) => aRound(store(), scene)))).flatMap(
        (each) => each.redemptions,
      )
      const granted = await Promise.all(scenes.map((scene) => aGrant(store(), scene)))
      const revokeApps = scenes.map(({ user }): Call => ['revokeApp', { user_id: user.id, client_id }])
      await race(
        shuffled<Call>([
          ['setState', { id, state: 'inactive' }],
          ['setState', { id, state: 'inactive' }],
          ...revokeApps,
          ...revokeApps,
          ...granted.map(({ grant }): Call => ['revokeGrant', grant.id]),
          ...all.map((each): Call => ['redeem', each]),
          ['addRedirectUri', { id, uri: `https://${round}.example` }],
          ['sweep', now - 8 * 365 * 86_400],
        ]),
      )
      expect(await livingKeys(store(), [...all, ...granted])).toEqual([])
    }
  })

  test('of an approval and a denial at once, one counts', async () => {
    const scene = await aScene(store())
    for (let round = 0; round < rounds; round++) {
      const code = await aPendingApproval(store(), scene)
      const calls = shuffled<Call>([
        ['approve', code],
        ['deny', code],
        ['approve', { ...code, id: randomUUID(), code_hash: aToken() }],
        ['deny', code],
      ])
      const counted = await race(calls)
      expect(counted.filter((each) => each === true)).toHaveLength(1)
      const request = await store().requests.find(code.request_id, now)
      expect(request?.state).toBe(calls[counted.indexOf(true)]?.[0] === 'approve' ? 'approved' : 'rejected')
    }
  })

  test('parallel changes of redirect URIs lose nothing', async () => {
    const { client } = await aScene(store(), { redirect_uris: [] })
    const uris = Array.from({ length: 30 }, (_, at) => `https://${at}.example`)
    await race(uris.map((uri) => ['addRedirectUri', { id: client.id, uri }]))
    const found = await store().clients.find(client.id)
    expect(found?.redirect_uris.toSorted()).toEqual(uris.toSorted())
  })

  test('however secrets are rotated and retired at once, one is current and at most one works beside it', async () => {
    for (let round = 0; round < rounds; round++) {
      const { client, secret } = await aScene(store())
      const made = Array.from({ length: 4 }, () => aSecret(client.id, { created_at: now + 2 }))
      const retirements = [secret, ...made].map((each): Call => ['retireSecret', each])
      await race(shuffled([...made.map((each): Call => ['rotate', each]), ...retirements]))
      const working = (await store().clients.secrets(client.id)).filter((each) => isUsable(each, now + 2))
      expect(working.filter(({ retires_at }) => retires_at === null)).toHaveLength(1)
      expect(working.length).toBeLessThanOrEqual(2)
    }
  })

  test('parallel hits are all counted, each seeing another number', async () => {
    const key = randomUUID()
    const windows = await race(Array.from({ length: 60 }, (): Call => ['hit', key]))
    const seen = windows.map((each) => (each as { hits: number }).hits).toSorted((a, b) => a - b)
    expect(seen).toEqual(Array.from({ length: 60 }, (_, at) => at + 1))
    expect(await store().limits.peek(key, now)).toStrictEqual({ hits: 60, resets_at: now + 60 })
  })

  test('of many who take one mailed token, one gets it', async () => {
    const token = {
      token_hash: aToken(),
      kind: 'user',
      purpose: 'verify_email',
      account_id: randomUUID(),
      expires_at: now + 60,
    } as const
    await store().mailTokens.add(token)
    const taken = await race(Array.from({ length: 20 }, (): Call => ['takeMailToken', token]))
    expect(taken.filter((each) => each !== undefined)).toEqual([token])
  })

  test('of many accounts with one address, one is added', async () => {
    const { email } = anAccount()
    const accounts = Array.from({ length: 20 }, () => anAccount({ email }))
    const added = await race(accounts.map((account) => ['addUser', account]))
    expect(added.filter((each) => each === true)).toHaveLength(1)
    expect(added.filter((each) => each === false)).toHaveLength(19)
    expect(await store().users.findByEmail(email)).toStrictEqual(accounts[added.indexOf(true)])
  })

  test('once a password is set, no session of the old one lives, whatever was signing in', async () => {
    const account = anAccount()
    const { id } = account
    await store().developers.add(account)
    for (let round = 0; round < rounds; round++) {
      const old = round === 0 ? password_hash : `hash ${round}`
      const sessions = Array.from({ length: 8 }, () => aSession(id))
      await race(
        shuffled<Call>([
          ['setPassword', { id, password_hash: `hash ${round + 1}` }],
          ...sessions.map((session): Call => ['addSession', { session, password_hash: old }]),
        ]),
      )
      const alive = await Promise.all(
        sessions.map(({ token_hash }) => store().sessions.find(token_hash, 'developer', now)),
      )
      expect(alive.filter((found) => found !== undefined)).toEqual([])
    }
  })

  test('of many who show one jti, one is first', async () => {
    const jti = randomUUID()
    const first = await race(Array.from({ length: 20 }, (): Call => ['mark', jti]))
    expect(first.filter((each) => each === true)).toHaveLength(1)
    expect(first.filter((each) => each === false)).toHaveLength(19)
  })

  test('token requests that are counted at the same time are all counted', async () => {
    const filed_under = randomUUID()
    const counts = ['a', 'b', 'c', 'd', 'e'].map((network, at) => ({
      filed_under,
      hour: now,
      reason: at % 2 === 0 ? 'even' : 'odd',
      network,
      requests: at + 1,
    }))
    await race(Array.from({ length: 20 }, (): Call => ['count', shuffled(counts)]))
    expect(await store().traces.counts(filed_under, now)).toEqual([
      { reason: 'even', requests: 20 * (1 + 3 + 5) },
      { reason: 'odd', requests: 20 * (2 + 4) },
    ])
  })

  test('however many trim one room at once, its newest stay and no other', async () => {
    const filed_under = randomUUID()
    const traces = Array.from({ length: 700 }, (_, at) => aFiledTrace({ filed_under, at: now + at }))
    await store().traces.addMany(traces)
    await race(Array.from({ length: 6 }, (): Call => ['trim', { filed_under, keep: 30 }]))
    const kept = await store().traces.list({ filed_under: [filed_under], since: 0 }, { limit: 1000 })
    expect(kept.map(({ at }) => at - now)).toEqual(Array.from({ length: 30 }, (_, at) => 699 - at))
  })
}

/** Five codes that can be redeemed, and what redeeming them would record. */
async function aRound(
  store: Store,
  scene: Scene,
): Promise<{ client_id: string; redemptions: readonly Redemption[] }> {
  const codes = await Promise.all(Array.from({ length: 5 }, () => anApprovedCode(store, scene)))
  return { client_id: scene.client.client_id, redemptions: codes.map((code) => aRedemption(code)) }
}

/** The code that approving a waiting request would add. */
async function aPendingApproval(store: Store, scene: Scene) {
  const request = aRequest(scene)
  await store.requests.add(request)
  return aCode(request, scene.project)
}

export async function livingKeys(store: Store, redemptions: readonly Redemption[]) {
  const found = await Promise.all(redemptions.map(({ api_key }) => store.apiKeys.findByHead(api_key.head)))
  return found.filter((key) => key !== undefined && key.revoked_at === null)
}

export function shuffled<Item>(items: readonly Item[]): readonly Item[] {
  return items
    .map((item) => ({ item, place: Math.random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item)
}
