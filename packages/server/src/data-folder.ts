import { accessSync, constants, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { SettingError, type Settings } from './settings.ts'

type DataFolder = Pick<Settings, 'data'>

/** Where the embedded database is. */
export const databaseFileIn = ({ data }: DataFolder): string => join(data, 'valetkey.db')

/** Where the master keys are, unless a setting has the current one. */
export const keyFileIn = ({ data }: DataFolder): string => join(data, 'master.key')

/** For its owner alone. @throws SettingError when it cannot be made */
export function makeDataFolder({ data }: DataFolder): void {
  try {
    mkdirSync(data, { recursive: true, mode: 0o700 })
    accessSync(data, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (cause) {
    throw new SettingError('VALETKEY_DATA (--data) must be a folder that can be made or written', { cause })
  }
}
