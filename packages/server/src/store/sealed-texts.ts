import type { SealedText, SealPurpose } from '../domain/sealed-text.ts'

/** What was sealed under the master key, as a rotation of that key goes through it. */
export interface SealedTexts {
  readonly purposes: readonly SealPurpose[]
  /** The first and the last of each purpose: a rotation that is under way is between the two. */
  ends(): Promise<readonly SealedText[]>
  /** Those whose row comes after `after`, in the order of ids, at most `limit`. */
  read(purpose: SealPurpose, after: string, limit: number): Promise<readonly SealedText[]>
  /**
   * Replaces texts that are still as they were read, and leaves out rows that somebody else holds: it waits for nobody.
   * Returns how many.
   */
  replace(
    purpose: SealPurpose,
    changes: readonly { readonly row_id: string; readonly from: string; readonly to: string }[],
  ): Promise<number>
}
