import { listInWords, type Place, placeInWords, scopesInWords } from '@valetkey/protocol'
import type { RevokedBy } from '../../domain/grant.ts'
import { type Html, html } from '../../http/html.ts'
import type { Access, AppOfUser, AppsOfUser, EndedAppOfUser } from '../../user/apps-of-user.ts'
import { day, dayAhead, type UserPage } from '../user-frame.ts'

/** So many apps are found by looking; with more of them a field helps. */
const seenAtOnce = 8

/** The apps that hold access now, and those that held some before. */
export const listPage = ({ connected, ended }: AppsOfUser, now: number): UserPage => ({
  title: 'Connected apps',
  here: '/apps',
  name: 'apps',
  main: html`<div class="stack tight">
<h1 tabindex="-1">Connected apps</h1>
<p class="lead">Which apps hold a key to your storage. You can end the access of each at any time.</p>
</div>
<div id="told" role="status"></div>
<section id="connected" class="stack" aria-label="Connected apps">
${connected.length > seenAtOnce ? finder : undefined}
${connected.length === 0 ? nobody : html`<ul class="apps">${connected.map((one) => connectedApp(one, now))}</ul>`}
</section>
<section id="ended" class="stack" aria-labelledby="ended-title"${ended.length === 0 ? html` hidden` : undefined}>
<h2 id="ended-title">No longer connected</h2>
<ul class="list">${ended.map(endedApp)}</ul>
</section>
${goodToKnow}
${endDialog}`,
})

const nobody = html`<p class="empty">No app holds access to your storage. When one asks and you allow it, it appears here.</p>`

const finder = html`<div class="field narrow">
<label for="find">Find an app</label>
<input id="find" type="search" autocomplete="off" disabled>
<p id="found" class="hint" role="status"></p>
</div>`

function connectedApp({ client, developer, accesses, rejected_scopes }: AppOfUser, now: number): Html {
  const { client_id, name, description } = client
  return html`<li class="panel stack">
<div class="row between">
<div class="stack tight grow">
<h2 class="break"><bdi>${name}</bdi></h2>
<p class="soft break">by <bdi>${developer.full_name}</bdi>${description === '' ? undefined : html` · <bdi>${description}</bdi>`}</p>
</div>
<button type="button" class="button danger" data-end="${client_id}" data-name="${name}" disabled>End access<span class="visually-hidden"> of ${name}</span></button>
</div>
${accesses.map((access) => accessFacts(access, now))}
${refusedWords(rejected_scopes)}
${askedBefore(client_id, name)}
</li>`
}

function accessFacts({ scopes, project_name, since, not_after, collected_at }: Access, now: number): Html {
  const { may, mayNot, places } = scopesInWords(scopes)
  return html`<dl class="facts">
<dt>It may</dt>
<dd>${may.length === 0 ? 'do nothing' : listInWords(may)}</dd>
${
  mayNot.length === 0
    ? undefined
    : html`<dt>It may not</dt>
<dd>${listInWords(mayNot)}</dd>`
}
<dt>Where</dt>
<dd>${whereWords(places, project_name)}</dd>
<dt>Since</dt>
<dd>${day(since)}</dd>
<dt>Until</dt>
<dd>${dayAhead(not_after, now)}</dd>
<dt>Last key collected</dt>
<dd>${day(collected_at)}</dd>
</dl>`
}

function whereWords(places: readonly Place[], project_name: string | undefined): Html {
  const project = html`the project <bdi>${project_name ?? 'that was removed'}</bdi>`
  const words = places.map((place) => html`<bdi>${placeInWords(place)}</bdi>`)
  if (words.length < 2) return html`${words[0] ?? 'everywhere'} in ${project}`
  return html`in ${project}:
<ul class="bullets">${words.map((place) => html`<li>${place}</li>`)}</ul>`
}

function refusedWords(scopes: readonly string[]): Html | undefined {
  if (scopes.length === 0) return undefined
  const { may, places } = scopesInWords(scopes)
  const refused = [...may.map((words) => `to ${words}`), ...places.map(placeInWords)]
  return html`<p class="soft break">You refused: ${listInWords(refused)}.</p>`
}

/** Read when it is opened; without a script a link leads to the same. */
const askedBefore = (client_id: string, name: string): Html => {
  const address = `/apps/${encodeURIComponent(client_id)}/history`
  return html`<details data-history="${address}">
<summary>What it asked<span class="visually-hidden">: ${name}</span></summary>
<div><p><a href="${address}">Show what it asked</a></p></div>
</details>`
}

function endedApp({ client, developer, ended_at, ended_by }: EndedAppOfUser): Html {
  return html`<li class="stack tight">
<h3 class="break"><bdi>${client.name}</bdi> <span class="soft by">by <bdi>${developer.full_name}</bdi></span></h3>
<p class="soft">${endings[ended_by ?? 'time']} ${day(ended_at)}.</p>
${askedBefore(client.client_id, client.name)}
</li>`
}

const endings: Record<RevokedBy | 'time', string> = {
  user: 'You ended its access on',
  developer: 'Its developer closed the app on',
  client: 'The app gave its access back on',
  operator: 'The operator of this server ended its access on',
  replay: 'Its access was ended, because somebody used its proof a second time, on',
  time: 'Its access ran out on',
}

/** How soon a key that was ended opens nothing any more. */
const howSoon =
  'Our own storage network refuses them at once; a storage server elsewhere may remember a key for a few minutes.'

const goodToKnow = html`<section class="stack apart" aria-labelledby="know-title">
<h2 id="know-title">Good to know</h2>
<dl class="facts">
<dt>Ending access</dt>
<dd>Ends every key of the app and everything made from them: keys it passed on, and S3 credentials. ${howSoon} What the app has copied stays with it, and what it uploaded stays with you.</dd>
<dt>Giving less</dt>
<dd>A key that is out cannot be made smaller from afar. End the access, then connect again from the app and allow less.</dd>
<dt>Last use</dt>
<dd>The storage network does not tell us when an app uses its key. What we know is when it last collected one.</dd>
</dl>
</section>`

const endDialog = html`<dialog id="end" class="panel" aria-labelledby="end-title" aria-describedby="end-words">
<form method="dialog" class="stack">
<h2 id="end-title" class="break">End all access of <bdi data-app></bdi>?</h2>
<div id="end-words" class="stack tight">
<p>All keys of this app stop working, and everything made from them, S3 credentials included. ${howSoon}</p>
<p>This cannot be undone. The app can ask you again.</p>
</div>
<div role="alert" class="alert bad"></div>
<div class="actions end">
<button class="button secondary" value="keep" autofocus>Keep access</button>
<button type="button" class="button danger" data-confirm>End access</button>
</div>
</form>
</dialog>`
