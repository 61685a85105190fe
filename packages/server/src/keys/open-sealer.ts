import { randomBytes } from 'node:crypto'
import type { Deps } from '../deps.ts'
import type { SealedText } from '../domain/sealed-text.ts'
import { createSealer, type Sealer } from '../sealing.ts'
import { SettingError } from '../settings.ts'
import type { Store } from '../store/store.ts'
import { type KeySettings, loadKeyRing, watchKeyRing } from './key-ring.ts'

/**
 * The sealer of a server, once it is sure to open what the database holds: the next secrets must not be sealed under
 * another key. The first start makes the key; a change of the key file is noticed.
 *
 * @throws SettingError
 */
export async function openSealer(
  store: Pick<Store, 'sealed'>,
  settings: KeySettings,
  { clock, random }: Pick<Deps, 'clock' | 'random'>,
): Promise<Sealer> {
  const ends = await store.sealed.ends()
  const { current, previous } = loadKeyRing(settings, { mayCreate: ends.length === 0 })
  const sealer = createSealer(current, random, { previous, renewed: watchKeyRing(settings, clock) })
  try {
    openAll(sealer, ends)
    return sealer
  } catch (cause) {
    throw new SettingError('the master key is not the one this database was sealed with', { cause })
  }
}

/** The sealer of a command, with the keys as they are now, once it is sure to open these texts. @throws SettingError SealBroken */
export function sealerThatOpens(texts: readonly SealedText[], settings: KeySettings): Sealer {
  const sealer = sealerOf(settings)
  openAll(sealer, texts)
  return sealer
}

/** With the keys as they are now, whatever they open; makes none. @throws SettingError */
export function sealerOf(settings: KeySettings): Sealer {
  const { current, previous } = loadKeyRing(settings, { mayCreate: false })
  return createSealer(current, randomBytes, { previous })
}

/** The first and the last of each purpose are enough, as far as can be told: after a rotation that broke off they are under different keys. @throws SealBroken */
export function openAll(sealer: Pick<Sealer, 'open'>, texts: readonly SealedText[]): void {
  for (const { purpose, row_id, sealed } of texts) sealer.open(purpose, row_id, sealed)
}
