/** What a sealed secret is for. Each purpose has its own key. */
export type SealPurpose = 'client-secret' | 'api-key' | 'webhook-secret'

/** A secret as its row holds it: `v1.<key id>.<…>`, bound to that row. */
export interface SealedText {
  readonly purpose: SealPurpose
  readonly row_id: string
  readonly sealed: string
}

/** Which master key a text was sealed under: 8 hex digits. Undefined for what is no sealed text. */
export const sealedUnder = (sealed: string): string | undefined => /^v1\.([0-9a-f]{8})\./.exec(sealed)?.[1]
