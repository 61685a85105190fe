import { settingRows } from '../packages/server/src/settings.ts'

/** A way to run the server that is compared with another one. */
export interface Mode {
  readonly name: string
  readonly env: Readonly<Record<string, string>>
}

const { env } = settingRows.signature_forensics

/** As it runs by itself first, then without the work that goes on behind a wrong signature. */
export const modes: readonly Mode[] = [
  { name: 'with forensics', env: { [env]: 'on' } },
  { name: 'without forensics', env: { [env]: 'off' } },
]
