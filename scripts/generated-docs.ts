import { vocabularyVersion } from '@valetkey/protocol'
import { flagOf, type SettingName, settingRows } from '@valetkey/server'
import { type CauseRow, causes } from '../packages/server/src/domain/explain/causes.ts'
import { stepTitles } from '../packages/server/src/domain/token-request.ts'
import { type Limit, limits } from '../packages/server/src/http/limit-table.ts'
import type { LimitName } from '../packages/server/src/http/limits.ts'
import type { RouteLimit } from '../packages/server/src/http/route-limits.ts'
import { metricRows } from '../packages/server/src/observe/metric-rows.ts'
import { mostKeys, mostNames } from '../packages/server/src/rates/quick-counts.ts'
import { pageOf, type Reason, type RefusalRow, refusalGroups } from '../packages/server/src/refusals.ts'
import { testApp } from '../packages/server/src/testing/test-deps.ts'

interface Doc {
  readonly path: string
  readonly text: string
}

/** Everything in docs/generated, printed from the code that it describes. */
export async function generatedDocs(): Promise<Doc[]> {
  const { api, routeLimits } = await builtServer()
  return [
    { path: 'docs/generated/settings.md', text: settingsDoc() },
    { path: 'docs/generated/limits.md', text: limitsDoc(api, routeLimits) },
    { path: 'docs/generated/refusals.md', text: refusalsDoc() },
    { path: 'docs/generated/metrics.md', text: metricsDoc() },
    { path: 'docs/generated/http-api.md', text: httpApiDoc(api) },
  ]
}

const printed = '<!-- Printed from the code by "npm run docs". -->\n\n'
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n')

function settingsDoc(): string {
  const rows = Object.entries(settingRows).map(([name, row]) => [
    `\`${row.env}\``,
    `\`${flagOf(name as SettingName)}\``,
    `${Array.isArray(row.default) || row.default === '' ? '(none)' : String(row.default)}`
      .replace(/^true$/, 'on')
      .replace(/^false$/, 'off'),
    row.unit,
    row.means,
  ])
  return `${printed}# Settings

A flag of \`valetkey serve\` wins over the environment, the environment over the default. A bad value stops the start with a sentence that names the setting. \`valetkey settings\` prints what is in force.

${table(['Variable', 'Flag', 'Default', 'Unit', 'Meaning'], rows)}
`
}

function metricsDoc(): string {
  const rows = Object.values(metricRows).map(({ name, kind, labels, means }) => [
    `\`${name}\``,
    kind,
    labels.map((label) => `\`${label}\``).join(' '),
    means,
  ])
  return `${printed}# Metrics

Beside these come Node's own: \`process_*\` (CPU, memory, start, file descriptors) and \`nodejs_*\` (event loop lag, heap, garbage collection). How to switch them on, and what to watch, is in [monitoring](../monitoring.md).

${table(['Metric', 'Kind', 'Labels', 'Meaning'], rows)}
`
}

function refusalsDoc(): string {
  const sections = refusalGroups.map(({ title, rows }) => {
    const cells = (Object.entries(rows) as [Reason, RefusalRow][]).map(([reason, row]) => [
      `\`${reason}\``,
      `${row.status} \`${row.error}\``,
      row.description,
      row.explanation,
      row.snippet === undefined ? row.fix : `${row.fix}<br>\`${row.snippet}\``,
      `\`/errors/${pageOf(reason)}\``,
    ])
    return `## ${title}\n\n${table(['Reason', 'Answer', 'Public words', 'Means', 'What to do', 'Page'], cells)}\n`
  })
  const causeCells = Object.entries(causes as Readonly<Record<string, CauseRow>>).map(([cause, row]) => [
    `\`${cause}\``,
    `\`${row.reason}\``,
    stepTitles[row.step],
    row.means,
    row.snippet === undefined ? row.fix : `${row.fix}<br>\`${row.snippet.replaceAll(/\s*\\?\n\s*/g, ' ')}\``,
  ])
  return `${printed}# Refusals

Every way the server says no. The status, \`error\` and the public words leave the building; the words may be more precise than they are here, as far as the request and the clock alone decide. The reason goes to the log, and to the trace that the developer who owns the client reads with \`valetkey explain\`. \`error_uri\` points to the page. Rows with one page cannot be told apart from outside, on purpose.

Vocabulary version ${vocabularyVersion}. A code, once published, keeps its meaning; one no longer used is never used again.

${sections.join('\n')}
## Why a token request failed

What the developer who owns the client is told, more precisely than the reason, in the order of the steps.

${table(['Cause', 'Reason', 'Step', 'Means', 'What to do'], causeCells)}
`
}

