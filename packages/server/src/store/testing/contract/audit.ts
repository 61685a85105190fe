import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import type { AuditEvent } from '../../../domain/audit-event.ts'
import type { AuditFilter, AuditPlace } from '../../audit.ts'
import type { Store } from '../../store.ts'
import { aRequest, aScene, now } from '../scene.ts'

const anEvent = (over: Partial<AuditEvent> = {}): AuditEvent => ({
  id: randomUUID(),
  at: now,
  actor_kind: 'user',
  actor_id: over.user_id ?? null,
  user_id: null,
  action: 'user.signed_in',
  resource: over.user_id ?? null,
  outcome: 'success',
  network: '192.0.2.7',
  trace_id: 'aa',
  ...over,
})

export function auditPromises(store: () => Store): void {
  const add = (...events: AuditEvent[]) => store().audit.addMany(events)
  const ids = async (filter: AuditFilter, limit = 100, after?: AuditPlace) =>
    (await store().audit.log(filter, { limit, after })).map(({ id }) => id)

  test('a user is shown every event that is about them, whole and newest first, and no other', async () => {
    const [user_id, neighbour] = [randomUUID(), randomUUID()]
    const old = anEvent({ user_id, at: now - 1 })
    const tried = anEvent({ user_id, actor_kind: 'anonymous', actor_id: null, at: now + 1 })
    // Made by somebody of the same id in another table, and about nobody.
    const other = anEvent({ actor_kind: 'developer', actor_id: user_id })
    await add(old, anEvent({ user_id: neighbour }), tried, other)
    const names = { actor_name: null, app_name: null }
    expect(await store().audit.log({ user_id }, { limit: 100 })).toEqual([
      { ...tried, ...names },
      { ...old, ...names },
    ])
    expect(await store().audit.count({ user_id })).toBe(2)
    expect(await ids({ user_id: randomUUID() })).toEqual([])
    expect(await store().audit.count({ user_id: randomUUID() })).toBe(0)
  })

  test('each filter narrows the list and its count, and several narrow together', async () => {
    const user_id = randomUUID()
    const events = {
      asked: anEvent({ user_id, at: now - 3, action: 'oauth.requested', resource: 'Request%1' }),
      refused: anEvent({ user_id, at: now - 2, action: 'oauth.rejected' }),
      approved: anEvent({ user_id, at: now - 1, action: 'oauth.approved', outcome: 'failed' }),
      signed_in: anEvent({ user_id, at: now, network: '2001:db8::9' }),
    }
    await add(...Object.values(events))
    const kinds = [{ action: 'oauth.approved', outcome: 'failed' }] as const
    const rows: [filter: Omit<AuditFilter, 'user_id'>, matching: (keyof typeof events)[]][] = [
      [{}, ['signed_in', 'approved', 'refused', 'asked']],
      [{ actions: ['oauth.rejected'] }, ['refused']],
      [{ actions: ['oauth.rejected', 'oauth.approved'] }, ['approved', 'refused']],
      [{ actions: ['oauth'] }, []],
      [{ outcome: 'success' }, ['signed_in', 'refused', 'asked']],
      [{ outcome: 'failed' }, ['approved']],
      [{ outcome: 'success', actions: ['oauth.approved'] }, []],
      [{ from: now - 1 }, ['signed_in', 'approved']],
      [{ to: now - 2 }, ['refused', 'asked']],
      [{ from: now - 2, to: now - 2 }, ['refused']],
      [{ from: now, to: now - 1 }, []],
      [{ search: { text: 'quest%', kinds: [] } }, ['asked']],
      [{ search: { text: 'rEQUEST', kinds: [] } }, ['asked']],
      [{ search: { text: '2001:DB8', kinds: [] } }, ['signed_in']],
      [{ search: { text: '2001:db8', kinds } }, ['signed_in', 'approved']],
      [
        { search: { text: '2001:db8', kinds: [{ action: 'oauth.approved', outcome: 'success' }] } },
        ['signed_in'],
      ],
      [{ search: { text: '_', kinds: [] } }, []],
      [{ search: { text: '%', kinds: [] } }, ['asked']],
      [{ search: { text: '!', kinds: [] } }, []],
      [{ search: { text: '192', kinds: [] }, outcome: 'success', to: now - 3 }, ['asked']],
    ]
    for (const [filter, matching] of rows) {
      const what = JSON.stringify(filter)
      expect(await ids({ user_id, ...filter }), what).toEqual(matching.map((name) => events[name].id))
      expect(await store().audit.count({ user_id, ...filter }), what).toBe(matching.length)
    }
  })

  test('pages follow each other without gap or repetition while new events arrive, also within one second', async () => {
    const user_id = randomUUID()
    const events = Array.from({ length: 25 }, (_, at) => anEvent({ user_id, at: now + Math.floor(at / 10) }))
    await add(...events)
    const whole = await ids({ user_id })
    expect(new Set(whole)).toEqual(new Set(events.map(({ id }) => id)))

    const paged: string[] = []
    let after: AuditPlace | undefined
    do {
      const page = await store().audit.log({ user_id }, { limit: 4, after })
      paged.push(...page.map(({ id }) => id))
      after = page.at(-1)
      await add(anEvent({ user_id, at: now + 3 }), anEvent({ user_id, at: now + 4 }))
    } while (after !== undefined)
    expect(paged).toEqual(whole)
    expect(await store().audit.count({ user_id })).toBe(25 + 2 * 8)
  })

  test('an event names the client that acted and the one it is about, deleted ones too, and finds them by it', async () => {
    const scene = await aScene(store(), { name: 'Fotos 100 %' })
    const other = await aScene(store(), { name: 'Other' })
    const user_id = scene.user.id
    const request = aRequest(scene)
    await store().requests.add(request)
    await store().clients.setState(scene.client.id, 'deleted', now)
    const { client_id } = scene.client
    const asked = anEvent({ user_id, at: now, action: 'oauth.requested', resource: request.id })
    const redeemed = {
      user_id,
      action: 'oauth.redeemed',
      resource: request.id,
      actor_kind: 'client',
    } as const
    const own = anEvent({ ...redeemed, at: now + 1, actor_id: client_id })
    const foreign = anEvent({ ...redeemed, at: now + 2, actor_id: other.client.client_id, outcome: 'failed' })
    const ended = anEvent({ user_id, at: now + 3, action: 'access.revoked', resource: client_id })
    await add(asked, own, foreign, ended)

    const named = await store().audit.log({ user_id }, { limit: 100 })
    expect(named.map(({ actor_name, app_name }) => [actor_name, app_name])).toEqual([
      [null, 'Fotos 100 %'],
      ['Other', 'Fotos 100 %'],
      ['Fotos 100 %', 'Fotos 100 %'],
      [null, 'Fotos 100 %'],
    ])
    expect(await ids({ user_id, search: { text: 'fotos 100 %', kinds: [] } })).toHaveLength(4)
    expect(await ids({ user_id, search: { text: 'other', kinds: [] } })).toEqual([foreign.id])
  })

  test("it names no client to somebody who tried in vain, and none of another user's request", async () => {
    const scene = await aScene(store())
    const user_id = randomUUID()
    const request = aRequest(scene)
    await store().requests.add(request)
    const action = 'access.revoked'
    await add(
      anEvent({ user_id, action, resource: scene.client.client_id, outcome: 'failed' }),
      anEvent({ user_id, action, resource: request.id }),
    )
    for (const { app_name } of await store().audit.log({ user_id }, { limit: 100 }))
      expect(app_name).toBeNull()
  })

  const hostile = ['\0', 'a\0b', '\ud800', "' or 1=1 --", '\\', 'x'.repeat(10_000), '\u202e💥']
  test.each(hostile.map((text) => [text]))('hostile text finds nothing and breaks nothing', async (text) => {
    const user_id = randomUUID()
    const event = anEvent({ user_id })
    await add(event)
    expect(await ids({ user_id, search: { text, kinds: [] } })).toEqual([])
    expect(await store().audit.count({ user_id, actions: [text] })).toBe(0)
    expect(await ids({ user_id }, 100, { at: now + 1, id: text })).toEqual([event.id])
  })
}
