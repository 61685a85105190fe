import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Deps } from '../deps.ts'
import { pageOf, type Reason, type RefusalRow, refusalGroups, refuse, sharedPages } from '../refusals.ts'
import { sendRefusalPage, wantsPage } from './answers.ts'
import type { Assets } from './assets.ts'
import { bodyOf, contents, type ErrorPage, type Finding, listOf, nothingHere } from './error-page-body.ts'
import { type Html, html } from './html.ts'
import { brand, type Page, sendPage } from './page.ts'

interface Options extends Pick<Deps, 'log'> {
  readonly assets: Assets | undefined
  /** How the world reaches the server, such as `https://auth.example`: it stands in the commands. */
  readonly public_url: string
  /** What lies behind a reason, more precisely; the page lists it below. */
  readonly findingsFor?: (reason: Reason) => readonly Finding[]
}

/**
 * `/errors/{page}`: the page that `error_uri` points to; `/errors`: all of them. A reason that shares a page has one of
 * its own beside it, and an error lists what it may mean. They know the table of refusals, and nothing of any request.
 */
export const errorPages: FastifyPluginAsyncZod<Options> = async (
  app,
  { log, assets, public_url, findingsFor },
) => {
  const pages = allPages(findingsFor ?? (() => []))
  const documents = allDocuments(pages, public_url)
  const list = documentOf('Errors', contents(pages, public_url))

  app.get('/errors', { schema: { hide: true } }, async (_request, reply) => sendPage(reply, assets, list))
  const params = z.object({ page: z.string() })
  app.get('/errors/:page', { schema: { hide: true, params } }, async (request, reply) => {
    const found = documents.get(request.params.page)
    if (found !== undefined) return sendPage(reply, assets, found)
    const refusal = refuse('route_unknown')
    if (!wantsPage(request)) throw refusal
    return sendRefusalPage({ log, assets }, request, reply, refusal, documentOf('Not found', nothingHere))
  })
}

const documentOf = (title: string, content: Html): Page => ({
  title,
  body: html`${brand()}
<div class="errors">
${content}
</div>`,
})

/** Every page by its name. */
function allDocuments(pages: readonly ErrorPage[], url: string): Map<string, Page> {
  const parts = pages.flatMap(partsOf)
  const documents = new Map<string, Page>()
  for (const name of new Set(pages.flatMap(namesOf))) {
    const [meant, ...others] = meantBy(name, pages, parts)
    if (meant === undefined) continue
    const body = others.length === 0 ? bodyOf(meant, url) : listOf(name, [meant, ...others], url)
    documents.set(name, documentOf(name, body))
  }
  return documents
}

function allPages(findingsFor: (reason: Reason) => readonly Finding[]): readonly ErrorPage[] {
  return refusalGroups.flatMap((group) => {
    const rows = (Object.entries(group.rows) as [Reason, RefusalRow][]).map(([reason, row]) => ({
      reason,
      ...row,
      findings: worthTelling(reason, row, findingsFor(reason)),
    }))
    const byPage = Map.groupBy(rows, ({ reason }) => pageOf(reason))
    return [...byPage].map(([name, members]) => {
      const words = Object.entries(sharedPages).find(([shared]) => shared === name)?.[1]
      return { name, group, members, explanation: members[0]?.explanation ?? '', ...words }
    })
  })
}

/** The reasons of a shared page, each as a page of its own. */
const partsOf = (page: ErrorPage): ErrorPage[] =>
  page.members
    .filter(({ reason }) => reason !== page.name)
    .map((member) => ({
      name: member.reason,
      group: page.group,
      explanation: member.explanation,
      members: [member],
      partOf: page,
    }))

const namesOf = ({ name, members }: ErrorPage): string[] => [
  name,
  ...members.flatMap(({ error, reason }) => [error, reason]),
]

/** A page by its name; else whatever has this name as its error or as one of its reasons. */
function meantBy(
  name: string,
  pages: readonly ErrorPage[],
  parts: readonly ErrorPage[],
): readonly ErrorPage[] {
  const page = pages.find((one) => one.name === name)
  if (page !== undefined) return [page]
  return [
    ...pages.filter(({ members }) => members.some(({ error }) => error === name)),
    ...parts.filter((part) => part.name === name),
  ]
}

/** Found where a secret or a whole request is pasted, never by a server: nobody comes to a page from there. */
const foundOffline: ReadonlySet<string> = new Set([
  'secret_given_differs',
  'secret_given_with_whitespace',
  'secret_given_with_quotes',
  'file_not_read',
  'sent_to_another_server',
  'sent_to_another_path',
  'unreadable',
])

/** Without those that say no more than the reason does. */
function worthTelling(reason: Reason, row: RefusalRow, findings: readonly Finding[]): readonly Finding[] {
  const alone = findings.length === 1
  return findings.filter(({ cause, means, fix, snippet }) => {
    const repeats = cause === reason || means === row.explanation || fix === row.fix
    return !(
      foundOffline.has(cause) ||
      repeats ||
      (alone && snippet !== undefined && snippet === row.snippet)
    )
  })
}
