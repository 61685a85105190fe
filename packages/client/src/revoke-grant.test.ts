import { expect, test } from 'vitest'
import { noAuth } from './client-auth.ts'
import { revokeGrant } from './revoke-grant.ts'
import { aHalf, aSealedGrant } from './testing/sealed-grant.ts'
import { aDouble, refused } from './testing/valetkey-double.ts'

const client = { client_id: 'photos', auth: noAuth() }
const { whole, keyless, browser_half } = aSealedGrant('photos')
const server_half = aHalf()

test.each([
  ['of a refresh token the half of the server', `${server_half}.${browser_half}`, server_half],
  ['a refresh token without a second half as it is', server_half, server_half],
  ['of an access grant everything but its keys', whole, keyless],
  [
    'of a grant the refresh token',
    { access_grant: whole, refresh_token: `${server_half}.${browser_half}` },
    server_half,
  ],
  ['of a grant without one the access grant', { access_grant: whole }, keyless],
])('revoking sends %s', async (_what, grant, token) => {
  const { metadata, asked } = await aDouble({ '/oauth2/revoke': { body: '' } })
  await revokeGrant(metadata, client, grant)
  expect(asked).toMatchObject([{ path: '/oauth2/revoke', form: { token, client_id: 'photos' } }])
})

test('a refusal is told, and so is a server that cannot revoke', async () => {
  const { metadata } = await aDouble({ '/oauth2/revoke': refused('invalid_client', 401) })
  await expect(revokeGrant(metadata, client, whole)).rejects.toMatchObject({ error: 'invalid_client' })
  const { revocation_endpoint: _, ...without } = metadata
  await expect(revokeGrant(without, client, whole)).rejects.toMatchObject({ error: 'endpoint_missing' })
})
