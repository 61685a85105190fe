import { afterEach, describe, expect, test, vi } from 'vitest'
import { clientSecretJwt } from './client-auth.ts'
import { grantNeedsRefresh } from './grant.ts'
import { type RefreshOptions, refreshGrant } from './refresh-grant.ts'
import { aHalf, aSealedGrant, granted } from './testing/sealed-grant.ts'
import { type Asked, aDouble, refused } from './testing/valetkey-double.ts'

const client = { client_id: 'photos', auth: clientSecretJwt('secret') }
afterEach(() => {
  vi.restoreAllMocks()
})

describe('refreshGrant', () => {
  test('sends the half of the server, opens the keys, and keeps the half beside the new token', async () => {
    const { whole, keyless, browser_half, sealed_encryption_access } = aSealedGrant('photos')
    const [old, next] = [aHalf(), aHalf()]
    const answer = granted(keyless, { sealed_encryption_access, refresh_token: next })
    const { metadata, asked } = await aDouble({ '/oauth2/token': answer })
    const held = { access_grant: whole, refresh_token: `${old}.${browser_half}` }
    for (const grant of [held, held.refresh_token]) {
      expect(await refreshGrant(metadata, client, grant, { passphrase: 'of the user' })).toMatchObject({
        access_grant: whole,
        refresh_token: `${next}.${browser_half}`,
      })
    }
    expect(asked.map(({ form }) => form)).toEqual(
      Array(2).fill({
        grant_type: 'refresh_token',
        refresh_token: old,
        client_id: 'photos',
        client_assertion: expect.any(String),
        client_assertion_type: expect.any(String),
      }),
    )
  })

  test('sends the old access grant along for its keys when nothing was sealed, and never otherwise', async () => {
    const { metadata, asked } = await aDouble({ '/oauth2/token': granted('1new', { refresh_token: 'r2' }) })
    const grant = { access_grant: '1old', refresh_token: 'r1' }
    await refreshGrant(metadata, client, grant)
    await refreshGrant(metadata, client, 'r1')
    await refreshGrant(metadata, client, grant, { passphrase: '' })
    expect(asked.map(({ form: { access_grant, passphrase } }) => ({ access_grant, passphrase }))).toEqual([
      { access_grant: '1old' },
      {},
      { passphrase: '' },
    ])
  })

  test('asks for less when it is told to', async () => {
    const { metadata, asked } = await aDouble({ '/oauth2/token': granted('1new') })
    await refreshGrant(metadata, client, 'r1', { scope: 'read' })
    await refreshGrant(metadata, client, 'r1', { access: { actions: ['read'], bucket: 'photos' } })
    expect(asked[0]?.form).toMatchObject({ scope: 'read' })
    expect(asked[1]?.form).not.toHaveProperty('scope')
    expect(JSON.parse(asked[1]?.form.authorization_details ?? '')).toEqual([
      { type: 'storage_access', actions: ['read'], bucket: 'photos' },
    ])
  })

  test('keeps the token when the server gives no other', async () => {
    const { metadata } = await aDouble({ '/oauth2/token': granted('1new') })
    expect(await refreshGrant(metadata, client, 'r1')).toMatchObject({ refresh_token: 'r1' })
  })

  test('asks once more, with the same token and a fresh assertion, when the answer is lost', async () => {
    let lost = 0
    const answer = ({ form }: Asked) =>
      form.refresh_token === 'r1' && lost++ === 0 ? 'lost' : granted('1new', { refresh_token: 'r2' })
    const { metadata, asked } = await aDouble({ '/oauth2/token': answer })
    expect(await refreshGrant(metadata, client, 'r1')).toMatchObject({ refresh_token: 'r2' })
    expect(asked.map(({ form }) => form.refresh_token)).toEqual(['r1', 'r1'])
    expect(asked[0]?.form.client_assertion).not.toBe(asked[1]?.form.client_assertion)
  })

  test('asks no third time', async () => {
    const { metadata, asked } = await aDouble({ '/oauth2/token': () => 'lost' })
    await expect(refreshGrant(metadata, client, 'r1')).rejects.toMatchObject({
      error: 'unreachable',
      cause: expect.any(TypeError),
    })
    expect(asked).toHaveLength(2)
  })

  test('asks no second time when it would look like a theft by then', async () => {
    const begun = Date.now()
    const clock = vi.spyOn(Date, 'now')
    const { metadata, asked } = await aDouble({
      '/oauth2/token': () => {
        clock.mockReturnValue(begun + 25_000)
        return 'lost'
      },
    })
    await expect(refreshGrant(metadata, client, 'r1')).rejects.toMatchObject({ error: 'unreachable' })
    expect(asked).toHaveLength(1)
  })

  test('does not repeat what the server refused', async () => {
    const { metadata, asked } = await aDouble({ '/oauth2/token': refused('invalid_grant') })
    await expect(refreshGrant(metadata, client, 'r1')).rejects.toMatchObject({ error: 'invalid_grant' })
    expect(asked).toHaveLength(1)
  })

  test.each([
    ['a scope without words', { scope: ' ' }],
    ['a scope that is not there', { scope: undefined }],
    ['access that is not there', { access: undefined }],
    ['places that came out empty', { access: { actions: ['read'], places: [] } }],
    ['a bucket that is not there', { access: { actions: ['read'], bucket: undefined } }],
  ])('asks for nothing when it is told to ask for less and that is %s', async (_what, less) => {
    const { metadata, asked } = await aDouble()
    const unchecked: RefreshOptions = Object.assign({}, less as object)
    await expect(refreshGrant(metadata, client, 'r1', unchecked)).rejects.toThrow(RangeError)
    expect(asked).toEqual([])
  })

  test('refuses a grant that has no refresh token', async () => {
    const { metadata, asked } = await aDouble()
    await expect(refreshGrant(metadata, client, { access_grant: '1old' })).rejects.toThrow(RangeError)
    expect(asked).toEqual([])
  })
})

describe('grantNeedsRefresh', () => {
  const grant = { expires_at: 1000, refresh_token: 'r' }
  test.each([
    [false, 939, {}],
    [true, 940, {}],
    [true, 2000, {}],
    [false, 940, { withinSeconds: 10 }],
    [true, 990, { withinSeconds: 10 }],
  ])('is %s at %d with %o', (expected, now, options) => {
    expect(grantNeedsRefresh(grant, { now, ...options })).toBe(expected)
  })

  test('is false when there is nothing to refresh with', () => {
    expect(grantNeedsRefresh({ expires_at: 1000 }, { now: 2000 })).toBe(false)
  })
})
