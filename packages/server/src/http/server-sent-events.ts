import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import type { Deps } from '../deps.ts'

export interface ServerSentEvent {
  /** What a client that comes back sends as `Last-Event-ID`. */
  readonly id: string
  readonly event: string
  /** Goes out as JSON, on one line. */
  readonly data: unknown
}

export interface EventStreamOptions {
  /** A comment goes out when nothing else did for so long: proxies end connections that are silent. */
  readonly heartbeatMs: number
  /** How long a client waits before it comes back. */
  readonly retryMs: number
}

/** A reader that takes nothing at all when the server stops is left behind after this time. */
const farewellMs = 1_000

/**
 * Answers with a stream of server-sent events, for as long as there are any, the client is there and the server runs.
 *
 * The answer begins at once, so whoever may not have it must be refused before. What goes wrong later is logged and ends
 * the stream. The next event is asked for once the one before has left: a slow reader slows the source down.
 *
 * As in the HTML standard, §9.2 (server-sent events).
 */
export function sendEvents(
  deps: Pick<Deps, 'log'>,
  reply: FastifyReply,
  events: AsyncIterable<ServerSentEvent>,
  options: EventStreamOptions,
): FastifyReply {
  const gone = whenGone(reply)
  const log = (thrown: unknown): void => {
    deps.log.error('event_stream_failed', { trace_id: reply.request.id, cause: thrown })
  }
  const stream = Readable.from(lines(events, gone, options, log), { objectMode: false, highWaterMark: 1 })
  gone.addEventListener('abort', () => {
    if (reply.raw.closed) return
    const farewell = setTimeout(() => reply.raw.destroy(), farewellMs)
    reply.raw.once('close', () => clearTimeout(farewell))
  })
  reply.headers({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    // nginx would collect the events before it passes them on.
    'x-accel-buffering': 'no',
  })
  return reply.send(stream)
}

/** Aborts when the client has left, the answer is complete, or the server stops: for a source that waits for something. */
export function whenGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController()
  const leave = (): void => gone.abort()
  const { stopping } = reply.server
  stopping.addEventListener('abort', leave)
  reply.raw.once('close', () => {
    stopping.removeEventListener('abort', leave)
    leave()
  })
  if (stopping.aborted || reply.raw.destroyed) leave()
  return gone.signal
}

/** How a schema says that a route answers with such a stream. */
export const eventStreamAnswer = {
  description: 'Server-sent events',
  content: { 'text/event-stream': { schema: z.unknown().meta({ type: 'string' }) } },
}

/** What is written: first the time to come back after, then events, and heartbeats between them. */
async function* lines(
  events: AsyncIterable<ServerSentEvent>,
  gone: AbortSignal,
  { heartbeatMs, retryMs }: EventStreamOptions,
  log: (thrown: unknown) => void,
): AsyncGenerator<string> {
  const source = events[Symbol.asyncIterator]()
  const inbox = createInbox(source, gone)
  try {
    yield `retry: ${retryMs}\n\n`
    for (;;) {
      const came = await inbox.take(heartbeatMs)
      if (came === 'gone') return
      if (came === 'nothing') yield ':\n\n'
      else if (came.done) return
      else yield linesOf(came.value)
    }
  } catch (thrown) {
    log(thrown)
  } finally {
    inbox.close()
    // Not awaited: a source that is in the midst of waiting ends when its wait does.
    source.return?.().catch(log)
  }
}

type Came = IteratorResult<ServerSentEvent> | 'nothing' | 'gone'

/** Holds at most one event, and waits for it without leaving anything behind when it does not come. */
function createInbox(source: AsyncIterator<ServerSentEvent>, gone: AbortSignal) {
  let asked = false
  let arrived: (() => IteratorResult<ServerSentEvent>) | undefined
  let wake = (): void => undefined
  const onGone = (): void => wake()
  gone.addEventListener('abort', onGone)

  function ask(): void {
    asked = true
    source.next().then(
      (result) => {
        arrived = () => result
        wake()
      },
      (thrown: unknown) => {
        arrived = () => {
          throw thrown
        }
        wake()
      },
    )
  }

  return {
    /** The next event; or that none came in time, or that nobody is there to read it. Throws what the source throws. */
    async take(patienceMs: number): Promise<Came> {
      if (gone.aborted) return 'gone'
      if (!asked) ask()
      if (arrived === undefined) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, patienceMs)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      if (gone.aborted) return 'gone'
      if (arrived === undefined) return 'nothing'
      const result = arrived
      arrived = undefined
      asked = false
      return result()
    },
    close: () => gone.removeEventListener('abort', onGone),
  }
}

/** One event. Line breaks would begin a field of their own, so id and event have none; JSON never has any. */
function linesOf({ id, event, data }: ServerSentEvent): string {
  return `id: ${oneLine(id)}\nevent: ${oneLine(event)}\ndata: ${JSON.stringify(data ?? null)}\n\n`
}

const oneLine = (text: string): string => text.replaceAll(/[\r\n\0]/g, ' ')
