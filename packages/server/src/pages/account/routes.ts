import { browserInWords, passwordRule, type SessionListAnswer } from '@valetkey/protocol'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { signInAddress } from '../../accounts/account-kinds.ts'
import { listSessions } from '../../accounts/sessions.ts'
import type { Account } from '../../domain/account.ts'
import type { Project } from '../../domain/project.ts'
import { type Html, html } from '../../http/html.ts'
import { listProjects } from '../../user/projects.ts'
import { formAlert, secretField, textField } from '../fields.ts'
import type { PageOptions } from '../page-options.ts'
import { day, failAsPages, minute, secondsOf, sendUserPage, userAt } from '../user-frame.ts'
import { activity, eventsFor, querystring, readFilter } from './activity.ts'
import { yourData } from './your-data.ts'

/** A user's account: the name, the password, projects, where they are signed in, what is on record, and the end of it. */
export const userAccountPage: FastifyPluginAsyncZod<PageOptions> = async (app, { deps, assets }) => {
  failAsPages(app, { deps, assets })
  app.get('/account', { schema: { hide: true, querystring } }, async (request, reply) => {
    const by = await userAt(deps, request, reply)
    if (by === undefined) return reply
    const filter = readFilter(request.query)
    const [projects, { sessions }, events] = await Promise.all([
      listProjects(deps, by),
      listSessions(deps, by),
      eventsFor(deps, by, filter),
    ])
    return sendUserPage(reply, { assets }, by, {
      title: 'Account',
      here: '/account',
      name: 'account',
      main: html`<h1 tabindex="-1">Account</h1>
<div id="told" role="status"></div>
${you(by.account)}
${passwordForm(by.account)}
${projectList(projects)}
${sessionList(sessions)}
${activity(events, filter)}
${yourData(by.account)}`,
    })
  })
}

const you = ({
  full_name,
  email,
  created_at,
}: Account): Html => html`<section class="panel stack" aria-labelledby="you-title">
<h2 id="you-title">You</h2>
<dl class="facts">
<dt>E-mail</dt><dd>${email}</dd>
<dt>Here since</dt><dd>${day(created_at)}</dd>
</dl>
<form id="rename" class="stack narrow" novalidate>
${formAlert}
${textField({ name: 'fullName', label: 'Name', autocomplete: 'name', value: full_name, missing: 'Enter your name.' })}
<div class="actions"><button type="submit" class="button secondary" disabled>Save name</button></div>
</form>
</section>`

const passwordForm = ({
  email,
}: Account): Html => html`<section class="panel stack" aria-labelledby="password-title">
<h2 id="password-title">Password</h2>
<p class="soft">A new password signs you out everywhere, here too. Apps keep their access: they never had your password.</p>
<form id="change-password" class="stack narrow" novalidate>
${formAlert}
<input type="text" name="username" autocomplete="username" value="${email}" hidden>
${secretField({ name: 'current', label: 'Current password', autocomplete: 'current-password', missing: 'Enter the password you have now.' })}
${secretField({ name: 'password', label: 'New password', autocomplete: 'new-password', hint: passwordRule, missing: 'Enter a new password.' })}
<div class="actions"><button type="submit" class="button secondary" disabled>Change password</button></div>
</form>
<div id="password-changed" class="alert good" role="status" tabindex="-1" hidden>
<p>Your password is changed, and you are signed out everywhere. <a href="${signInAddress('user', '/account')}">Sign in with it</a></p>
</div>
</section>`

const projectList = (
  projects: readonly Project[],
): Html => html`<section class="panel stack" aria-labelledby="projects-title">
<h2 id="projects-title">Projects</h2>
<p class="soft">Your buckets live in projects. Each access you give is to one of them, and to nothing in the others.</p>
<div id="projects">${
  projects.length === 0
    ? html`<p class="empty">You have no project yet. Make one before you let an app in.</p>`
    : html`<ul class="list">${projects.map(
        ({ name, created_at }) =>
          html`<li class="row between"><bdi class="break">${name}</bdi><span class="soft">since ${day(created_at)}</span></li>`,
      )}</ul>`
}</div>
<form id="make-project" class="stack narrow" novalidate>
${formAlert}
${textField({ name: 'project', label: 'Name of a new project', autocomplete: 'off', missing: 'Enter a name for the project.' })}
<div class="actions"><button type="submit" class="button secondary" disabled>Make project</button></div>
</form>
</section>`

const sessionList = (
  sessions: SessionListAnswer['sessions'],
): Html => html`<section class="panel stack" aria-labelledby="sessions-title">
<div class="row between">
<h2 id="sessions-title" tabindex="-1">Where you are signed in</h2>
<button type="button" id="sign-out-everywhere" class="button danger" disabled>Sign out everywhere</button>
</div>
<div role="alert" id="sessions-alert" class="alert bad"></div>
<ul id="sessions" class="list">${sessions.map(sessionRow)}</ul>
</section>`

function sessionRow({
  id,
  created_at,
  expires_at,
  network,
  user_agent,
  current,
}: SessionListAnswer['sessions'][number]): Html {
  const browser = browserInWords(user_agent)
  return html`<li class="row between">
<div class="stack tight grow">
<p class="break"><strong>${browser}</strong>${current ? html` <span class="badge good">This one</span>` : undefined}</p>
<p class="soft">Begun ${minute(secondsOf(created_at))}${network === '' ? undefined : ` from ${network}`}, ends ${minute(secondsOf(expires_at))}.</p>
</div>
${
  current
    ? undefined
    : html`<button type="button" class="button secondary" data-session="${id}" disabled>Sign out<span class="visually-hidden"> ${browser}</span></button>`
}
</li>`
}