interface OpenApi {
  readonly paths: Record<
    string,
    Record<string, { summary?: string; tags?: string[]; security?: Record<string, unknown>[] }>
  >
}

type RouteLimits = Awaited<ReturnType<typeof testApp>>['app']['routeLimits']

/** The document that a server with all its doors publishes, and what each of its routes counts against. */
async function builtServer(): Promise<{ api: OpenApi; routeLimits: RouteLimits }> {
  const settings = { admin_token: 'printed-with-the-admin-api-mounted' }
  const { app, deps } = await testApp({ settings })
  try {
    return { api: (await app.inject('/openapi.json')).json<OpenApi>(), routeLimits: app.routeLimits }
  } finally {
    await app.close()
    await deps.store.close()
  }
}

const whom: Readonly<Record<Limit['per'], string>> = {
  network: 'network',
  account: 'account',
  address: 'mail address',
  client: 'client',
  client_in_network: 'client as it is named, and network',
}

/** What every request of a route counts for, beside what limits say of themselves. */
const countedFor: Readonly<Record<RouteLimit, readonly LimitName[]>> = {
  anybody: ['anybody'],
  signed_in: ['signed_in', 'no_session'],
  client: ['failed_proof', 'failed_proofs', 'refused_request', 'refused_requests'],
  operator: ['admin_failure'],
  none: [],
}

