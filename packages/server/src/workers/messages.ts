import type { Leaving } from '../http/drain.ts'
import type { MetricsPage, MetricsSnapshot } from '../observe/metrics.ts'
import type { SettingName } from '../settings.ts'

/** What settings are read from: texts, so that a worker of a newer release reads them as it understands them. */
export interface SettingTexts {
  readonly flags: Partial<Record<SettingName, string>>
  readonly env: Readonly<Record<string, string | undefined>>
}

/** All that a primary says to a worker. What answers a question has the question's number. */
export type ToWorker =
  | ({ readonly order: 'serve' } & SettingTexts)
  | { readonly order: 'close'; readonly leaving: Leaving }
  | { readonly order: 'tell_figures'; readonly id: number }
  | { readonly order: 'show_page'; readonly id: number; readonly page: MetricsPage }

/** All that a worker says to its primary. */
export type FromWorker =
  | { readonly said: 'ready'; readonly url: string }
  | { readonly said: 'not_started'; readonly why: WhyNot }
  | { readonly said: 'figures'; readonly id: number; readonly snapshot: MetricsSnapshot }
  | { readonly said: 'page_wanted'; readonly id: number }

/** What comes between the two and is none of these is somebody else's. */
export const isToWorker = (message: unknown): message is ToWorker =>
  typeof message === 'object' && message !== null && 'order' in message

export const isFromWorker = (message: unknown): message is FromWorker =>
  typeof message === 'object' && message !== null && 'said' in message

/** An error on its way from one process to another. */
export interface WhyNot {
  readonly name: string
  readonly message: string
  readonly code?: unknown
  readonly syscall?: unknown
}
