import type { ClientTab } from '../clients/client-tabs.ts'

/** Where the console does what a command of the fix does. */
export interface PlaceOfFix {
  readonly client_id: string
  readonly tab: ClientTab
  readonly words: string
}

const tabs = {
  'rotate-secret': { tab: 'secrets', words: 'Or do it in the secrets of this client' },
  show: { tab: 'settings', words: 'Or see the settings of this client' },
} as const

/** The tab of the client that a snippet names; undefined for other snippets, and where no client is filled in. */
export function placeOfFix(snippet: string): PlaceOfFix | undefined {
  const [, command, client_id] = /^valetkey client (rotate-secret|show) ([\w.~-]+)(?: |$)/.exec(snippet) ?? []
  if (client_id === undefined || (command !== 'rotate-secret' && command !== 'show')) return undefined
  return { client_id, ...tabs[command] }
}
