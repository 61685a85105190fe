import type { Deps } from '../deps.ts'
import type { Claimed } from '../store/webhooks.ts'
import { attempt, leaseSeconds } from './attempt.ts'
import { gather } from './gather.ts'

/** Tells endpoints what happened. Every server does it; what one has taken no other takes. */
export interface Dispatcher {
  /** Gathers, if it is this server's turn. Rejects when the database is away. */
  gather(): Promise<void>
  /** Begins what is due and fits; returns how many. Rejects when the database is away. */
  deliver(): Promise<number>
  /** Resolves when nothing is under way any more. */
  settled(): Promise<void>
  /** Begins nothing more, and waits for what is under way, but not for ever: what it leaves, another takes up later. */
  stop(): Promise<void>
}

/**
 * Of one server. Endpoints that fail or dawdle share a room of their own; and half of each room is the most that one
 * developer has, however many endpoints and events.
 */
const rooms = {
  quick: { slow: false, atOnce: 48, ofDeveloper: 24, ofEach: 8 },
  slow: { slow: true, atOnce: 16, ofDeveloper: 8, ofEach: 1 },
} as const
type Room = (typeof rooms)[keyof typeof rooms]

interface Place {
  readonly webhook_id: string
  readonly developer_id: string
  readonly room: Room
}

/** As long as one delivery may take. */
const stopMs = 10_000

export function createDispatcher(deps: Deps, { stopWithinMs = stopMs } = {}): Dispatcher {
  const { store, clock, log } = deps
  const underWay = new Map<Promise<void>, Place>()
  let stopped = false

  async function claim(room: Room): Promise<number> {
    const mine = [...underWay.values()]
    const inRoom = mine.filter((one) => one.room === room)
    const held: Record<string, number> = {}
    for (const { developer_id } of inRoom) held[developer_id] = (held[developer_id] ?? 0) + 1
    const now = clock.now()
    const taken = await store.webhooks.claim({
      now,
      until: now + leaseSeconds,
      slow: room.slow,
      ofEach: room.ofEach,
      ofDeveloper: room.ofDeveloper,
      limit: room.atOnce - inRoom.length,
      held,
      // Whoever has something under way here gets the next when that is through.
      except: [...new Set(mine.map(({ webhook_id }) => webhook_id))],
    })
    for (const one of taken) begin(one, room)
    return taken.length
  }

  function begin({ delivery, developer_id }: Claimed, room: Room): void {
    const done = attempt(deps, delivery)
      .catch((thrown: unknown) => log.error('webhook_not_settled', { cause: thrown }))
      .finally(() => underWay.delete(done))
    underWay.set(done, { webhook_id: delivery.webhook_id, developer_id, room })
  }

  async function settled(): Promise<void> {
    while (underWay.size > 0) await Promise.all(underWay.keys())
  }

  return {
    gather: () => gather(deps),
    async deliver() {
      if (stopped || !(await store.webhooks.anyDue(clock.now()))) return 0
      return (await claim(rooms.quick)) + (await claim(rooms.slow))
    },
    settled,
    async stop() {
      stopped = true
      let timer: NodeJS.Timeout | undefined
      const enough = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, stopWithinMs)
      })
      await Promise.race([settled(), enough])
      clearTimeout(timer)
      if (underWay.size > 0) log.error('webhook_attempts_left')
    },
  }
}

/** Between two looks for what happened, and for what is due: quickly while there is much, seldom while the database is away. */
const pauses = { gatherMs: 1000, deliverMs: 500, busyMs: 20, troubleMs: 5000 }

/** Goes on until it is stopped. */
export function runDispatcher(deps: Deps): Pick<Dispatcher, 'stop'> {
  const dispatcher = createDispatcher(deps)
  const gathering = every(() =>
    logged(
      deps,
      dispatcher.gather().then(() => pauses.gatherMs),
    ),
  )
  const delivering = every(() =>
    logged(
      deps,
      dispatcher.deliver().then((begun) => (begun > 0 ? pauses.busyMs : pauses.deliverMs)),
    ),
  )
  return {
    async stop() {
      await Promise.all([gathering.stop(), delivering.stop()])
      await dispatcher.stop()
    },
  }
}

async function logged({ log }: Pick<Deps, 'log'>, work: Promise<number>): Promise<number> {
  try {
    return await work
  } catch (thrown) {
    log.error('webhook_round_failed', { cause: thrown })
    return pauses.troubleMs
  }
}

/** Does the work again after the pause, in milliseconds, that it answers. */
function every(work: () => Promise<number>): { stop(): Promise<void> } {
  let [stopped, running] = [false, Promise.resolve()]
  let timer = later(0)
  function later(pauseMs: number): NodeJS.Timeout {
    return setTimeout(() => {
      running = work().then((next) => {
        if (!stopped) timer = later(next)
      })
    }, pauseMs).unref()
  }
  return {
    async stop() {
      stopped = true
      clearTimeout(timer)
      await running
    },
  }
}
