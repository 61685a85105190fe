import type { SettingName } from '@valetkey/server'

export const flagOf = (name: SettingName): string => `--${name.replaceAll('_', '-')}`
