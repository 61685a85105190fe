import { expect, test } from 'vitest'
import type { Store } from '../../store.ts'
import type { Call } from '../actions.ts'
import {
  aClient,
  aCode,
  aGrant,
  anApprovedCode,
  approval,
  aRedemption,
  aRequest,
  aScene,
  now,
  type Scene,
} from '../scene.ts'
import { livingKeys, type Race, shuffled } from './races.ts'

const rounds = 8

/** What holds when the operator suspends or deletes while others go on. */
export function suspensionRacePromises(store: () => Store, race: Race): void {
  const redemptionsOf = async (scene: Scene, many = 8) =>
    (await Promise.all(Array.from({ length: many }, () => anApprovedCode(store(), scene)))).map((code) =>
      aRedemption(code),
    )
  const redeem = (redemptions: readonly ReturnType<typeof aRedemption>[]) =>
    redemptions.map((each): Call => ['redeem', each])

  test.each(['client', 'developer', 'user'] as const)(
    'once a %s is suspended and its access ended, nothing lives, whatever was being redeemed',
    async (what) => {
      const scene = await aScene(store())
      for (let round = 0; round < rounds; round++) {
        const redemptions = await redemptionsOf(scene)
        const suspend: Call =
          what === 'client'
            ? ['suspendClient', { id: scene.client.id, end_access: true }]
            : ['suspendAccount', { kind: what, id: scene[what].id, end_access: true }]
        await race(shuffled([suspend, ...redeem(redemptions)]))
        expect(await livingKeys(store(), redemptions)).toEqual([])
        const resume: Call =
          what === 'client'
            ? ['resumeClient', scene.client.id]
            : ['resumeAccount', { kind: what, id: scene[what].id }]
        expect(await race([resume])).toEqual([true])
        // What was stopped stays so.
        const late = await Promise.all(redemptions.map((each) => store().codes.redeem(each)))
        expect(late).not.toContain(true)
      }
    },
  )

  test('suspended without an end of access, what was redeemed in time lives, and nothing is redeemed after', async () => {
    const scene = await aScene(store())
    for (let round = 0; round < rounds; round++) {
      const redemptions = await redemptionsOf(scene)
      const won = await race([
        ...redeem(redemptions),
        ['suspendClient', { id: scene.client.id, end_access: false }],
      ])
      expect(await livingKeys(store(), redemptions)).toHaveLength(won.filter((each) => each === true).length)
      const late = await Promise.all(redemptions.map((each) => store().codes.redeem(each)))
      expect(late).not.toContain(true)
      await store().administration.resumeClient(scene.client.id, now)
    }
  })

  test('nothing is approved in the name of a suspended user, and no request begins', async () => {
    const scene = await aScene(store())
    const asked = aRequest(scene)
    await store().requests.add(asked)
    await store().administration.suspendAccount('user', scene.user.id, { end_access: false }, now)
    // As by a request that was under way: nobody who asks anew gets this far.
    const code = aCode(asked, scene.project)
    expect(await store().requests.decide(asked.id, scene.user.id, approval, code, now)).toBe(false)
    expect(await store().requests.add(aRequest(scene))).toBe(false)
  })

  test('a client that is registered while its developer is suspended is suspended with them, or not registered', async () => {
    for (let round = 0; round < rounds; round++) {
      const scene = await aScene(store())
      const fresh = Array.from({ length: 4 }, () => aClient(scene.developer.id))
      const [, ...added] = await race([
        ['suspendAccount', { kind: 'developer', id: scene.developer.id, end_access: false }],
        ...fresh.map((client): Call => ['addClient', client]),
      ])
      const states = await Promise.all(fresh.map(({ id }) => store().clients.find(id)))
      states.forEach((client, at) => {
        expect(client?.state).toBe(added[at] === true ? 'suspended' : undefined)
      })
    }
  })

  test('whoever suspends, resumes, switches, deletes and redeems at once: nobody waits for ever, and the end is the end', async () => {
    for (let round = 0; round < rounds; round++) {
      const scene = await aScene(store())
      const { id, client_id } = scene.client
      const redemptions = await redemptionsOf(scene)
      const { api_key } = await aGrant(store(), scene)
      const developer = { kind: 'developer' as const, id: scene.developer.id }
      await race(
        shuffled<Call>([
          ['suspendAccount', { ...developer, end_access: true }],
          ['suspendClient', { id, end_access: true }],
          ['resumeClient', id],
          ['resumeAccount', developer],
          ['setState', { id, state: 'inactive' }],
          ['setState', { id, state: 'active' }],
          ['revokeApp', { user_id: scene.user.id, client_id }],
          ['closeAccount', developer],
          ['closeAccount', { kind: 'user', id: scene.user.id }],
          ['addClient', aClient(scene.developer.id)],
          ...redeem(redemptions),
        ]),
      )
      // A suspension that came before the deletion may have been undone after it: the deletion is finished all the same.
      await store().sweep(now)
      expect((await store().developers.find(scene.developer.id))?.state).toBe('deleted')
      expect((await store().users.find(scene.user.id))?.state).toBe('deleted')
      expect(await store().clients.list(scene.developer.id)).toEqual([])
      expect(await livingKeys(store(), redemptions)).toEqual([])
      expect((await store().apiKeys.findByHead(api_key.head))?.revoked_at).not.toBeNull()
    }
  })
}
