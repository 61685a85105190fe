import { createMacaroon, effectivePermission } from '@valetkey/access-grant'
import { expect, test } from 'vitest'
import { rememberVerifiedGrants } from './verified-grants.ts'

const key = createMacaroon({ head: new Uint8Array(32), secret: new Uint8Array(32) })
const permission = effectivePermission(key)
const grantOf = (head: string) => ({ head, permission, narrowed: false })

test('the very text that was verified is found again, and no other', () => {
  const grants = rememberVerifiedGrants()
  grants.add('a grant', grantOf('00'))
  expect(grants.find('a grant')).toStrictEqual(grantOf('00'))
  expect(grants.find('a grant ')).toBeUndefined()
})

test('however many were verified, 10,000 are remembered, the newest', () => {
  const grants = rememberVerifiedGrants()
  for (let n = 0; n <= 10_000; n++) grants.add(`grant ${n}`, grantOf(String(n)))
  expect(grants.find('grant 0')).toBeUndefined()
  expect([grants.find('grant 1')?.head, grants.find('grant 10000')?.head]).toEqual(['1', '10000'])
})
