import type { FastifyReply } from 'fastify'
import type { Assets } from './assets.ts'
import { type Html, html } from './html.ts'

/** A page that the server renders. */
export interface Page {
  /** Of the tab, before the name of the product. */
  readonly title: string
  /** The content of `<body>`, with one `<main>` and one `<h1>` in it. */
  readonly body: Html
  /** The name of its script in `packages/web/src/pages`. */
  readonly script?: string
  /** What the script is told: JSON in an element `#page-data`. */
  readonly data?: unknown
  /** Whether its script compiles WebAssembly. */
  readonly wasm?: true
  /** Where else than here its forms may be sent: a source of a content policy. */
  readonly form_target?: string | undefined
}

/** The name of the place on top of a page, which leads home; beside it what else there is. */
export const brand = (beside?: Html): Html => html`<header class="brand">
<a href="/"><img src="/favicon.svg" alt="" width="28" height="28">Valetkey</a>
${beside}
</header>`

/** Sends a page under its content policy. */
export function sendPage(reply: FastifyReply, assets: Assets | undefined, page: Page): FastifyReply {
  return reply
    .headers(pageHeaders(contentPolicy(page)))
    .type('text/html; charset=utf-8')
    .send(documentOf(page, assets))
}

/** What every document of ours is sent with. @source RFC 7034 (X-Frame-Options); OWASP ASVS 5.0 3.4 */
export const pageHeaders = (policy: string): Record<string, string> => ({
  'content-security-policy': policy,
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
})

/** Nothing from elsewhere, nothing inline, in nobody's frame. */
function contentPolicy({ script, wasm, form_target }: Page): string {
  const scripts = wasm === true ? "'self' 'wasm-unsafe-eval'" : "'self'"
  return [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self'",
    ...(script === undefined ? [] : [`script-src ${scripts}`, "connect-src 'self'"]),
    ...(wasm === true ? ["worker-src 'self'"] : []),
    `form-action 'self'${form_target === undefined ? '' : ` ${form_target}`}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

function documentOf({ title, body, script, data }: Page, assets: Assets | undefined): string {
  const { html: text } = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} - Valetkey</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
${assets && html`<link rel="stylesheet" href="${assets.stylesheet}">`}
${assets && script !== undefined ? html`<script type="module" src="${assets.script(script)}"></script>` : undefined}
</head>
<body>
${body}
${data === undefined ? undefined : html`<script type="application/json" id="page-data">${jsonInHtml(data)}</script>`}
</body>
</html>
`
  return text
}

/** JSON that no text in it can end the element of. */
const jsonInHtml = (data: unknown): Html => ({ html: JSON.stringify(data).replaceAll('<', '\\u003c') })
