import type { ProjectAnswer, SessionsEndedAnswer } from '@valetkey/protocol'
import { staySignedIn } from '../stay-signed-in.ts'
import { onSubmit } from './parts/form.ts'
import { byId } from './parts/page-data.ts'
import { all, api, ask, onPress, openFrame, refresh, tell } from './parts/user-frame.ts'

openFrame()
staySignedIn(api)
openSessions()

onSubmit(
  byId('rename', HTMLFormElement),
  async ({ fullName }) => {
    const { refused } = await ask('PATCH', `${api}/account`, { fullName })
    if (refused !== undefined) return refused
    await refresh('who')
    tell('Your name is changed.')
    return undefined
  },
  { stays: true },
)

onSubmit(
  byId('make-project', HTMLFormElement),
  async ({ project }) => {
    const made = await ask<ProjectAnswer>('POST', '/api/v0/projects', { name: project })
    if (made.refused !== undefined) return made.refused
    byId('make-project', HTMLFormElement).reset()
    await refresh('projects')
    tell(`The project ${made.body.name} is made.`)
    return undefined
  },
  { stays: true },
)

const passwords = byId('change-password', HTMLFormElement)
onSubmit(passwords, async ({ current, password }) => {
  const form = { password: current, newPassword: password }
  const { refused } = await ask('POST', `${api}/account/change-password`, form)
  if (refused !== undefined) return refused
  passwords.reset()
  passwords.hidden = true
  const changed = byId('password-changed', HTMLElement)
  changed.hidden = false
  changed.focus()
  return undefined
})

const deletion = byId('delete-account', HTMLFormElement)
onSubmit(deletion, async ({ password, sure }) => {
  if (sure === undefined)
    return { status: 0, reason: '', words: 'Tick the box first: nothing of it comes back.' }
  const { refused } = await ask('DELETE', `${api}/account`, { password })
  if (refused !== undefined) return refused
  // Nobody is signed in any more, so nothing else here works: it goes with what was said.
  const gone = byId('account-deleted', HTMLElement)
  gone.hidden = false
  document.querySelector('main')?.replaceChildren(gone)
  document.querySelector('header nav')?.remove()
  document.querySelector('.who')?.remove()
  gone.focus()
  return undefined
})

const everywhere = byId('sign-out-everywhere', HTMLButtonElement)
onPress(everywhere, async () => {
  const { refused } = await ask<SessionsEndedAnswer>('DELETE', `${api}/sessions`)
  if (refused === undefined) location.assign('/sign-in?return_to=/account')
  else byId('sessions-alert', HTMLElement).textContent = refused.words
})
everywhere.disabled = false

function openSessions(): void {
  for (const button of all('[data-session]', HTMLButtonElement)) {
    onPress(button, async () => {
      const path = `${api}/sessions/${encodeURIComponent(button.dataset.session ?? '')}`
      const { refused } = await ask('DELETE', path)
      // One that has ended meanwhile is what was wanted.
      if (refused !== undefined && refused.reason !== 'session_not_found') {
        byId('sessions-alert', HTMLElement).textContent = refused.words
        return
      }
      byId('sessions-alert', HTMLElement).textContent = ''
      await refresh('sessions')
      openSessions()
      tell('That session has ended.')
      byId('sessions-title', HTMLElement).focus()
    })
    button.disabled = false
  }
}
