import { expect, test } from 'vitest'
import type { PolledDevice } from '../../devices.ts'
import type { Store } from '../../store.ts'
import type { Call } from '../actions.ts'
import {
  aDevice,
  anApprovedCode,
  aPushedRequest,
  aRefreshableGrant,
  aRefreshableRedemption,
  aRefreshToken,
  aRequestOfDevice,
  aScene,
  now,
} from '../scene.ts'
import { type Race, rounds, shuffled } from './races.ts'

/** Races over what only the standard dialect has. */
export function standardRacePromises(store: () => Store, race: Race): void {
  const read = (token_hash: string) => store().refreshTokens.read(token_hash)

  test('of twenty who refresh with one token at once, exactly one gets a successor', async () => {
    const { refresh, grant } = await aRefreshableGrant(store(), await aScene(store()))
    const { token_hash } = refresh.token
    const successors = Array.from({ length: 20 }, () => aRefreshToken(grant.id))
    const won = await race(successors.map((successor) => ['refresh', { token_hash, successor }]))
    expect(won.filter((each) => each === true)).toHaveLength(1)
    expect(won.filter((each) => each === false)).toHaveLength(19)
    const found = await Promise.all(successors.map((successor) => read(successor.token_hash)))
    expect(found.flatMap((each) => each?.token ?? [])).toEqual([successors[won.indexOf(true)]])
  })

  test('of twenty who redeem one code for refresh tokens at once, one begins a family', async () => {
    const code = await anApprovedCode(store(), await aScene(store()))
    const redemptions = Array.from({ length: 20 }, () => aRefreshableRedemption(code))
    const won = await race(redemptions.map((redemption) => ['redeem', redemption]))
    expect(won.filter((each) => each === true)).toHaveLength(1)
    const found = await Promise.all(redemptions.map(({ refresh }) => read(refresh.token.token_hash)))
    expect(found.flatMap((each) => each?.grant ?? [])).toEqual([redemptions[won.indexOf(true)]?.grant])
  })

  test('once access has ended, no refresh token of it is good and no sealed key is left, whatever was under way', async () => {
    const scene = await aScene(store())
    const { id, client_id } = scene.client
    for (let round = 0; round < rounds; round++) {
      await store().clients.setState(id, 'active', now)
      const granted = await aRefreshableGrant(store(), scene)
      const redemption = aRefreshableRedemption(await anApprovedCode(store(), scene))
      const [first, second] = [aRefreshToken(granted.grant.id), aRefreshToken(granted.grant.id)]
      const ends: readonly Call[] = [
        ['revokeGrant', granted.grant.id],
        ['revokeApp', { user_id: scene.user.id, client_id }],
        ['setState', { id, state: 'inactive' }],
      ]
      // One way to end it at a time, and then all of them.
      const ending = round % 4 === 3 ? ends : [ends[round % 4] as Call]
      const { token_hash } = granted.refresh.token
      await race(
        shuffled<Call>([
          ...ending,
          ['refresh', { token_hash, successor: first }],
          ['refresh', { token_hash, successor: second }],
          ['redeem', redemption],
        ]),
      )
      const revokedAlone = round % 4 === 0
      const ended = [granted.refresh.token, first, second]
      for (const each of revokedAlone ? ended : [...ended, redemption.refresh.token]) {
        const found = await read(each.token_hash)
        if (found === undefined) continue
        expect(found.grant.state).toBe('revoked')
        expect(found.family.sealed_encryption_access).toBeNull()
        expect(found.api_key.revoked_at).toBe(now)
        const late = aRefreshToken(each.grant_id)
        expect(await store().refreshTokens.rotate(each.token_hash, late, now)).toBe(false)
      }
    }
  })

  test('a code is either redeemed or burned', async () => {
    const scene = await aScene(store())
    for (let round = 0; round < rounds; round++) {
      const code = await anApprovedCode(store(), scene)
      const redemption = aRefreshableRedemption(code)
      const calls = shuffled<Call>([
        ['redeem', redemption],
        ['burn', code.id],
      ])
      const redeemed = (await race(calls)).includes(true)
      const { code: after } = await store().codes.read('', code.code_hash, now)
      expect([after?.spent_at, after?.revoked_at]).toEqual(redeemed ? [now, null] : [null, now])
      expect((await store().grants.find(redemption.grant.id)) !== undefined).toBe(redeemed)
    }
  })

  test('of twenty who take one pushed request at once, one gets it', async () => {
    const pushed = aPushedRequest('client')
    await store().pushedRequests.add(pushed)
    const taken = await race(Array.from({ length: 20 }, (): Call => ['takePushed', pushed]))
    expect(taken.filter((each) => each !== undefined)).toEqual([pushed])
  })

  test('of many users who enter the code of one device at once, one has it', async () => {
    const scene = await aScene(store())
    const { user } = await aScene(store())
    for (let round = 0; round < rounds; round++) {
      const device = aDevice(scene.client.client_id)
      const hash = device.device_code_hash
      await store().devices.add(device)
      const requests = Array.from({ length: 6 }, (_, at) =>
        aRequestOfDevice(at % 2 === 0 ? scene : { ...scene, user }, device),
      )
      const claimed = await race(requests.map((request) => ['claim', { hash, request }]))
      expect(claimed.filter((each) => each === true)).toHaveLength(1)
      const winner = requests[claimed.indexOf(true)]
      expect(await store().devices.find(hash)).toMatchObject({ request_id: winner?.id })
      const added = await Promise.all(requests.map(({ id }) => store().requests.find(id, now)))
      expect(added.filter((each) => each !== undefined)).toEqual([winner])
    }
  })

  test('of many polls at once, one is in time and each of the others slows the next', async () => {
    const device = aDevice('client')
    await store().devices.add(device)
    const call: Call = ['poll', { hash: device.device_code_hash, client_id: device.client_id }]
    const polls = (await race(Array.from({ length: 10 }, () => call))) as readonly PolledDevice[]
    expect(polls.filter((each) => !each.device.too_fast)).toHaveLength(1)
    const intervals = polls.map((each) => each.device.interval_seconds).toSorted((a, b) => a - b)
    expect(intervals).toEqual(Array.from({ length: 10 }, (_, at) => 5 + 5 * at))
  })
}
