export const clientTabs = ['health', 'settings', 'secrets', 'quickstart'] as const
export type ClientTab = (typeof clientTabs)[number]

/** What the address says of the tab; whatever else it says is none. */
export function tabIn({ tab }: Record<string, unknown>): { tab?: ClientTab } {
  const known = clientTabs.find((name) => name === tab)
  return known === undefined ? {} : { tab: known }
}
