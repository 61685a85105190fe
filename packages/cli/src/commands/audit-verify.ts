import { createReadStream, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import {
  type ChainFault,
  type ChainPlace,
  type ChainReport,
  type ExportedEvent,
  verifyChain,
  verifyExport,
} from '@valetkey/server'
import { type Command, InvalidArgumentError } from 'commander'
import { AnsweredNo, Refused, UsageError } from '../errors.ts'
import { withLocalStore } from '../local-store.ts'
import { examples, jsonOption } from '../options.ts'
import { type Cli, count, printJson, printWrapped } from '../terminal.ts'

interface Options {
  readonly from?: number
  readonly anchor?: string
  readonly allowRemoved?: true
  readonly file?: string
  readonly json?: true
}

interface Verified extends ChainReport {
  /** Events that have no place in the chain yet. */
  readonly waiting: number
}

export function define(command: Command, cli: Cli): void {
  command
    .description(
      'Check the chain of audit events in the database of these settings, or in an export. Names the first event that was changed or is missing.',
    )
    .option('--from <number>', 'begin with the event of this number', numberOfEvent)
    .option(
      '--anchor <file>',
      'lines of "valetkey audit head" that were noted earlier; each must still be true',
    )
    .option('--allow-removed', 'let pass noted heads that lie before the first event looked at')
    .option('--file <file>', 'an export as lines of JSON instead of the database')
    .addOption(jsonOption())
    .action((options: Options) => verify(cli, options))
  examples(
    command,
    'valetkey audit verify',
    'valetkey audit verify --anchor /media/notebook/heads',
    'valetkey audit verify --file audit.jsonl',
  )
}

async function verify(cli: Cli, { from, anchor, allowRemoved, file, json }: Options): Promise<void> {
  if (from !== undefined && file !== undefined)
    throw new UsageError('--from goes with the database; an export is verified from its first line')
  const noted = anchor === undefined ? [] : notedIn(anchor)
  const options = { noted, allow_removed: allowRemoved === true }
  const report =
    file === undefined
      ? await withLocalStore(cli, async ({ audit: { chain } }, { audit_ttl }): Promise<Verified> => {
          const verified = await verifyChain(chain, {
            ...(from === undefined ? {} : { from }),
            audit_ttl,
            ...options,
          })
          return { ...verified, waiting: await chain.waiting() }
        })
      : { ...(await verifyExport(eventsIn(file), options)), waiting: 0 }
  if (json) printJson(cli, { ok: report.fault === undefined, ...report })
  else print(cli, report, noted)
  if (report.fault !== undefined) throw new AnsweredNo()
}

function print({ out }: Cli, report: Verified, noted: readonly ChainPlace[]): void {
  const { start, end, fault, too_old, waiting } = report
  const say = (text: string): void => printWrapped(out, text)
  if (fault === undefined) {
    const whole =
      end.seq === start.seq ? 'There is no event yet' : `${count(end.seq - start.seq, 'event')} hold`
    say(`${out.paint('green', '✓')} ${whole}: ${end.seq}:${end.chain_hash}`)
    if (start.seq > 0) say(`It begins behind event ${start.seq}.`)
    if (noted.length > too_old.length) say(`${count(noted.length - too_old.length, 'noted head')} found.`)
  } else {
    say(`${out.paint('red', '✗')} ${inWords(fault)}`)
    say(`Everything up to event ${end.seq} holds.`)
  }
  if (too_old.length > 0) say(`${count(too_old.length, 'noted head')} too old to compare.`)
  if (waiting > 0)
    say(
      `${count(waiting, 'event')} of a server of the version before not chained yet; a running server does it within a minute.`,
    )
}

function inWords({ seq, id, fault }: ChainFault): string {
  const event = id === null ? `event ${seq}` : `event ${seq} (${id})`
  switch (fault) {
    case 'missing':
      return `${event} is missing.`
    case 'changed':
      return `${event} was changed.`
    case 'cut_off':
      return `${event} is missing: the chain ends before a head that was noted.`
    case 'differs_from_noted':
      return `${event} is not the one that was noted: the chain was made anew.`
    case 'removed_early':
      return `event ${seq} and those before it were removed before they were as old as VALETKEY_AUDIT_TTL says; with 0, none may be. Where the setting was another one then, verify with that.`
    case 'removed_untold':
      return `event ${seq} and those before it were removed, and no event tells of it.`
    case 'noted_removed':
      return `event ${seq}, which was noted, lies before the first one looked at. Where it went for its age, --allow-removed lets that pass.`
  }
}

function numberOfEvent(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('Say it like 1 or 1234.')
  return Number(text)
}

function notedIn(path: string): readonly ChainPlace[] {
  const lines = readText(path).split(/\r?\n/)
  const noted = lines.filter((line) => line.trim() !== '').map(placeIn)
  if (noted.length === 0) throw new Refused('anchor_empty', `${path} holds no head`)
  return noted
}

/** A line of `audit head`, with or without `--json`; what stands behind it is a remark. */
function placeIn(line: string): ChainPlace {
  const [, short, long, shortHash, longHash] =
    /^\s*(?:(\d{1,15}):|\{"seq":\s*(\d{1,15}),\s*"chain_hash":\s*")(?:([0-9a-f]{64})(?:\s|$)|([0-9a-f]{64})"\})/.exec(
      line,
    ) ?? []
  const [seq, chain_hash] = [short ?? long, shortHash ?? longHash]
  if (seq === undefined || chain_hash === undefined)
    throw new Refused(
      'anchor_malformed',
      'a line of the anchor file is no head; it looks like 1234:6f2c… with 64 hex digits',
    )
  return { seq: Number(seq), chain_hash }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

async function* eventsIn(path: string): AsyncGenerator<ExportedEvent> {
  const input = createReadStream(path)
  let line = 0
  try {
    for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      line++
      if (text !== '') yield eventIn(text, line)
    }
  } catch (cause) {
    throw cause instanceof Refused ? cause : unreadable(path, cause)
  } finally {
    input.destroy()
  }
}

function eventIn(text: string, line: number): ExportedEvent {
  try {
    const event: ExportedEvent = JSON.parse(text)
    if (
      Number.isSafeInteger(event.seq) &&
      event.seq > 0 &&
      typeof event.chain_hash === 'string' &&
      typeof event.previous_hash === 'string'
    )
      return event
  } catch {
    // Said below, like any other line that is none of ours.
  }
  throw new Refused(
    'export_malformed',
    `line ${line} is not an audit event as "valetkey audit export" writes it`,
  )
}

const unreadable = (path: string, cause: unknown): Refused =>
  new Refused(
    'unreadable',
    `${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
  )
