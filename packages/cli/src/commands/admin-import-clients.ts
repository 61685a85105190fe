import { readFile } from 'node:fs/promises'
import { type ImportAnswer, importAnswer, importProblems } from '@valetkey/protocol'
import type { Command } from 'commander'
import { type AdminOptions, admin, adminCall, tokenRefused } from '../admin-api.ts'
import { answerTo, refusalOf, unexpectedAnswer } from '../api.ts'
import { parseCsv } from '../csv.ts'
import { AnsweredNo, UsageError } from '../errors.ts'
import { examples, jsonOption, urlOption } from '../options.ts'
import { type Cli, count, printJson, printTable } from '../terminal.ts'

interface Options extends AdminOptions {
  readonly dryRun?: true
  readonly invite?: true
  readonly trustExisting?: true
  readonly ignoreScopes?: true
}

export function define(command: Command, cli: Cli): void {
  command
    .description(
      'Bring in clients of another server under the client_id and with the secret that their apps have: all of the file, or nothing and what is wrong with each row. Repeated, it leaves what is there as it is.',
    )
    .argument(
      '<file>',
      'JSON (a list, or {"clients": […]}) or CSV with a line of names; - reads standard input',
    )
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--invite', 'mail new developers a link with which they choose a password')
    .option(
      '--trust-existing',
      'give clients to accounts that registered the address and never proved it: look first whose they are',
    )
    .option('--ignore-scopes', 'leave out what the rows say of scopes: the clients may ask for any')
    .addOption(urlOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nFields: client_id, client_secret (64 hex digits, or the text of a bcrypt hash), name, developer_email, redirect_uris; and as you like developer_name, description, scopes, status (1 active, 0 inactive).',
    )
    .action((file: string, options: Options) => bringIn(cli, file, options))
  examples(
    command,
    'valetkey admin import-clients clients.csv --dry-run',
    'valetkey admin import-clients clients.json --invite',
  )
}

async function bringIn(cli: Cli, file: string, options: Options): Promise<void> {
  const clients = rowsOf(file === '-' ? await cli.wholeInput() : await contentOf(file))
  const { dryRun = false, invite = false, trustExisting = false, ignoreScopes = false } = options
  const body = {
    clients,
    dry_run: dryRun,
    invite,
    trust_existing: trustExisting,
    ignore_scopes: ignoreScopes,
  }
  const path = `${admin}/clients/import`
  const response = await answerTo(
    await adminCall(cli, options, { method: 'POST', path, body, patient: true }),
  )
  if (response.status === 401) throw tokenRefused()
  const answer: unknown = await response
    .clone()
    .json()
    .catch(() => undefined)
  if (response.ok) {
    const done = importAnswer.safeParse(answer)
    if (!done.success) throw unexpectedAnswer(response)
    return tellDone(cli, done.data, options)
  }
  const found = problemsIn(answer)
  if (found === undefined) throw await refusalOf(response)
  if (options.json) printJson(cli, answer)
  else {
    cli.err.line(cli.err.paint('red', 'Nothing was imported. These rows are not in order:'))
    printTable(
      cli,
      ['ROW', 'CLIENT_ID', 'WHAT IS WRONG'],
      found.map(({ row, client_id, problem }) => [String(row), client_id || '–', problem]),
    )
  }
  throw new AnsweredNo()
}

function tellDone(cli: Cli, done: ImportAnswer, { json }: Options): void {
  if (json) {
    printJson(cli, done)
    return
  }
  const { dry_run, imported, unchanged, new_developers } = done
  cli.out.line(
    `${dry_run ? 'Would import' : 'Imported'} ${count(imported, 'client')} with ${count(new_developers, 'new developer')}; ${count(unchanged, 'client')} there already.`,
  )
}

function problemsIn(answer: unknown) {
  const problems =
    typeof answer === 'object' && answer !== null && 'problems' in answer ? answer.problems : []
  const parsed = importProblems.safeParse(problems)
  return parsed.success && parsed.data.length > 0 ? parsed.data : undefined
}

async function contentOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch {
    throw new UsageError(`${file} cannot be read`)
  }
}

/** What begins like JSON is JSON. The parser's own words are kept in: they repeat what they met, which may be a secret. */
function rowsOf(text: string): readonly unknown[] {
  // Read as UTF-8 all the same, each character that is not would be another one in what is imported.
  if (text.includes('\uFFFD')) throw new UsageError('the file is not UTF-8: convert it first')
  const content = text.replace(/^\uFEFF/, '').trim()
  const rows = /^[[{]/.test(content) ? fromJson(content) : fromCsv(content)
  if (rows === undefined || rows.length === 0)
    throw new UsageError(
      'the file holds no clients: neither a JSON list of them, nor CSV with a line of names',
    )
  return rows
}

function fromJson(text: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (Array.isArray(value)) return value
    const clients =
      typeof value === 'object' && value !== null && 'clients' in value ? value.clients : undefined
    return Array.isArray(clients) ? clients : undefined
  } catch {
    return undefined
  }
}

/** Empty cells are fields that were not given; numbers are numbers. */
function fromCsv(text: string): readonly unknown[] | undefined {
  const [names = [], ...lines] = parseCsv(text)
  if (!names.includes('client_id')) return undefined
  // A comma without quotes, or half a file: which cell is which could only be guessed, and one that is missing says nothing.
  const ragged = lines.findIndex((cells) => cells.length !== names.length)
  if (ragged >= 0)
    throw new UsageError(
      `row ${ragged + 1} has ${count(lines[ragged]?.length ?? 0, 'cell')}, and the line of names ${names.length}: a cell with commas needs quotes`,
    )
  return lines.map((cells) =>
    Object.fromEntries(
      names.flatMap((name, at) => {
        const cell = cells[at] ?? ''
        if (cell === '') return []
        return [[name, name === 'status' && /^-?\d+$/.test(cell) ? Number(cell) : cell]]
      }),
    ),
  )
}
