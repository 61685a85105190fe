import { type ChildProcessByStdio, execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Verbs } from './questions.ts'

/** What the Go packages said: what they computed, or why they would not. */
export type Ruling<Answer> = { answer: Answer } | { refusal: string }

/** A running Go program that answers one question at a time, in order. */
export interface Judge {
  ask<Verb extends keyof Verbs>(verb: Verb, form: Verbs[Verb]['form']): Promise<Ruling<Verbs[Verb]['answer']>>
  close(): Promise<void>
}

const source = fileURLToPath(new URL('./go', import.meta.url))
const program = fileURLToPath(new URL('./go/judge', import.meta.url))

/** The `go` command, or undefined where Go is not installed. */
export function findGo(): string | undefined {
  return ['go', '/usr/local/go/bin/go'].find((go) => spawnSync(go, ['version']).status === 0)
}

/** Builds the judge and starts it. The first build downloads the pinned modules. */
export async function startJudge(go: string): Promise<Judge> {
  await promisify(execFile)(go, ['build', '-buildvcs=false', '-o', program, '.'], { cwd: source })
  return converse(spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] }))
}

type Line = { answer?: unknown; refusal?: string; panic?: string; fault?: string }

function converse(judge: ChildProcessByStdio<Writable, Readable, null>): Judge {
  const waiting: PromiseWithResolvers<Line>[] = []
  const exited = once(judge, 'exit')
  createInterface({ input: judge.stdout }).on('line', (line) => waiting.shift()?.resolve(JSON.parse(line)))
  judge.on('exit', () => {
    for (const question of waiting.splice(0)) question.reject(new Error('the judge has left'))
  })

  return {
    async ask(verb, form) {
      const question = Promise.withResolvers<Line>()
      waiting.push(question)
      judge.stdin.write(`${JSON.stringify({ verb, form })}\n`)
      const { answer, refusal, panic, fault } = await question.promise
      if (fault !== undefined) throw new Error(`${verb} was not judged: ${fault}`)
      if (panic !== undefined) return { refusal: `panic: ${panic}` }
      if (refusal !== undefined) return { refusal }
      return { answer: answer as Verbs[typeof verb]['answer'] }
    },
    async close() {
      judge.stdin.end()
      await exited
    },
  }
}
