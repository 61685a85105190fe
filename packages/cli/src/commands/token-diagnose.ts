import { readFile, stat } from 'node:fs/promises'
import { diagnosisAnswer, type ExplanationAnswer } from '@valetkey/protocol'
import type { Command } from 'commander'
import { ask } from '../api.ts'
import { developerCall, type SessionOptions } from '../developer-api.ts'
import { AnsweredNo, UsageError } from '../errors.ts'
import { examples, jsonOption, urlOption } from '../options.ts'
import { printExplanation } from '../print-explanation.ts'
import { clientInWords } from '../print-token-request.ts'
import { type Cli, printFields, printJson } from '../terminal.ts'

/** The most that the server takes. */
const maxLength = 32_768

export function define(command: Command, cli: Cli): void {
  command
    .description(
      'Look at a token request as the server would, without sending it: nothing is kept, and the code in it stays as it is.',
    )
    .argument(
      '<file>',
      'a curl command, an HTTP request, or its body alone (JSON or form); - reads standard input',
    )
    .addOption(urlOption())
    .addOption(jsonOption())
    .action((file: string, options: SessionOptions) => diagnose(cli, file, options))
  examples(
    command,
    'valetkey token diagnose - < request.txt',
    'pbpaste | valetkey token diagnose -      # a curl command copied from somewhere',
  )
}

async function diagnose(cli: Cli, file: string, options: SessionOptions): Promise<void> {
  const request = await requestIn(cli, file)
  const call = await developerCall(cli, options, {
    method: 'POST',
    path: '/token-requests/diagnose',
    body: { request },
  })
  const { ok, client_id, client_name, explanation } = await ask(call, diagnosisAnswer)
  if (options.json) printJson(cli, { ok, client_id, client_name, explanation })
  else {
    printExplanation(cli.out, explanation, {
      fine: 'Nothing is wrong with this request.',
      stops: 'a server would stop here',
      facts: () => printFields(cli.out, [['client', clientInWords(client_id, client_name)]]),
    })
    sayHowToCopy(cli, request, explanation)
  }
  if (!ok) throw new AnsweredNo()
}

/** What a browser copies for another tool than curl. */
const foreign = /^\s*(?:\$session\b|Invoke-(?:WebRequest|RestMethod)\b|(?:await\s+)?fetch\()/

function sayHowToCopy({ out }: Cli, request: string, { first_failure }: ExplanationAnswer): void {
  if (first_failure !== 'read_request' || !foreign.test(request)) return
  out.line()
  out.line('In Chrome choose Copy as cURL (bash), or paste the body alone.')
}

async function requestIn(cli: Cli, file: string): Promise<string> {
  if (file === '-' && cli.interactive)
    cli.err.line(cli.err.paint('dim', 'Paste the request, then press Enter and Ctrl-D.'))
  const request = file === '-' ? await cli.wholeInput() : await contentOf(file)
  if (request.trim() === '') throw new UsageError('there is no request to look at')
  if (request.length > maxLength)
    throw new UsageError(`a request has at most ${maxLength} characters; this has ${request.length}`)
  return request
}

async function contentOf(file: string): Promise<string> {
  const known = await stat(file).catch(() => undefined)
  if (known === undefined) throw new UsageError(`there is no file ${file}`)
  if (!known.isFile() || known.size > 4 * maxLength) throw new UsageError(`${file} holds no token request`)
  return readFile(file, 'utf8')
}
