import type { FastifyPluginAsync } from 'fastify'
import { html } from '../http/html.ts'
import { brand, sendPage } from '../http/page.ts'
import type { PageOptions } from './page-options.ts'

/** `/`: which of the two doors somebody is looking for. */
export const homePage: FastifyPluginAsync<PageOptions> = async (app, { assets }) => {
  app.get('/', { schema: { hide: true } }, async (_request, reply) =>
    sendPage(reply, assets, { title: 'Keys to storage', body }),
  )
}

const body = html`${brand()}
<main class="page stack loose">
<div class="stack tight">
<h1>Hand over a key to some of your storage, never your own</h1>
<p class="lead">An app asks for access; you decide to what, and until when. You take it back whenever you like.</p>
</div>
<div class="doors">
<a class="panel choice" href="/apps"><strong>My storage</strong> See which apps hold a key to your files, and take it back.</a>
<a class="panel choice" href="/console"><strong>I build apps</strong> Register a client, try the token request, and read why one failed.</a>
</div>
<p class="soft">For programs: <a href="/openapi.json">the description of the API</a> · <a href="/errors">every error, and what to do</a></p>
</main>`
