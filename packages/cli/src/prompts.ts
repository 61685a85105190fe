import { Refused } from './errors.ts'
import type { Cli } from './terminal.ts'

// Questions go to standard error, so that an answer on standard output stays clean.

export async function askSecret({ streams: { stdin, stderr } }: Cli, message: string): Promise<string> {
  const { password } = await import('@clack/prompts')
  return given(await password({ message, input: stdin, output: stderr, validate: notEmpty }))
}

export async function askText({ streams: { stdin, stderr } }: Cli, message: string): Promise<string> {
  const { text } = await import('@clack/prompts')
  return given(await text({ message, input: stdin, output: stderr, validate: notEmpty }))
}

export async function askYes({ streams: { stdin, stderr } }: Cli, message: string): Promise<boolean> {
  const { confirm } = await import('@clack/prompts')
  return given(await confirm({ message, initialValue: false, input: stdin, output: stderr }))
}

const notEmpty = (value: string | undefined): string | undefined =>
  value === undefined || value === '' ? 'It must not be empty.' : undefined

function given<T>(answer: T): Exclude<T, symbol> {
  if (typeof answer === 'symbol') throw new Refused('cancelled', 'cancelled')
  return answer as Exclude<T, symbol>
}
