import type { Clock } from './deps.ts'
import type { Client } from './domain/client.ts'
import { type PublicKey, parsePublicKeys } from './domain/public-keys.ts'
import { type Fetcher, OutboundRefused } from './outbound.ts'

/** The public keys that a client signs with, from wherever it keeps them. */
export interface ClientKeys {
  /**
   * The client's keys; none where it has none registered. A `kid` that is not among them may be new at its `jwks_uri`,
   * so that is read again, now and then. Undefined when the keys cannot be had now.
   */
  keysOf(client: Client, kid: string | undefined): Promise<readonly PublicKey[] | undefined>
}

/** What is kept of one `jwks_uri`. */
interface Kept {
  readonly uri: string
  /** What the last good reading found; it outlives a failed one, but not its own time. */
  keys: readonly PublicKey[] | undefined
  /** Epoch seconds. */
  read_at: number
  tried_at: number
  failed: boolean
  /** The reading under way. */
  pending: Promise<void> | undefined
}

const maxKept = 1000
const freshSeconds = 600
const unknownKidSeconds = 60
const failureSeconds = 30

/**
 * The keys by value, or from a `jwks_uri`: kept for ten minutes, for a thousand clients. However many requests come, a
 * client's address is read once at a time, again for an unknown `kid` at most once a minute, and after a failure not for
 * half a minute. A key that is gone from there is taken ten minutes longer at most, also when the address is down.
 *
 * @source RFC 7517 §5; RFC 7591 §2
 */
export function createClientKeys(fetcher: Fetcher, clock: Clock): ClientKeys {
  /** The longest unused first. */
  const kept = new Map<string, Kept>()

  return {
    async keysOf({ id, jwks, jwks_uri }, kid) {
      if (jwks !== null) return keysIn(jwks)
      if (jwks_uri === null) return []
      const entry = keptFor(id, jwks_uri)
      // Whose key is at hand waits for nobody who made up a kid.
      if (!isAtHand(entry, kid)) {
        if (isDue(entry)) entry.pending ??= read(entry)
        await entry.pending
      }
      return isFresh(entry) ? entry.keys : undefined
    },
  }

  function keptFor(id: string, uri: string): Kept {
    const known = kept.get(id)
    const entry =
      known?.uri === uri
        ? known
        : { uri, keys: undefined, read_at: 0, tried_at: 0, failed: false, pending: undefined }
    kept.delete(id)
    kept.set(id, entry)
    for (const oldest of kept.keys()) {
      if (kept.size <= maxKept) break
      kept.delete(oldest)
    }
    return entry
  }

  function isAtHand(entry: Kept, kid: string | undefined): boolean {
    return isFresh(entry) && (kid === undefined || entry.keys?.some((key) => key.kid === kid) === true)
  }

  /** Whether to read for what is not at hand: an unknown `kid`, or anything at all. */
  function isDue(entry: Kept): boolean {
    const pause = isFresh(entry) ? unknownKidSeconds : entry.failed ? failureSeconds : 0
    return clock.now() - entry.tried_at >= pause
  }

  function isFresh({ keys, read_at }: Kept): boolean {
    return keys !== undefined && clock.now() - read_at < freshSeconds
  }

  async function read(entry: Kept): Promise<void> {
    const now = clock.now()
    entry.tried_at = now
    try {
      const keys = keysAt(await fetcher(entry.uri))
      entry.failed = keys === undefined
      if (keys !== undefined) Object.assign(entry, { keys, read_at: now })
    } catch (error) {
      if (!(error instanceof OutboundRefused)) throw error
      entry.failed = true
    } finally {
      entry.pending = undefined
    }
  }
}

const keysIn = (jwks: string): readonly PublicKey[] | undefined => keysOrNothing(parsePublicKeys(jwks))
/** What others publish may hold keys for other uses. */
const keysAt = (text: string): readonly PublicKey[] | undefined =>
  keysOrNothing(parsePublicKeys(text, { skipOthers: true }))

const keysOrNothing = (parsed: ReturnType<typeof parsePublicKeys>): readonly PublicKey[] | undefined =>
  parsed.ok ? parsed.keys : undefined
