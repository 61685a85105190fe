import { explainForOperator } from '@valetkey/server'
import type { Command } from 'commander'
import { clientsOf, yoursInWords } from '../clients-api.ts'
import type { SessionOptions } from '../developer-api.ts'
import { Refused, UsageError } from '../errors.ts'
import { withLocalStore } from '../local-store.ts'
import { examples, jsonOption, urlOption } from '../options.ts'
import { agoInWords, printTokenRequest, printTokenRequestInShort } from '../print-token-request.ts'
import { getSession, type StoredSession } from '../session-file.ts'
import { type Cli, plain, printJson, printJsonLine, printWrapped } from '../terminal.ts'
import { followTokenRequests, getTokenRequest, NoneToSee, newestTokenRequest } from '../token-requests-api.ts'

interface Options extends SessionOptions {
  readonly last?: true
  readonly tail?: true
  readonly clientId?: string
  readonly operator?: true
}

/** The time from an answer to its trace, for a script that asks at once. */
const patienceMs = 600

export function define(command: Command, cli: Cli): void {
  command
    .description(
      'Explain a token request: every step of it, what was wrong in each, and what to do. For the developer whose client it named.',
    )
    .argument('[trace_id]', 'as in the header X-Trace-Id, or the error answer as it is')
    .option('--last', "the newest one of your clients' that was not granted")
    .option('--tail', 'each one as it comes, until Ctrl-C')
    // Not from the environment: where the app's client_id is set wrong, the filter would hide what it did.
    .option('--client-id <id>', 'with --last and --tail: of this client alone')
    .option(
      '--operator',
      'with a trace_id, for whoever runs the server: straight from its database, with the settings of this environment; the audit log keeps that you looked',
    )
    .addOption(urlOption())
    .addOption(jsonOption())
    .action((trace_id: string | undefined, options: Options) => explain(cli, trace_id, options))
  examples(
    command,
    'valetkey explain 4bf92f3577b34da6a3ce929d0e0e4736',
    'valetkey explain --last --client-id 0198c5f0-7e1a-7cc2-9a55-3f2b6f0f1a11',
    'VALETKEY_DATA=/var/lib/valetkey valetkey explain 4bf92f3577b34da6a3ce929d0e0e4736 --operator',
    'valetkey explain --tail --json | jq -r \'select(.outcome != "granted").means\'',
  )
}

async function explain(cli: Cli, trace_id: string | undefined, options: Options): Promise<void> {
  const { last, tail, clientId, url } = options
  const asked = [trace_id, last, tail].filter((one) => one !== undefined && one !== '')
  if (asked.length !== 1) throw new UsageError('say which: a trace_id, --last or --tail')
  if (trace_id !== undefined && clientId !== undefined)
    throw new UsageError('--client-id goes with --last or --tail; a trace_id names one request already')
  if (options.operator) return explainFromDatabase(cli, trace_id, options)
  const named = trace_id === undefined ? undefined : traceIdIn(trace_id)
  const session = await getSession(cli, url)
  if (clientId !== undefined) await mustOwn(session, clientId)
  if (named !== undefined) await explainOne(cli, session, named, options)
  else if (last) await explainLast(cli, session, options)
  else await explainAll(cli, session, options)
}

/** The first 32 hex digits in a row, whatever they were copied with. */
function traceIdIn(text: string): string {
  const [found] = /(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])/i.exec(text) ?? []
  if (found === undefined) throw new UsageError('a trace_id has 32 hex digits')
  return found.toLowerCase()
}

/** A filter for nobody's client would find nothing, and look as if there were nothing. */
async function mustOwn(session: StoredSession, client_id: string): Promise<void> {
  const clients = await clientsOf(session)
  if (clients.some((client) => client.client_id === client_id)) return
  throw new Refused('not_found', `You have no client ${client_id}. ${yoursInWords(clients)}`)
}

/** Without a session: whoever may read the database reads it. */
async function explainFromDatabase(cli: Cli, trace_id: string | undefined, { json }: Options): Promise<void> {
  if (trace_id === undefined) throw new UsageError('--operator goes with a trace_id')
  const answer = await withLocalStore(cli, (store, settings) =>
    explainForOperator(store, settings, traceIdIn(trace_id)),
  )
  if (answer === undefined)
    throw new Refused('not_found', 'no token request of the last 30 days has this trace_id')
  if (json) printJson(cli, answer)
  else printTokenRequest(cli, cli.out, answer)
}

async function explainOne(
  cli: Cli,
  session: StoredSession,
  trace_id: string,
  { json }: Options,
): Promise<void> {
  const answer = await getTokenRequest(session, trace_id, { patienceMs }).catch(async (thrown) => {
    if (!(thrown instanceof NoneToSee)) throw thrown
    throw new NoneToSee([yoursInWords(await clientsOf(session)), ...elsewhere])
  })
  if (json) printJson(cli, answer)
  else printTokenRequest(cli, cli.out, answer)
}

const elsewhere = ['→ valetkey token diagnose -   looks at the request itself, unsent']
const byTraceId =
  'A request that named none of your clients is found by its trace_id alone: valetkey explain <trace_id>'

/** The newest one that was refused or failed; where there is none, when it went well last. */
async function explainLast(cli: Cli, session: StoredSession, options: Options): Promise<void> {
  const newest = (outcome: 'granted' | 'refused' | 'failed') =>
    newestTokenRequest(session, outcome, options.clientId)
  const [refused, failed] = await Promise.all([newest('refused'), newest('failed')])
  const last = [refused, failed]
    .filter((one) => one !== undefined)
    .sort((a, b) => Date.parse(b.at) - Date.parse(a.at))[0]
  if (last !== undefined) {
    await explainOne(cli, session, last.trace_id, options)
    if (!options.json) sayAside(cli, `Not the one? ${byTraceId}`)
    return
  }
  const granted = await newest('granted')
  if (options.json) return printJson(cli, null)
  const whose = options.clientId === undefined ? 'your clients' : 'this client'
  cli.out.line(`No token request of ${whose} was refused in the last 30 days.`)
  cli.out.line(
    granted === undefined
      ? 'None was granted either.'
      : `The newest was granted at ${plain(granted.at)}${agoInWords(cli, granted.at)}.`,
  )
  cli.out.line(byTraceId)
}

const sayAside = ({ err }: Cli, text: string): void =>
  printWrapped(err, text, { paint: (line) => err.paint('dim', line) })

async function explainAll(cli: Cli, session: StoredSession, { json, clientId }: Options): Promise<void> {
  const { out, gone } = cli
  if (!json) sayAside(cli, `Token requests at ${session.url} as they come; Ctrl-C ends it. ${byTraceId}`)
  const requests = followTokenRequests(session, {
    client_id: clientId,
    signal: gone,
    onBreak: (why, pauseMs) => sayAside(cli, `${why}; trying again in ${Math.round(pauseMs / 1000)} s`),
    onAgain: () => sayAside(cli, 'connected again'),
  })
  let first = true
  for await (const request of requests) {
    if (json) printJsonLine(cli, request)
    else {
      if (!first) out.line()
      printTokenRequestInShort(out, request)
    }
    first = false
  }
}
