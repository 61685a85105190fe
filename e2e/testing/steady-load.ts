import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Asked {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Heard {
  readonly status: number
  readonly text: string
}

export interface SteadyLoad {
  /** How many were answered so far. */
  answered(): number
  /** Ends it when all that was sent is answered, or failed. */
  stop(): Promise<void>
}

/**
 * Requests at a steady pace, whether the ones before are answered or not; half of them on connections that are kept,
 * half each on a new one. A request is sent once: what fails has failed.
 */
export function steadyLoad(
  url: string,
  perSecond: number,
  next: () => Promise<Asked> | Asked,
  heard: (answer: Heard | Error, asked: Asked) => void,
): SteadyLoad {
  const kept = new Agent({ keepAlive: true, maxSockets: 16 })
  const underWay = new Set<Promise<void>>()
  let going = true
  let answered = 0

  const one = async (agent: Agent | false): Promise<void> => {
    const asked = await next()
    try {
      heard(await ask(url, asked, agent), asked)
    } catch (error) {
      heard(error as Error, asked)
    }
    answered++
  }

  const pace = (async () => {
    const begun = performance.now()
    for (let sent = 0; going; sent++) {
      await sleep(Math.max(0, begun + (sent * 1000) / perSecond - performance.now()))
      const running = one(sent % 2 === 0 ? kept : false).finally(() => underWay.delete(running))
      underWay.add(running)
    }
  })()

  return {
    answered: () => answered,
    async stop() {
      going = false
      await pace
      await Promise.all(underWay)
      kept.destroy()
    },
  }
}

/** One request on a connection of this agent's, or on a new one. */
export function ask(
  url: string,
  { method, path, headers = {}, body }: Asked,
  agent: Agent | false,
): Promise<Heard> {
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, url), { method, agent, headers: { ...headers, ...lengthOf(body) } })
    sent.on('error', reject)
    sent.on('response', (response) => {
      let text = ''
      response.on('error', reject)
      response.on('data', (chunk) => {
        text += String(chunk)
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
    sent.end(body)
  })
}

const lengthOf = (body: string | undefined): Record<string, string> =>
  body === undefined
    ? {}
    : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }
