import type { Leaving } from '../http/drain.ts'
import type { SettingName } from '../settings.ts'

/** What settings are read from: texts, so that a worker of a newer release reads them as it understands them. */
export interface SettingTexts {
  readonly flags: Partial<Record<SettingName, string>>
  readonly env: Readonly<Record<string, string | undefined>>
}

export type ToWorker =
  | ({ readonly order: 'serve' } & SettingTexts)
  | { readonly order: 'close'; readonly leaving: Leaving }

export type FromWorker =
  | { readonly said: 'ready'; readonly url: string }
  | { readonly said: 'not_started'; readonly why: WhyNot }

/** An error on its way from one process to another. */
export interface WhyNot {
  readonly name: string
  readonly message: string
  readonly code?: unknown
  readonly syscall?: unknown
}
