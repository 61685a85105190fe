import { STATUS_CODES } from 'node:http'
import { type Step, stepTitles, tokenRequestSteps } from '../domain/token-request.ts'
import { type Reason, type RefusalGroup, type RefusalRow, refusalGroups } from '../refusals.ts'
import { type Html, html } from './html.ts'

/** A finer cause of a refusal. */
export interface Finding {
  readonly cause: string
  readonly means: string
  readonly fix: string
  readonly snippet?: string
}

export interface ErrorPage {
  readonly name: string
  readonly group: RefusalGroup
  /** What it means, why it tells no more, and what else to know; the two are for pages of several reasons. */
  readonly explanation: string
  readonly why?: string
  readonly hint?: string
  readonly members: readonly Member[]
  /** The page that the answer points to, where this is one reason of several behind it. */
  readonly partOf?: ErrorPage
}

interface Member extends RefusalRow {
  readonly reason: Reason
  readonly findings: readonly Finding[]
}

/** What it means, how to ask which it was, what to do, and at last what the answer looks like. */
export function bodyOf(page: ErrorPage, url: string): Html {
  const [only, ...others] = page.members
  return html`${wayBack(page.group)}
<main>
<h1>${page.explanation}</h1>
${nameplate(page)}
${howToAsk([page], url)}
${only !== undefined && others.length === 0 ? whatToDo(only, url) : several(page, url)}
${page.partOf && html`<p class="soft">One of ${page.partOf.members.length} errors that get the same answer: <a href="${hrefOf(page.partOf)}">${page.partOf.explanation}</a></p>`}
${page.group.traced === 'always' ? undefined : forTheOperator}
<details><summary>What the answer looks like</summary>
${answersOf(page).map((row) => answer(row, `${url}${hrefOf(page.partOf ?? page)}`))}</details>
</main>`
}

/** What an error, or a name with two meanings, may mean. */
export const listOf = (name: string, meant: readonly ErrorPage[], url: string): Html => html`${wayBack()}
<main>
<h1><code>${breakable(name)}</code> means one of these</h1>
${howToAsk(meant, url)}
<p>Without asking: <code>error_uri</code> in the answer ends with one of these names.</p>
${entries(meant, ({ name, partOf }) => [partOf?.name ?? name])}
</main>`

/** All pages, those of the token request first. */
export function contents(pages: readonly ErrorPage[], url: string): Html {
  const groups = [
    ...refusalGroups.filter(({ traced }) => traced === 'always'),
    ...refusalGroups.filter(({ traced }) => traced !== 'always'),
  ]
  const pagesOf = (group: RefusalGroup) => pages.filter((page) => page.group === group)
  return html`<main>
<h1>Every error of this server, and what to do</h1>
${howToAsk(pages, url)}
<nav><ul class="jump">${groups.map(({ title }) => html`<li><a href="#${anchorOf(title)}">${title}</a></li>`)}</ul></nav>
${groups.map(
  (group) => html`<h2 id="${anchorOf(group.title)}">${group.title}</h2>
${entries(pagesOf(group), errorsOf)}
`,
)}</main>`
}

export const nothingHere: Html = html`<main>
<h1>There is no error of this name.</h1>
<p><a href="/errors">All errors, and what to do</a></p>
</main>`

const anchorOf = (title: string): string => title.toLowerCase().replaceAll(/[^a-z]+/g, '-')

/** The page that the answer points to, at the right place. */
const hrefOf = ({ name, partOf }: ErrorPage): string =>
  partOf === undefined ? `/errors/${name}` : `/errors/${partOf.name}#${name}`

const wayBack = (group?: RefusalGroup): Html =>
  html`<nav class="soft"><a href="/errors">All errors</a>${group && html` / <a href="/errors#${anchorOf(group.title)}">${group.title}</a>`}</nav>`

const errorsOf = ({ members }: ErrorPage): string[] => [...new Set(members.map(({ error }) => error))]

/** The pages as sentences, each beside the codes that the reader has in hand. */
const entries = (pages: readonly ErrorPage[], codesOf: (page: ErrorPage) => readonly string[]): Html => {
  const entry = (page: ErrorPage, codes: readonly string[]) => html`<li>
<div>${codes.map((code) => html`<code>${breakable(code)}</code>`)}</div>
<div><a href="${hrefOf(page)}">${page.explanation}</a>${codes.includes(page.name) ? undefined : html` <code class="soft">${breakable(page.name)}</code>`}</div>
</li>
`
  return html`<ul class="entries">${pages.map((page) => entry(page, codesOf(page)))}</ul>`
}

/** The names that programs know it by, below the words that people do. */
function nameplate({ name, members }: ErrorPage): Html {
  const codes = new Set(members.map(({ status, error }) => `${status} ${error}`))
  const step = members.length === 1 ? members[0]?.step : undefined
  return html`<p class="soft"><code>${breakable(name)}</code>${[...codes].map((code) => html` · <code>${breakable(code)}</code>`)}${step && html` · ${placeOf(step)}`}</p>`
}

