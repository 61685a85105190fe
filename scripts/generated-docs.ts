import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { vocabularyVersion } from '@valetkey/protocol'
import { flagOf, readSettings, type SettingName, serve, settingRows } from '@valetkey/server'
import { type CauseRow, causes } from '../packages/server/src/domain/explain/causes.ts'
import { stepTitles } from '../packages/server/src/domain/token-request.ts'
import { pageOf, type Reason, type RefusalRow, refusalGroups } from '../packages/server/src/refusals.ts'

interface Doc {
  readonly path: string
  readonly text: string
}

/** Everything in docs/generated, printed from the code that it describes. */
export async function generatedDocs(): Promise<Doc[]> {
  return [
    { path: 'docs/generated/settings.md', text: settingsDoc() },
    { path: 'docs/generated/refusals.md', text: refusalsDoc() },
    { path: 'docs/generated/http-api.md', text: httpApiDoc(await openApi()) },
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

/** The document a running server publishes. */
async function openApi(): Promise<OpenApi> {
  const data = mkdtempSync(join(tmpdir(), 'valetkey-docs-'))
  const server = await serve(readSettings({ port: '0', data }, {}), {
    info: () => undefined,
    error: () => undefined,
  })
  try {
    return (await (await fetch(`${server.url}/openapi.json`)).json()) as OpenApi
  } finally {
    await server.close()
    rmSync(data, { recursive: true })
  }
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

The whole of it, with every field, is the OpenAPI 3.1 document at \`/openapi.json\`. Every error has one shape: \`{error, error_description, trace_id, error_uri}\`; see [refusals](refusals.md).

A developer or a user shows who it is by \`Authorization: Bearer <session token>\` or by the cookie of the door. A client proves it in the standard dialect: by \`client_assertion\` in its form, by a JWT in \`client_secret\` or as the password of HTTP Basic, or by \`client_id\` alone where it has no secret. What was registered by program is managed with \`Authorization: Bearer <registration_access_token>\`.

\`/oauth2/*\` takes forms (\`application/x-www-form-urlencoded\`), but for \`/oauth2/register\`; everything else takes JSON. Where browsers are sent, \`/oauth2/authorize\`, \`/oauth2-integration\` and \`/device\`, the answer is a page or a redirect, so that they are not in these tables.

${sections.join('\n')}`
}
