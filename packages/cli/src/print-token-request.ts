import {
  durationInWords,
  type ExplainedTokenRequestAnswer,
  type TokenRequestAnswer,
} from '@valetkey/protocol'
import { printExplanation, printFindings } from './print-explanation.ts'
import { type Cli, count, plain, printFields, printWrapped, type Screen } from './terminal.ts'

/** One token request: what was wrong; who, when and how it ended; then every step of it. */
export function printTokenRequest(cli: Cli, screen: Screen, answer: ExplainedTokenRequestAnswer): void {
  const facts = () => printFacts(cli, screen, answer)
  printExplanation(screen, answer.explanation, { fine: 'Nothing was wrong with this request.', facts })
}

function printFacts(cli: Cli, screen: Screen, answer: ExplainedTokenRequestAnswer): void {
  const { trace_id, at, network, user_agent, grant_id, authenticated, cause } = answer
  printFields(screen, [
    ['client', clientInWords(answer.client_id, answer.client_name)],
    ['time', `${at}${agoInWords(cli, at)}`],
    ['outcome', outcomeInWords(answer)],
    ['trace_id', trace_id],
    ...(grant_id === null ? [] : [['grant_id', grant_id] as const]),
    ['sent by', `${user_agent || 'no user agent'} from ${network}`],
    ['sent', sentInWords(answer)],
  ])
  if (authenticated) return
  const perhapsForged =
    cause === 'secret_differs'
      ? ' If your app works, somebody else may have sent this: then there is nothing to do.'
      : ''
  printWrapped(screen, `${unproven}: anybody may send a request in its name.${perhapsForged}`, {
    paint: (line) => screen.paint('yellow', line),
  })
}

const unproven = 'not proven to be from your app'

/** A line for each, and below it what is wrong, step by step. */
export function printTokenRequestInShort(screen: Screen, answer: ExplainedTokenRequestAnswer): void {
  const { outcome, at, status, reason, network, trace_id, authenticated, explanation } = answer
  const mark = outcome === 'granted' ? screen.paint('green', '✓') : screen.paint('red', '✗')
  const client = answer.client_name ?? answer.client_id ?? 'no client'
  const words = [
    at,
    `${status} ${reason ?? outcome}`,
    client,
    `from ${network}${authenticated ? '' : `, ${unproven}`}`,
    trace_id,
  ]
  screen.line(`${mark} ${words.map(plain).join('  ')}`)
  for (const step of explanation.steps.filter(({ findings }) => findings.length > 0)) {
    screen.line(`  ${screen.paint('dim', plain(step.title))}`)
    printFindings(screen, step, { indent: '    ' })
  }
}

/** ` (312 s ago)`; empty for what is no time. */
export function agoInWords({ now }: Pick<Cli, 'now'>, at: string): string {
  const seconds = now() - Math.floor(Date.parse(at) / 1000)
  return Number.isNaN(seconds) ? '' : ` (${durationInWords(Math.max(0, seconds))} ago)`
}

export function clientInWords(client_id: string | null, client_name: string | null): string {
  if (client_id === null) return 'none named'
  return `${client_id} ${client_name === null ? '(none of yours)' : `(${client_name})`}`
}

function outcomeInWords({ outcome, status, reason }: TokenRequestAnswer): string {
  return `${outcome}, HTTP ${status}${reason === null ? '' : `, ${reason}`}`
}

function sentInWords({ request, reason, explanation }: ExplainedTokenRequestAnswer): string {
  const { content_type, content_length, parameters } = request
  const unread = reason === 'content_type_unsupported' || explanation.first_failure === 'read_request'
  const none = unread ? 'parameters not read' : 'no parameters'
  const names = parameters.length === 0 ? none : parameters.join(' ')
  return `${content_type || 'no Content-Type'}, ${count(content_length, 'byte')}: ${names}`
}
