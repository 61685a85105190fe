import { describe, expect, test } from 'vitest'
import { metadataOf, typeForUris, usualKind, waysOf } from './client-kind.ts'

const uris = ['https://app.example/cb']
const device = 'urn:ietf:params:oauth:grant-type:device_code'

test('a server keeps a secret, and nothing else does', () => {
  expect(metadataOf(usualKind, uris)).toEqual({
    token_endpoint_auth_method: 'client_secret_jwt',
    application_type: 'web',
    grant_types: ['authorization_code'],
  })
  for (const type of ['native', 'browser'] as const)
    expect(metadataOf({ ...usualKind, type }, uris)).toMatchObject({
      token_endpoint_auth_method: 'none',
      application_type: type,
    })
})

describe('what it may do', () => {
  test.each([
    [{ refreshes: true, devices: false }, uris, ['authorization_code', 'refresh_token']],
    [{ refreshes: true, devices: true }, uris, ['authorization_code', 'refresh_token', device]],
    [{ refreshes: false, devices: true }, [], [device]],
    [{ refreshes: false, devices: false }, [], ['authorization_code']],
  ] as const)('%j with %j is %j, and back', (ways, redirect_uris, grant_types) => {
    expect(metadataOf({ type: 'native', ...ways }, redirect_uris).grant_types).toEqual(grant_types)
    expect(waysOf({ grant_types: [...grant_types] })).toEqual(ways)
  })
})

test('redirect URIs are judged by the type, but for what the StorX dialect registered', () => {
  expect(typeForUris({ application_type: 'web', storx_profile: true })).toBeUndefined()
  expect(typeForUris({ application_type: 'web', storx_profile: false })).toBe('web')
  expect(typeForUris({ application_type: 'browser', storx_profile: false })).toBe('browser')
})
