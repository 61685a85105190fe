import { hash } from 'node:crypto'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { type RefusalRow, refusals, refuse } from '../refusals.ts'

const style =
  ':root{color-scheme:light dark}body{font:16px/1.6 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}h1{font-size:1.5rem}li{margin:.5rem 0}'

const contentPolicy = `default-src 'none'; style-src 'sha256-${hash('sha256', style, 'base64')}'; base-uri 'none'; frame-ancestors 'none'`

/** `/errors/{error}`: the page that `error_uri` points to. It knows the table of refusals, and nothing of any request. */
export const errorPages: FastifyPluginAsyncZod = async (app) => {
  const rows: readonly RefusalRow[] = Object.values(refusals)
  const params = z.object({ error: z.string().max(64) })
  app.get('/errors/:error', { schema: { hide: true, params } }, async (request, reply) => {
    const { error } = request.params
    const descriptions = new Set(
      rows.filter((row) => row.error === error).map((row) => `<li>${row.description}</li>`),
    )
    if (descriptions.size === 0) throw refuse('route_unknown')
    const page = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${error} · Valetkey</title><style>${style}</style>
<h1><code>${error}</code></h1><p>This answer means one of:</p><ul>${[...descriptions].join('')}</ul>
<p>The <code>trace_id</code> of the answer names the request. The server keeps a trace of every token request under it, step by step, for the developer who owns the client. <code>valetkey jwt debug</code> goes through the six steps of client authentication with the secret at hand.</p></html>`
    reply.header('content-security-policy', contentPolicy)
    return reply.type('text/html; charset=utf-8').send(page)
  })
}
