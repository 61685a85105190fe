import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { TestServer } from '../../testing/story.ts'

/** A program of an app that runs: it says JSON, a line for each step, and hears lines. */
export interface Program {
  /** Its next step. @throws with what it wrote for people when there is none */
  step(): Promise<Step>
  hear(line: string): void
  /** Waits until it wrote this for people. */
  wrote(words: RegExp): Promise<void>
  /** Waits for the end. */
  end(): Promise<{ readonly code: number; readonly stderr: string }>
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers whose shape is what they test
export type Step = Readonly<Record<string, any>>

/** Runs it with nothing of our environment but the path to its tools. */
export function started(
  [command = '', ...args]: readonly string[],
  environment: Readonly<Record<string, string>>,
  { PATH } = process.env,
): Program {
  const child = spawn(command, args, { env: { PATH, ...environment } })
  const ended = once(child, 'close')
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  return {
    async step() {
      const { value, done } = await lines.next()
      if (done === true) throw new Error(`${command} ended: ${await ended.then(() => stderr)}`)
      return JSON.parse(value)
    },
    hear: (line) => void child.stdin.write(`${line}\n`),
    async wrote(words) {
      while (!words.test(stderr)) await once(child.stderr, 'data')
    },
    async end() {
      const [code] = await ended
      return { code, stderr }
    },
  }
}

/** Why the server refused a request, in its own words, of which an answer does not tell all. */
export async function reasonOf(
  { deps }: Pick<TestServer, 'deps'>,
  trace_id: string,
): Promise<string | undefined> {
  await deps.recorder.flush()
  return (await deps.store.traces.find(trace_id))?.reason ?? undefined
}

/** Says loudly that something was not tested here, and what it would take. */
export function notRun(what: string, missing: string): void {
  const rule = '!'.repeat(100)
  process.stderr.write(`\n${rule}\n!! NOT RUN: ${what}, which needs ${missing}.\n${rule}\n\n`)
}
