import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Person, signedInPerson } from '../testing/people.ts'
import { type RefusalScene, refusalScene } from '../testing/refusal-scene.ts'
import { anotherClient, listed, lookUp, traced } from '../testing/token-requests.ts'

let scene: RefusalScene
let other: Person
beforeEach(async () => {
  scene = await refusalScene()
  other = await signedInPerson(scene.deps, 'developer', 'Eve Example')
})
afterEach(() => scene.close())

const clientOf = (developer: Person, form?: object) => anotherClient(scene, developer, form)
const forged = 'a key that is no secret of this client'
const wrongKey = async (claims: object = {}) => ({ client_secret: await scene.jwt(claims, forged) })
/** A request whose JWT and parameter name this client, which nobody has. */
const naming = async (client_id: string) => ({ client_id, ...(await wrongKey({ client_id })) })

describe('the list', () => {
  test('has the requests of my clients alone, newest first, in the words of the look-up', async () => {
    const theirs = await clientOf(other)
    const second = await clientOf(scene.developer, { name: 'Second' })
    const sent: string[] = []
    for (const change of [
      { code: await scene.code() },
      await wrongKey(),
      { client_id: second.client_id },
      { code: undefined },
      { redirect_uri: 'https://photos.example/callback/', code: await scene.code() },
    ]) {
      sent.unshift(await traced(scene, change))
      scene.deps.clock.advance(1)
    }
    await traced(scene, await naming('nobody'))
    const foreign = await traced(scene, { client_id: theirs.client_id })

    const { body } = await listed(scene)
    expect(body.next_cursor).toBe(null)
    expect(body.token_requests.map(({ trace_id }: { trace_id: string }) => trace_id)).toEqual(sent)
    for (const summary of body.token_requests) {
      const { grant_id: _, request: __, explanation, ...rest } = (await lookUp(scene, summary.trace_id)).body
      expect(rest).toEqual(summary)
      const first = explanation.steps.find(({ step }: { step: string }) => step === explanation.first_failure)
      expect([first?.findings[0].cause ?? null, first?.findings[0].means ?? null]).toEqual([
        summary.cause,
        summary.means,
      ])
    }
    const seen = await listed(scene, {}, other)
    expect(seen.body.token_requests).toMatchObject([{ trace_id: foreign, client_name: 'Photos' }])
  })

  test('is filtered by client, outcome, reason and time, and by several of them', async () => {
    const second = await clientOf(scene.developer, { name: 'Second' })
    const granted = await traced(scene, { code: await scene.code() })
    scene.deps.clock.advance(60)
    const refused = await traced(scene, await wrongKey())
    scene.deps.clock.advance(60)
    const unread = await traced(scene, { client_id: second.client_id, client_secret: 'x' })
    const found = async (query: object) =>
      (await listed(scene, query)).body.token_requests.map(({ trace_id }: { trace_id: string }) => trace_id)
    expect(await found({ client_id: scene.client.client_id })).toEqual([refused, granted])
    expect(await found({ client_id: second.client_id })).toEqual([unread])
    expect(await found({ outcome: 'granted' })).toEqual([granted])
    expect(await found({ outcome: 'refused' })).toEqual([unread, refused])
    expect(await found({ outcome: 'failed' })).toEqual([])
    expect(await found({ reason: 'signature_wrong' })).toEqual([refused])
    const misspelt = [{ reason: "x' or 1=1 --" }, { reason: 'secret_hashed' }, { cause: 'secret_hashed' }]
    for (const query of misspelt) expect((await listed(scene, query)).status).toBe(400)
    expect(await found({ from: '2026-03-01T12:01:00Z' })).toEqual([unread, refused])
    expect(await found({ to: '2026-03-01T12:01:00Z' })).toEqual([refused, granted])
    expect(await found({ from: '2026-03-01T13:01:00+01:00', to: '2026-03-01T12:01:00Z' })).toEqual([refused])
    expect(await found({ outcome: 'refused', client_id: scene.client.client_id })).toEqual([refused])
    expect(
      await found({ client_id: '', outcome: '', reason: '', from: '', limit: '', cursor: '' }),
    ).toHaveLength(3)
    const theirs = await clientOf(other)
    await traced(scene, { client_id: theirs.client_id })
    for (const client_id of [theirs.client_id, 'nobody', scene.client.id])
      expect(await found({ client_id })).toEqual([])
  })

  test('is paged without gap or repetition while new ones come, several within one second', async () => {
    const sent: string[] = []
    for (let i = 0; i < 12; i++) {
      sent.push(await traced(scene, await wrongKey()))
      if (i % 4 === 3) scene.deps.clock.advance(1)
    }
    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const { body } = await listed(scene, { limit: '5', cursor })
      seen.push(...body.token_requests.map(({ trace_id }: { trace_id: string }) => trace_id))
      cursor = body.next_cursor
      scene.deps.clock.advance(1)
      await traced(scene, await wrongKey())
    }
    expect(seen).toHaveLength(12)
    expect(new Set(seen)).toEqual(new Set(sent))
    expect(new Set(seen.slice(0, 4))).toEqual(new Set(sent.slice(8)))
  })

  test.each([
    { cursor: 'x' },
    { cursor: Buffer.from('1.2').toString('base64url') },
    { cursor: Buffer.from(`-1.${'a'.repeat(32)}`).toString('base64url') },
    { cursor: Buffer.from(`1.${'A'.repeat(32)}`).toString('base64url') },
    { cursor: 'y'.repeat(257) },
    { limit: '0' },
    { limit: '101' },
    { limit: '-1' },
    { limit: '1.5' },
    { limit: '1e1' },
    { limit: 'all' },
    { outcome: 'GRANTED' },
    { from: 'yesterday' },
    { to: '1770000000' },
    { reason: 'r'.repeat(65) },
    { client_id: 'c'.repeat(257) },
  ])('%j is refused', async (query) => {
    const { status, body } = await listed(scene, query)
    expect([status, body.error]).toEqual([400, 'invalid_request'])
  })
})
