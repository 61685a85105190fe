import type { Place, SealedKeys } from '@valetkey/protocol'

/** What the keys are made from, and for whom. */
export interface KeyOrder {
  readonly passphrase: string
  /** Of the project, base64. */
  readonly salt: string
  /** Where access was allowed; empty is the whole project. */
  readonly places: readonly Place[]
  readonly client_id: string
  /** 32 random bytes: what opens the seal. */
  readonly half: Uint8Array
}

/** What the worker answers. */
export type KeyAnswer = Required<SealedKeys> | 'failed'

/** Makes the keys of these places, sealed, in a worker: the page goes on living, and an abort ends it at once. */
export function sealStorageKeys(order: KeyOrder, signal: AbortSignal): Promise<KeyAnswer | 'aborted'> {
  const worker = new Worker(new URL('./derive-worker.ts', import.meta.url), { type: 'module' })
  const { promise, resolve } = Promise.withResolvers<KeyAnswer | 'aborted'>()
  signal.addEventListener('abort', () => resolve('aborted'), { once: true })
  worker.addEventListener('message', ({ data }: MessageEvent<KeyAnswer>) => resolve(data))
  worker.addEventListener('error', () => resolve('failed'))
  const { passphrase, salt, places, client_id, half } = order
  worker.postMessage({ passphrase, salt, places, client_id, half } satisfies KeyOrder)
  // With the worker goes all that it remembered.
  return promise.finally(() => worker.terminate())
}