function limitsDoc({ paths }: OpenApi, routeLimits: RouteLimits): string {
  const all = Object.entries(limits as Readonly<Record<LimitName, Limit>>) as [LimitName, Limit][]
  const requests = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
  const byRequest = new Map(
    routeLimits.map(({ route, limit }) => [route.replaceAll(/:(\w+)/g, '{$1}'), countedFor[limit]]),
  )
  const doors = ['/api/v0/auth', '/api/v0/developer/auth']
  const at = (limit: Limit): string[] =>
    (limit.at ?? []).flatMap((one) =>
      one.includes('{door}') ? doors.map((door) => one.replace('{door}', door)) : [one],
    )
  const unknown = all.flatMap(([, limit]) => at(limit)).find((one) => !requests.includes(one))
  if (unknown !== undefined) throw new Error(`a limit names ${unknown}, which is no request of the API`)
  const everywhere = Object.values(countedFor).flat()
  const silent = all.find(
    ([name, { per, at: said }]) => per === 'account' && !said && !everywhere.includes(name),
  )
  if (silent !== undefined) throw new Error(`the limit ${silent[0]} does not say which requests count`)
  const limitRows = all.map(([name, { per, hits, windowSeconds, of, quick, setting }]) => [
    `\`${name}\``,
    of,
    whom[per],
    `${hits}${setting === undefined ? '' : `, \`${settingRows[setting].env}\``}`,
    `${windowSeconds} s`,
    quick === true ? 'within a second' : 'at once',
  ])
  const requestRows = requests.map((request) => {
    const common = byRequest.get(request)
    if (common === undefined) throw new Error(`${request} is in the API and is no route`)
    const own = all.filter(([, limit]) => at(limit).includes(request)).map(([name]) => name)
    return [`\`${request}\``, [...own, ...common].map((name) => `\`${name}\``).join(', ') || 'none']
  })
  return `${printed}# Limits

How often anything may be done, and whom it counts against. A network is an IPv4 address, or the /64 block of an IPv6 address; behind a proxy it is the right-most address of \`X-Forwarded-For\` that is not in \`VALETKEY_TRUSTED_PROXIES\`, and no other header says who asks.

- **Whoever meets a limit** is answered 429 \`temporarily_unavailable\` with \`Retry-After\`, \`RateLimit-Limit\`, \`RateLimit-Remaining\` and \`RateLimit-Reset\` ([draft 06](https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-06)), and \`RateLimit-Policy\` and \`RateLimit\` ([draft 11](https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-11)), which name it. Answers that did what was asked tell the limit with the least left in the same headers; those of \`/api/v0/oauth2/*\` and of ending an app's access keep the headers that clients of the contract know, and tell a limit when it is met.
- **Clients** count by what they prove. What was refused counts against the network and the client it named, and only other refusals wait for it. Whoever proves who they are is never refused for what others did: it counts for the client, wherever it asks from. A JWT without \`jti\` may have been copied, so there it counts for the client in that network. What a device hears while it waits for its user is no refusal.
- **Passwords** have a lock beside these: the third wrong one of an address from one network closes it there for two minutes, each further one for twice as long, up to an hour. Other networks are not touched.
- **Where they are counted** is for \`VALETKEY_RATE_LIMIT_STORE\` to say: in the database, for all servers together, or in memory, by each for itself. In the database the rare ones are exact at once; the others are counted in the process that was asked and added up within about a second, once a twentieth of the limit is used, so that no request waits for them. While the database is away each server counts for itself.
- **Memory is bounded** whatever is sent: ${mostKeys} windows of each limit, ${mostNames} names of each network. What finds no room is counted together; no window that is open is given up for another.
- \`VALETKEY_RATE_LIMITS=off\` switches all of them off, but for the five tries of a code that proves an address.

${table(['Limit', 'Of', 'Counts per', 'At most', 'In', 'Other servers know'], limitRows)}

## By request

Pages and everything else that is not in this table count as \`anybody\`; files under \`/assets\` do not count. A page that does what a request of the table does shares its limits.

${table(['Request', 'Limits'], requestRows)}
`
}

function httpApiDoc({ paths }: OpenApi): string {
  const rows = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { summary = '', tags = [], security = [] }]) => ({
      tag: tags[0] ?? 'other',
      cells: [
        `\`${method.toUpperCase()} ${path}\``,
        summary,
        security.flatMap((one) => Object.keys(one)).join(', ') || 'anybody',
      ],
    })),
  )
  const tags = [...new Set(rows.map(({ tag }) => tag))].sort()
  const sections = tags.map((tag) => {
    const cells = rows.filter((row) => row.tag === tag).map((row) => row.cells)
    return `## ${tag}\n\n${table(['Request', 'Does', 'Who asks'], cells)}\n`
  })
  return `${printed}# HTTP API

The whole of it, with every field, is the OpenAPI 3.1 document at \`/openapi.json\`. Every error has one shape: \`{error, error_description, trace_id, error_uri}\`; see [refusals](refusals.md). How often anything may be asked, and the headers that tell it, are in [limits](limits.md).

A developer or a user shows who it is by \`Authorization: Bearer <session token>\` or by the cookie of the door. A client proves it in the standard dialect: by \`client_assertion\` in its form, by a JWT in \`client_secret\` or as the password of HTTP Basic, or by \`client_id\` alone where it has no secret. What was registered by program is managed with \`Authorization: Bearer <registration_access_token>\`.

\`/oauth2/*\` takes forms (\`application/x-www-form-urlencoded\`), but for \`/oauth2/register\`; everything else takes JSON. Where browsers are sent, \`/oauth2/authorize\`, \`/oauth2-integration\` and \`/device\`, the answer is a page or a redirect, so that they are not in these tables.

${sections.join('\n')}`
}
