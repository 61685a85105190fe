import { expect, test } from 'vitest'
import type { SealedText } from '../../../domain/sealed-text.ts'
import type { Store } from '../../store.ts'
import { aGrant, aScene } from '../scene.ts'

export function sealedPromises(store: () => Store): void {
  const all = async (purpose: SealedText['purpose']) => {
    const texts: SealedText[] = []
    for (;;) {
      const page = await store().sealed.read(purpose, texts.at(-1)?.row_id ?? '', 7)
      texts.push(...page)
      if (page.length < 7) return texts
    }
  }

  test('every secret and every API key is read once, page by page, and the first and last are the ends', async () => {
    const scene = await aScene(store())
    const { api_key } = await aGrant(store(), scene)
    const [secrets, keys] = [await all('client-secret'), await all('api-key')]
    const { id, sealed_secret } = scene.secret
    expect(secrets).toContainEqual({ purpose: 'client-secret', row_id: id, sealed: sealed_secret })
    expect(keys).toContainEqual({ purpose: 'api-key', row_id: api_key.id, sealed: api_key.sealed_secret })
    expect(new Set(keys.map(({ row_id }) => row_id)).size).toBe(keys.length)
    const ends = [secrets[0], secrets.at(-1), keys[0], keys.at(-1)]
    expect(await store().sealed.ends()).toEqual(ends)
  })

  test('a text is replaced only if it is as it was read', async () => {
    const [one, other] = [(await aScene(store())).secret, (await aScene(store())).secret]
    const changes = [
      { row_id: one.id, from: one.sealed_secret, to: 'v1.new' },
      { row_id: other.id, from: 'something else', to: 'v1.new' },
      { row_id: 'nobody', from: 'x', to: 'v1.new' },
    ]
    expect(await store().sealed.replace('client-secret', changes)).toBe(1)
    const texts = new Map((await all('client-secret')).map(({ row_id, sealed }) => [row_id, sealed]))
    expect([texts.get(one.id), texts.get(other.id)]).toEqual(['v1.new', other.sealed_secret])
    expect(await store().sealed.replace('client-secret', [])).toBe(0)
  })
}
