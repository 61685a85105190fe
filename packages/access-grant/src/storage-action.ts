import { noPermission, type Permission, type PermissionFlag } from './permission.ts'

/** What people agree to, each a bundle of rights. */
export type StorageAction = 'read' | 'write' | 'list' | 'delete' | 'lock'

/**
 * What each lets through. Every other right that the caveat format knows stays refused, bypassing governance retention
 * and bucket notifications among them: no action stands for those.
 */
const flagsOf: Readonly<Record<StorageAction, readonly PermissionFlag[]>> = {
  read: ['allow_download'],
  write: ['allow_upload'],
  list: ['allow_list'],
  delete: ['allow_delete'],
  lock: [
    'allow_lock',
    'allow_put_object_retention',
    'allow_get_object_retention',
    'allow_put_object_legal_hold',
    'allow_get_object_legal_hold',
    'allow_put_bucket_object_lock_configuration',
    'allow_get_bucket_object_lock_configuration',
  ],
}

/** These actions and no others, at any time. */
export function permissionForActions(actions: readonly StorageAction[]): Permission {
  const permission: { -readonly [flag in PermissionFlag]: boolean } = { ...noPermission }
  for (const action of actions) for (const flag of flagsOf[action]) permission[flag] = true
  return permission
}

/** Those of the actions whose every right the permission leaves. */
export const actionsLeft = <Action extends StorageAction>(
  actions: readonly Action[],
  permission: Permission,
): readonly Action[] => actions.filter((action) => flagsOf[action].every((flag) => permission[flag]))