const numbered: readonly Step[] = tokenRequestSteps.filter((step) => step !== 'read_request')
const placeOf = (step: Step): string =>
  `step ${numbered.indexOf(step) + 1} of ${numbered.length}: ${stepTitles[step]}`

function howToAsk(pages: readonly ErrorPage[], url: string): Html | undefined {
  if (pages.every(({ group }) => group.traced === 'never')) return undefined
  const whose = pages.every(({ group }) => group.traced === 'always')
    ? 'Is it your client?'
    : 'Was it a token request of your client?'
  return html`<aside>
<p><strong>${whose}</strong> Ask the server which it was:</p>
<pre>${copyable(`npx valetkey login --url ${url}`)}</pre>
<pre>${copyable('npx valetkey explain {trace_id}')}</pre>
<p class="soft">The <code>trace_id</code> is in the answer, and in its header <code>X-Trace-Id</code>. You see every step, the value that was wrong, and what to do.</p>
<p><a href="/console/token-requests">Open it in the console</a></p>
</aside>`
}

const forTheOperator = html`<p class="soft">Whoever operates the server finds the request in its log by the <code>trace_id</code> of the answer, which is also its header <code>X-Trace-Id</code>.</p>`

const several = ({ why, hint, members }: ErrorPage, url: string): Html => html`
<h2>What it may be, and what to do</h2>
<p>${why}</p>
<p>${hint}</p>
${members.map(
  (member) => html`<section id="${member.reason}">
<h3>${member.explanation}</h3>
<p class="soft"><code>${breakable(member.reason)}</code>${member.step && html` · ${placeOf(member.step)}`}</p>
${whatToDo(member, url)}
</section>
`,
)}`

const whatToDo = ({ fix, snippet, findings }: Member, url: string): Html => html`<p class="fix">${fix}</p>
${toCopy(snippet, url)}
${findings.length > 0 ? ways(findings, url, snippet) : undefined}`

/** A list of up to so many is open from the start. */
const openUpTo = 3

/** The finer causes in a table: what is the same for several, or was said above it, is said once. */
function ways(findings: readonly Finding[], url: string, said: string | undefined): Html {
  const plain = plainFix(findings)
  const groups = Map.groupBy(findings, ({ fix, snippet }) => snippet ?? fix)
  return html`<details${findings.length <= openUpTo ? html` open` : undefined}><summary>${findings.length === 1 ? 'One way' : `${findings.length} ways`} this happens, and what to do</summary>
<table><thead><tr><th>What happened</th><th>What to do</th></tr></thead>
${[...groups.values()].map(
  (group) => html`<tbody>${rowsOf(group, plain, url, said)}</tbody>
`,
)}</table></details>`
}

/** One row for each fix; what they all have to copy stands in the last. */
function rowsOf(group: readonly Finding[], plain: string, url: string, said: string | undefined): Html[] {
  const snippet = group[0]?.snippet
  const byFix = [...Map.groupBy(group, ({ fix }) => fix)]
  return byFix.map(([fix, rows], at) => {
    const means = rows.map(
      (row) => html`<p>${row.means} <code class="soft">${breakable(row.cause)}</code></p>`,
    )
    const toDo = html`<p class="fix">${fix === plain ? fix : fix.slice(plain.length).trim()}</p>`
    const below = at === byFix.length - 1 && snippet !== said ? toCopy(snippet, url) : undefined
    return html`<tr><td>${means}</td><td>${toDo}${below}</td></tr>
`
  })
}

/** The fix that all others begin with and add to, said where it stands alone; empty when there is none. */
const plainFix = (findings: readonly Finding[]): string =>
  findings.find(({ fix }) => findings.every((other) => other.fix.startsWith(fix)))?.fix ?? ''

/** What to copy, line by line, as it runs here: with this server's address, and a command line found without installing it. */
const toCopy = (snippet: string | undefined, url: string): Html[] | undefined =>
  snippet
    ?.replaceAll('{url}', () => url)
    .split(/(?<!\\)\n/)
    .map((line) => html`<pre>${copyable(line.replace(/^valetkey /, 'npx valetkey '))}</pre>`)

/** Breaks between words alone, never within `--client-id`; what the reader fills in stands out. */
const copyable = (text: string): Html[] =>
  text
    .split(/(\s+)/)
    .map((part, odd) => (odd % 2 === 1 ? html`${part}` : html`<span>${placeholders(part)}</span>`))

const placeholders = (word: string): Html[] =>
  word.split(/(\{\w+\})/).map((part, odd) => (odd % 2 === 1 ? html`<var>${part}</var>` : html`${part}`))

/** On a phone a long name goes on in the next line after one of its words. */
const breakable = (name: string): Html[] => name.split(/(?<=_)/).map((word) => html`${word}<wbr>`)

const answersOf = ({ members }: ErrorPage) => [
  ...new Map(members.map((row) => [JSON.stringify([row.error, row.status, row.description]), row])).values(),
]

function answer({ status, error, description: error_description }: RefusalRow, error_uri: string): Html {
  const body = { error, error_description, trace_id: '...', error_uri }
  return html`<pre>${copyable(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\n\n${JSON.stringify(body, undefined, 2)}`)}</pre>
`
}
