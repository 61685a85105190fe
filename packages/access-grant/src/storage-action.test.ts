import { expect, test } from 'vitest'
import { fullPermission, noPermission, permissionFlags } from './permission.ts'
import { actionsLeft, permissionForActions } from './storage-action.ts'

const all = ['read', 'write', 'list', 'delete', 'lock'] as const

test('an action is left when all of its rights are, and only then', () => {
  expect(actionsLeft(all, fullPermission)).toEqual(all)
  expect(actionsLeft(all, noPermission)).toEqual([])
  expect(actionsLeft(all, permissionForActions(['read', 'lock']))).toEqual(['read', 'lock'])
  const withoutHold = { ...fullPermission, allow_get_object_legal_hold: false }
  expect(actionsLeft(all, withoutHold)).toEqual(['read', 'write', 'list', 'delete'])
})

test('all actions together leave out what nobody agrees to', () => {
  const allowed = permissionForActions(all)
  expect(permissionFlags.filter((flag) => !allowed[flag])).toEqual([
    'allow_bypass_governance_retention',
    'allow_put_bucket_notification_configuration',
    'allow_get_bucket_notification_configuration',
  ])
})
