import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { run } from '../run.ts'
import type { Finished } from './run-cli.ts'

interface Sitting {
  readonly env?: Record<string, string>
  /** What is typed at each question in turn, Enter included. */
  readonly answers: readonly string[]
}

/** Runs the program for a person who sits at a terminal of 80 columns and answers its questions. */
export async function atTerminal(args: readonly string[], { env = {}, answers }: Sitting): Promise<Finished> {
  const terminal = () => Object.assign(new PassThrough(), { isTTY: true, columns: 80, rows: 24 })
  const stdin = Object.assign(terminal(), { setRawMode: () => stdin })
  const [stdout, stderr] = [terminal(), terminal()]
  const said = { stdout: '', stderr: '' }
  stdout.on('data', (chunk) => {
    said.stdout += chunk
  })
  const left = [...answers]
  let asked = 0
  stderr.on('data', (chunk) => {
    said.stderr += chunk
    // A question that waits is marked ◆; each is answered once.
    if (said.stderr.split('◆').length - 1 <= asked) return
    asked++
    const answer = left.shift()
    setTimeout(() => stdin.write(answer ?? '\u0003'), 50)
  })
  const code = await run({ argv: ['node', 'valetkey', ...args], env, stdin, stdout, stderr })
  return {
    code,
    stdout: stripVTControlCharacters(said.stdout),
    stderr: stripVTControlCharacters(said.stderr),
  }
}
