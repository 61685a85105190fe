import { curlOf, masked } from '../curl.ts'
import { type Cli, plain } from '../terminal.ts'

/** A promise of the story that was not kept. */
export class StoryBroken extends Error {
  override readonly name = 'StoryBroken'
}

interface DemoRequest {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly token?: string
  readonly body?: unknown
  /** Fields of the answer that are secrets, and the variables they show as. */
  readonly secrets?: Readonly<Record<string, string>>
}

interface DemoAnswer {
  readonly status: number
  readonly body: unknown
}

export interface Scene {
  readonly title: string
  readonly promises: string[]
  readonly requests: { readonly method: string; readonly path: string; readonly status: number }[]
}

interface Schema<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false }
}

/** Where the story is played: real requests, each shown as a command to copy, and promises that are checked. */
export interface Stage {
  readonly scenes: readonly Scene[]
  scene(title: string): void
  say(text?: string): void
  /** Names a secret: from now on it shows as `$NAME`. */
  keep(name: string, secret: string): string
  request(request: DemoRequest): Promise<DemoAnswer>
  /** Like `request`, for an answer of 200 in this form. @throws StoryBroken */
  ask<T>(request: DemoRequest, schema: Schema<T>): Promise<T>
  /** @throws StoryBroken */
  promise(what: string, holds: boolean): void
}

const indent = '   '

export function stageAt(url: string, cli: Cli, { quiet }: { quiet: boolean }): Stage {
  const { out } = cli
  const secrets = new Map<string, string>()
  const scenes: Scene[] = []
  const line = (text = ''): void => {
    if (!quiet) out.line(text === '' ? '' : `${indent}${text}`)
  }
  const current = (): Scene => scenes.at(-1) ?? { title: 'the beginning', promises: [], requests: [] }

  const broken = (why: string) => new StoryBroken(`step ${scenes.length}, "${current().title}": ${why}`)
  const keepField = (body: unknown, field: string, name: string): void => {
    const value: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, field) : undefined
    if (typeof value === 'string' && value !== '') secrets.set(value, name)
  }

  const stage: Stage = {
    scenes,
    scene(title) {
      scenes.push({ title, promises: [], requests: [] })
      if (quiet) return
      out.line()
      out.line(`${out.paint('dim', String(scenes.length).padStart(2))} ${out.paint('bold', title)}`)
      out.line()
    },
    say: line,
    keep(name, secret) {
      secrets.set(secret, name)
      return secret
    },
    async request({ method, path, token, body, secrets: answered = {} }) {
      if (current().requests.length > 0) line()
      line(out.paint('cyan', `$ ${curlOf({ method, url: `${url}${path}`, token, body }, secrets, indent)}`))
      const response = await fetch(`${url}${path}`, {
        method,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      const answer: DemoAnswer = { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
      current().requests.push({ method, path, status: answer.status })
      for (const [field, name] of Object.entries(answered)) keepField(answer.body, field, name)
      line(out.paint(response.ok ? 'green' : 'yellow', `HTTP ${answer.status}`))
      if (text !== '')
        for (const part of masked(JSON.stringify(answer.body, undefined, 2), secrets).split('\n'))
          line(out.paint('dim', plain(part)))
      return answer
    },
    async ask(request, schema) {
      const { status, body } = await stage.request(request)
      const answer = schema.safeParse(body)
      if (status !== 200 || !answer.success) throw broken(`${request.path} does not answer as documented`)
      return answer.data
    },
    promise(what, holds) {
      if (!holds) throw broken(`this does not hold: ${what}`)
      current().promises.push(what)
      line(`${out.paint('green', '✓')} ${what}`)
    },
  }
  return stage
}
