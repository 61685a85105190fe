import { tokenHash } from '../../packages/server/src/ids.ts'
import { decide } from '../../packages/server/src/oauth/decide.ts'
import { type SealedInBrowser, sealInBrowser } from '../../packages/server/src/testing/sealing-browser.ts'
import { call, type Person, redirectUri, type TestServer } from './story.ts'

export interface SealedCode extends SealedInBrowser {
  /** Both halves. */
  readonly code: string
  readonly server_half: string
}

interface Approval {
  readonly scope?: string[]
  readonly passphrase?: string
  /** Epoch seconds. */
  readonly not_after?: number
}

/** The user gives the passphrase to the browser alone and approves; the code is what the app gets. */
export async function aSealedCode(
  server: TestServer,
  { client_id }: { client_id: string },
  user: Person,
  { scope = ['read', 'write', 'list'], passphrase = '', not_after }: Approval = {},
): Promise<SealedCode> {
  const { deps, secrets } = server
  const form = { client_id, redirect_uri: redirectUri, scope }
  const asked = await call(server, 'POST', '/api/v0/oauth2/request', { token: user.token, body: form })
  const found = await deps.store.sessions.find(tokenHash(user.token), 'user', deps.clock.now())
  if (found === undefined) throw new Error('the user is not signed in')
  const [project] = await deps.network.projectsOf(found.account.id)
  const sealed = await sealInBrowser(deps, { passphrase, salt: project?.salt ?? '', client_id }, scope)
  const caller = { network: '127.0.0.1', user_agent: 'a browser', trace_id: '0'.repeat(32) }
  const { code: server_half } = await decide(
    deps,
    { kind: 'user', caller, ...found },
    { request_id: asked.body.request_id, approve: true, approved_scopes: scope, not_after, ...sealed.form },
  )
  secrets.add('code', server_half)
  secrets.addSealed(sealed)
  return { ...sealed, server_half, code: `${server_half}.${sealed.browser_half}` }
}
