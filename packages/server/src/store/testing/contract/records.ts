import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import type { AuditEvent } from '../../../domain/audit-event.ts'
import type { Store } from '../../store.ts'
import { aFiledTrace, anAccount, anApprovedCode, aRequest, aScene, aSession, now } from '../scene.ts'

export function recordPromises(store: () => Store): void {
  test('the store is ready once it is open', async () => {
    await expect(store().ready()).resolves.toBeUndefined()
  })

  test('a jti is new once per client', async () => {
    const [one, other] = [randomUUID(), randomUUID()]
    expect(await store().replays.mark(one, 'jti', now + 60)).toBe(true)
    expect(await store().replays.mark(one, 'jti', now + 60)).toBe(false)
    expect(await store().replays.mark(other, 'jti', now + 60)).toBe(true)
    expect(await store().replays.mark(one, 'jti2', now + 60)).toBe(true)
  })

  test('looking whether a jti was seen does not mark it', async () => {
    const [one, other] = [randomUUID(), randomUUID()]
    expect(await store().replays.seen(one, 'jti')).toBe(false)
    expect(await store().replays.mark(one, 'jti', now + 60)).toBe(true)
    expect(await store().replays.seen(one, 'jti')).toBe(true)
    expect(await store().replays.seen(other, 'jti')).toBe(false)
  })

  test('an audit event is taken once', async () => {
    const event: AuditEvent = {
      id: randomUUID(),
      at: now,
      actor_kind: 'anonymous',
      actor_id: null,
      user_id: null,
      action: 'client.secret_rotated',
      resource: null,
      outcome: 'failed',
      network: '127.0.0.1',
      trace_id: 'aa',
    }
    await store().audit.addMany([event, { ...event, id: randomUUID() }, { ...event, id: randomUUID() }])
    await expect(store().audit.addMany([event])).rejects.toThrow()
  })

  test('a limit window begins with its first hit and begins anew after its end', async () => {
    const key = randomUUID()
    expect(await store().limits.peek(key, now)).toBeUndefined()
    expect(await store().limits.hit(key, 60, now)).toStrictEqual({ hits: 1, resets_at: now + 60 })
    expect(await store().limits.hit(key, 60, now + 59)).toStrictEqual({ hits: 2, resets_at: now + 60 })
    expect(await store().limits.peek(key, now + 59)).toStrictEqual({ hits: 2, resets_at: now + 60 })
    await store().limits.giveBack(key)
    expect(await store().limits.peek(key, now + 59)).toStrictEqual({ hits: 1, resets_at: now + 60 })
    await store().limits.giveBack(key)
    await store().limits.giveBack(key)
    expect(await store().limits.peek(key, now + 59)).toStrictEqual({ hits: 0, resets_at: now + 60 })
    expect(await store().limits.peek(key, now + 60)).toBeUndefined()
    expect(await store().limits.hit(key, 10, now + 60)).toStrictEqual({ hits: 1, resets_at: now + 70 })
    await store().limits.forget(key)
    expect(await store().limits.peek(key, now + 60)).toBeUndefined()
  })

  test('many hits of many keys are counted at once, each in its own window', async () => {
    const [a, b, c] = [randomUUID(), randomUUID(), randomUUID()]
    await store().limits.hit(a, 60, now)
    await store().limits.hit(b, 30, now)
    const counts = [
      { key: c, hits: 7, windowSeconds: 90 },
      { key: a, hits: 4, windowSeconds: 60 },
      { key: b, hits: 2, windowSeconds: 30 },
    ]
    expect(await store().limits.addMany(counts, now + 30)).toEqual([
      { hits: 7, resets_at: now + 120 },
      { hits: 5, resets_at: now + 60 },
      { hits: 2, resets_at: now + 60 },
    ])
    expect(await store().limits.addMany([], now)).toEqual([])
    const many = Array.from({ length: 1000 }, () => ({ key: randomUUID(), hits: 1, windowSeconds: 60 }))
    expect(await store().limits.addMany(many, now)).toHaveLength(1000)
  })

  test('a limit window begun by a clock that was a day ahead does not last a day', async () => {
    const key = randomUUID()
    expect(await store().limits.hit(key, 60, now + 86_400)).toMatchObject({ hits: 1 })
    expect(await store().limits.hit(key, 60, now)).toStrictEqual({ hits: 1, resets_at: now + 60 })
    // Servers whose clocks differ a little share their windows.
    expect(await store().limits.hit(key, 60, now - 50)).toStrictEqual({ hits: 2, resets_at: now + 60 })
    const counted = { key: randomUUID(), hits: 3, windowSeconds: 60 }
    await store().limits.addMany([counted], now + 86_400)
    expect(await store().limits.addMany([counted], now)).toEqual([{ hits: 3, resets_at: now + 60 }])
  })

  const hostile = ['\0', 'a\0b', '\ud800', "' or 1=1 --", '%', 'x'.repeat(100_000), '\u202e💥']
  test.each(hostile.map((text) => [text]))('hostile text finds nothing and breaks nothing', async (text) => {
    expect(await store().codes.read(text, text, now)).toMatchObject({ client: undefined, code: undefined })
    expect(await store().clients.findByClientId(text)).toBeUndefined()
    expect(await store().users.findByEmail(text)).toBeUndefined()
    expect(await store().sessions.find(text, 'user', now)).toBeUndefined()
    expect(await store().requests.find(text, now)).toBeUndefined()
    expect(await store().apiKeys.findByHead(text)).toBeUndefined()
    expect(await store().traces.find(text)).toBeUndefined()
    expect(await store().clients.known([text])).toEqual(new Set())
    expect(await store().requests.withChallenge(text, text)).toBeUndefined()
    expect(await store().requests.challengeUsed(text, text, now)).toBe(false)
    expect(await store().clients.toAuthenticate(text, now)).toEqual({ client: undefined, secrets: [] })
    expect(await store().apiKeys.withGrant(text)).toBeUndefined()
    expect(await store().refreshTokens.read(text)).toBeUndefined()
    expect(await store().pushedRequests.open(text, text, now, now)).toBeUndefined()
    expect(await store().pushedRequests.take(text, text, now)).toBeUndefined()
    expect(await store().devices.findByUserCode(text, now)).toBeUndefined()
    expect(await store().devices.poll(text, text, now)).toBeUndefined()
    expect(await store().replays.seen(text, text)).toBe(false)
    expect(await store().replays.mark(text, text, now)).toBe(true)
    expect(await store().limits.hit(text, 60, now)).toMatchObject({ hits: 1 })
    const trace = aFiledTrace({ client_id: text, request: { user_agent: text } })
    await store().traces.addMany([trace])
    expect((await store().traces.find(trace.trace_id))?.request).toEqual(trace.request)
  })

  test('a sweep removes what is over, in bites, and leaves what is not', async () => {
    // Long before everything else in this contract, so that only these rows are over.
    const then = now - 10 * 365 * 86_400
    const month = 30 * 86_400
    const account = anAccount()
    await store().developers.add(account)
    const alive = aSession(account.id, { expires_at: then + 1 })
    for (const expires_at of [then, then - 1, then - 2])
      await store().sessions.add(aSession(account.id, { expires_at }), account.password_hash)
    await store().sessions.add(alive, account.password_hash)
    await store().mailTokens.add({
      token_hash: randomUUID(),
      kind: 'user',
      purpose: 'verify_email',
      account_id: 'a',
      expires_at: then,
    })
    await store().replays.mark('client', 'over', then - 3600)
    // A server whose clock is behind still has to know it.
    await store().replays.mark('client', 'just over', then)
    await store().limits.hit('over', 1, then - 1)
    const [old, young] = [aFiledTrace({ at: then - month }), aFiledTrace({ at: then - month + 1 })]
    await store().traces.addMany([old, young])
    const hour = then - month
    const count = { filed_under: randomUUID(), reason: '', network: '', requests: 1 }
    await store().traces.count([
      { ...count, hour },
      { ...count, hour: hour - 3600 },
      { ...count, hour: hour + 1, requests: 7 },
    ])
    const scene = await aScene(store())
    const code = await anApprovedCode(store(), scene)
    const forgotten = aRequest(scene, { created_at: then - 2 * month, expires_at: then - 2 * month + 600 })
    await store().requests.add(forgotten)

    expect(await store().sweep(then, 2)).toBe(8)
    expect(await store().sweep(then, 2)).toBe(1)
    expect(await store().sweep(then)).toBe(0)

    expect(await store().sessions.find(alive.token_hash, 'developer', then)).toBeDefined()
    expect(await store().traces.find(old.trace_id)).toBeUndefined()
    expect(await store().traces.find(young.trace_id)).toBeDefined()
    expect(await store().traces.counts(count.filed_under, 0)).toEqual([{ reason: '', requests: 7 }])
    expect(await store().replays.mark('client', 'over', then)).toBe(true)
    expect(await store().replays.mark('client', 'just over', then)).toBe(false)
    expect(await store().requests.find(forgotten.id, now)).toMatchObject({ state: 'expired' })
    expect((await store().codes.read('', code.code_hash, now)).code).toStrictEqual(code)
  })

  test('a code is swept a month after it was made', async () => {
    const scene = await aScene(store())
    const then = now - 9 * 365 * 86_400
    const code = await anApprovedCode(store(), scene, {}, { created_at: then - 30 * 86_400 })
    await store().sweep(then - 1)
    expect((await store().codes.read('', code.code_hash, now)).code).toBeDefined()
    await store().sweep(then)
    expect((await store().codes.read('', code.code_hash, now)).code).toBeUndefined()
  })
}
