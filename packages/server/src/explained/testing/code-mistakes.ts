import { hash } from 'node:crypto'
import { redirectUri } from '../../testing/people.ts'
import type { RefusalScene } from '../../testing/refusal-scene.ts'
import { type Change, clientOf, foreignClient, type Mistake, type Parameters } from './mistake.ts'

/** The code as it was approved, and what was sent in its place. */
function altered(change: (code: string) => string): Mistake['make'] {
  return async (scene) => {
    const code = await scene.code()
    return { form: { code: change(code) }, good: { code } }
  }
}

/** A code that another client asked for and this one sends. */
async function codeOf(scene: RefusalScene, { client_id }: { client_id: string }): Promise<Change> {
  return { form: { code: await scene.code({ client_id }) }, good: null }
}

const code: readonly Mistake[] = [
  {
    name: 'made up a code to see what happens',
    cause: 'code_unknown',
    make: altered(() => 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG'),
  },
  {
    name: 'cut the code at 32 characters',
    cause: 'code_unknown',
    make: altered((code) => code.slice(0, 32)),
  },
  {
    name: 'URL-decoded the code one time too often, which made a space of every +',
    cause: 'code_unknown',
    make: altered((code) => `${code} x`),
  },
  {
    name: 'read the code from a terminal with the newline behind it',
    cause: 'code_wrapped',
    make: altered((code) => `${code}\n`),
    shows: { seen: 'spaces or line breaks around it' },
  },
  {
    name: 'put the code through JSON.stringify once more',
    cause: 'code_wrapped',
    make: altered((code) => JSON.stringify(code)),
    shows: { seen: 'quotes around it' },
  },
  {
    name: 'sent the whole address that the user came back to in place of the code',
    cause: 'code_wrapped',
    make: altered((code) => `${redirectUri}?code=${code}&state=af0ifjsldkj`),
    shows: { seen: 'the name code= or the whole URL with it' },
  },
  {
    name: 'split the address at "code=" and kept the state behind the code',
    cause: 'code_wrapped',
    make: altered((code) => `${code}&state=af0ifjsldkj`),
    shows: { seen: 'the rest of the URL, such as &state=, behind it' },
  },
  {
    name: 'read the code with a browser that had added # to the address',
    cause: 'code_wrapped',
    make: altered((code) => `${code}#_=_`),
    shows: { seen: 'the rest of the URL, such as &state=, behind it' },
  },
  {
    name: 'took the code out of the address with a regular expression, still percent-encoded',
    cause: 'code_encoded',
    make: altered((code) => code.replaceAll(/./g, (char) => `%${Buffer.from(char).toString('hex')}`)),
    shows: { seen: 'percent signs in it' },
  },
  {
    name: 'redeemed REJECTED, because the user had said no',
    cause: 'code_rejected',
    async make(scene) {
      const { body } = await scene.consent({ approve: false, approved_scopes: [] })
      return { form: { code: body.code }, good: null }
    },
    shows: { seen: 'the word REJECTED' },
  },
  {
    name: 'redeemed the code with another of the two clients that the developer has',
    cause: 'code_of_your_other_client',
    make: async (scene) => codeOf(scene, await clientOf(scene, 'Photos test')),
    shows: { seen: /^a code of .*\(Photos test\)$/, expected: /^a code of .*\(Photos\)$/ },
  },
  {
    name: 'redeemed a code that a client of another developer had asked for',
    cause: 'code_unknown',
    async make(scene) {
      const foreign = await foreignClient(scene)
      return { ...(await codeOf(scene, foreign)), hides: [foreign.client_id, 'Diaries', 'Bob'] }
    },
    shows: { seen: null, expected: null },
  },
  {
    name: 'submitted the code twice, by a double click',
    cause: 'code_retried',
    make: (scene) => redeemed(scene, 1),
    shows: { seen: 'redeemed 2026-03-01T12:00:00Z', apart: '1 s before' },
  },
  {
    name: 'redeemed the code again when the user reloaded the page',
    cause: 'code_replayed',
    make: (scene) => redeemed(scene, 30),
    shows: { seen: 'redeemed 2026-03-01T12:00:00Z', apart: '30 s before' },
  },
  {
    name: 'redeemed the code again an hour later, from a queue',
    cause: 'code_replayed',
    make: (scene) => redeemed(scene, 3600),
    shows: { apart: '60 min before' },
    besides: ['code_expired'],
  },
  {
    name: 'redeemed the code after the user had taken the approval back',
    cause: 'code_revoked',
    async make(scene) {
      const code = await scene.code()
      const { client_id } = scene.client
      await scene.ask(scene.user, 'DELETE', `/api/v0/auth/developer-access/${client_id}/revoke`)
      return { form: { code }, good: null }
    },
    shows: { seen: 'taken back 2026-03-01T12:00:00Z' },
  },
  {
    name: 'looked at the code in a debugger for a while and redeemed it 12 s too late',
    cause: 'code_expired',
    make: (scene) => afterSeconds(scene, 72),
    shows: {
      seen: 'a code that ended 2026-03-01T12:01:00Z',
      expected: 'later than 2026-03-01T12:01:12Z',
      apart: '12 s too late',
    },
    told: 'The authorization code expired 12 s ago; it lives 60 s.',
  },
  {
    name: 'redeemed yesterday’s code',
    cause: 'code_expired',
    make: (scene) => afterSeconds(scene, 50_000),
    shows: { apart: '14 h too late' },
    told: 'The authorization code expired 14 h ago; it lives 60 s.',
  },
  {
    name: 'redeemed the code for a project that is not there any more',
    cause: 'project_gone',
    async make({ where, deps: { store } }) {
      const read: typeof store.codes.read = async (...which) => ({
        ...(await store.codes.read(...which)),
        project: undefined,
      })
      return { at: await where({ store: { ...store, codes: { ...store.codes, read } } }) }
    },
  },
]

/** The code was redeemed once, so many seconds ago. */
async function redeemed(scene: RefusalScene, seconds: number): Promise<Change> {
  const code = await scene.code()
  await scene.token({ code })
  scene.deps.clock.advance(seconds)
  return { form: { code, client_secret: await scene.jwt() }, good: null }
}

async function afterSeconds(scene: RefusalScene, seconds: number): Promise<Change> {
  const code = await scene.code()
  scene.deps.clock.advance(seconds)
  return { form: { code, client_secret: await scene.jwt() }, good: null }
}

/** The two redirect URIs: as they were in the authorization request, and now. */
function uris(before: string, now: string | ((code: string) => string)): Mistake['make'] {
  return async (scene) => {
    const { ask, developer, client } = scene
    if (before !== redirectUri) {
      const url = `/api/v0/developer/auth/oauth2/clients/${client.id}/redirect-uris`
      await ask(developer, 'POST', url, { uri: before })
    }
    const code = await scene.code({ redirect_uri: before })
    const redirect_uri = typeof now === 'string' ? now : now(code)
    return { form: { code, redirect_uri }, good: { code, redirect_uri: before } }
  }
}

const local = 'http://localhost:3000/callback'

const redirect: readonly Mistake[] = [
  {
    name: 'wrote redirect_uri with a slash at its end',
    cause: 'redirect_uri_slash',
    make: uris(redirectUri, `${redirectUri}/`),
    shows: { seen: `${redirectUri}/`, expected: redirectUri, apart: 'trailing slash' },
    told: 'redirect_uri differs from the one of the authorization request: trailing slash.',
  },
  {
    name: 'let a framework behind a proxy compute redirect_uri, which saw http',
    cause: 'redirect_uri_scheme',
    make: uris(redirectUri, 'http://photos.example/callback'),
    shows: { apart: 'http for https' },
    told: 'authorization request: http for https.',
  },
  {
    name: 'wrote www. before the host of redirect_uri',
    cause: 'redirect_uri_host',
    make: uris(redirectUri, 'https://www.photos.example/callback'),
    shows: { apart: 'host' },
    told: 'authorization request: host.',
  },
  {
    name: 'wrote 127.0.0.1 for localhost in redirect_uri',
    cause: 'redirect_uri_host',
    make: uris(local, 'http://127.0.0.1:3000/callback'),
    told: 'authorization request: host.',
  },
  {
    name: 'runs the app on port 3001 today',
    cause: 'redirect_uri_port',
    make: uris(local, 'http://localhost:3001/callback'),
    shows: { apart: 'port 3001 for 3000' },
    told: 'authorization request: port 3001 for 3000.',
  },
  {
    name: 'wrote Callback with a capital in redirect_uri',
    cause: 'redirect_uri_case',
    make: uris(redirectUri, 'https://photos.example/Callback'),
    shows: { apart: 'letter case' },
    told: 'authorization request: letter case.',
  },
  {
    name: 'percent-encoded redirect_uri for a JSON body',
    cause: 'redirect_uri_encoding',
    make: uris(redirectUri, encodeURIComponent(redirectUri)),
    shows: { seen: 'https%3A%2F%2Fphotos.example%2Fcallback', apart: 'percent-encoded once too often' },
    told: 'authorization request: percent-encoded once too often.',
  },
  {
    name: 'took the address that the user came back to for redirect_uri, code and state included',
    cause: 'redirect_uri_query',
    make: uris(redirectUri, (code) => `${redirectUri}?code=${code}&state=af0ifjsldkj`),
    shows: { seen: `${redirectUri}?code=(secret)&state=af0ifjsldkj`, expected: redirectUri, apart: 'query' },
    told: 'authorization request: query.',
  },
  {
    name: 'sent the redirect_uri of the other page that the app has',
    cause: 'redirect_uri_differs',
    make: uris(redirectUri, 'https://photos.example/oauth/return'),
    shows: { apart: 'path' },
    told: 'authorization request: path.',
  },
  {
    name: 'sent the redirect_uri of the test environment, which differs in all its parts',
    cause: 'redirect_uri_differs',
    make: uris(redirectUri, local),
    shows: { apart: 'http for https, host, port 3000 for default' },
    told: 'authorization request: http for https, host, port 3000 for default.',
  },
  {
    name: 'sent the path of redirect_uri alone',
    cause: 'redirect_uri_differs',
    make: uris(redirectUri, '/callback'),
    shows: { apart: 'not an absolute URL' },
    told: 'authorization request: not an absolute URL.',
  },
]

const code_verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
/** Of the verifier above. @source RFC 7636, appendix B */
const code_challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

/** A request that was begun with PKCE, and the verifier that comes with its code. */
function verifier(sent: string | undefined): Mistake['make'] {
  return async (scene) => {
    const code = await scene.code({ code_challenge, code_challenge_method: 'S256' })
    return { form: { code, code_verifier: sent }, good: { code, code_verifier } }
  }
}

const pkce: readonly Mistake[] = [
  {
    name: 'lost the code_verifier between the two requests',
    cause: 'verifier_missing',
    make: verifier(undefined),
  },
  {
    name: 'sent a code_verifier and had never sent a code_challenge',
    cause: 'verifier_unasked',
    make: async () => ({ form: { code_verifier } }),
  },
  {
    name: 'made the code_verifier from 16 bytes, as for a nonce',
    cause: 'verifier_malformed',
    make: verifier('b8Hn2yqXv0m3Jk5LdR7sTw'),
    shows: { seen: 'a code_verifier of 22 characters' },
  },
  {
    name: 'encoded the code_verifier with ordinary base64',
    cause: 'verifier_malformed',
    make: verifier(`${code_verifier.replace('-', '+')}=`),
    shows: { seen: 'a code_verifier of 44 characters' },
  },
  {
    name: 'sent the code_challenge as code_verifier',
    cause: 'verifier_is_challenge',
    make: verifier(code_challenge),
  },
  {
    name: 'kept one code_verifier for all tabs, and the user had opened two',
    cause: 'verifier_of_another_request',
    async make(scene) {
      const later = 'M25iVXpKU3puUjFaYWg3T1NDTDQtcW1ROUY5YXlwalNoc0hhakxifmZHag'
      const change = await verifier(later)(scene)
      await scene.request({ code_challenge: hash('sha256', later, 'base64url') })
      return change
    },
    shows: { apart: 'it belongs to the request ' },
  },
  {
    name: 'made a new code_verifier for the token request',
    cause: 'verifier_differs',
    make: verifier('M25iVXpKU3puUjFaYWg3T1NDTDQtcW1ROUY5YXlwalNoc0hhakxifmZHag'),
    shows: { seen: 'a code_verifier of 58 characters' },
  },
]

/** A code in two halves, and what was sent of it by an app that need not send a passphrase. */
function halved(
  change: (code: string, scene: RefusalScene) => Promise<Parameters> | Parameters,
): Mistake['make'] {
  return async (scene) => {
    const code = await scene.sealedCode()
    const form = { passphrase: undefined, ...(await change(code, scene)) }
    return { form, good: { code, passphrase: undefined }, secrets: code.split('.') }
  }
}

const sealed: readonly Mistake[] = [
  {
    name: 'went on sending a blank passphrase when users began to type theirs on the consent page',
    cause: 'passphrase_unasked',
    make: halved((code) => ({ code, passphrase: '' })),
  },
  {
    name: 'asked the user for the passphrase as well and sent it with the first half of the code',
    cause: 'passphrase_unasked',
    async make(scene) {
      const passphrase = 'correct horse battery staple'
      const change = await halved((code) => ({ code: code.split('.')[0], passphrase }))(scene)
      return { ...change, secrets: [...(change.secrets ?? []), passphrase] }
    },
  },
  {
    name: 'stored the code in a column of 64 characters',
    cause: 'browser_half_malformed',
    make: halved((code) => ({ code: code.slice(0, 64) })),
    shows: { seen: '20 characters behind the dot', expected: '43 characters' },
  },
  {
    name: 'split the address at "code=" and kept the state behind both halves of the code',
    cause: 'browser_half_malformed',
    make: halved((code) => ({ code: `${code}&state=af0ifjsldkj` })),
    shows: { seen: '61 characters behind the dot' },
  },
  {
    name: 'kept the second halves of two users in one place',
    cause: 'browser_half_wrong',
    make: halved(async (code, scene) => {
      const [, second] = (await scene.sealedCode()).split('.')
      return { code: `${code.split('.')[0]}.${second}` }
    }),
    shows: { seen: null },
  },
  {
    name: 'put both halves of the code through JSON.stringify once more',
    cause: 'code_wrapped',
    make: halved((code) => ({ code: JSON.stringify(code) })),
    shows: { seen: 'quotes around it' },
  },
  {
    name: 'put both halves of the code through JSON.stringify once more, beside a passphrase',
    cause: 'code_wrapped',
    make: halved((code) => ({ code: JSON.stringify(code), passphrase: '' })),
    besides: ['passphrase_unasked'],
  },
  {
    name: 'copied the code out of a sentence, with the full stop behind it',
    cause: 'browser_half_unasked',
    make: altered((code) => `${code}.`),
    shows: { seen: null },
  },
  {
    name: 'put a full stop behind the code and a slash behind redirect_uri',
    cause: 'browser_half_unasked',
    async make(scene) {
      const code = await scene.code()
      return { form: { code: `${code}.`, redirect_uri: `${redirectUri}/` }, good: { code } }
    },
    besides: ['redirect_uri_slash'],
  },
]

/** The code and what belongs to it. The JWT is good, so that offline nothing is wrong. */
export const codeMistakes: readonly Mistake[] = [...code, ...redirect, ...pkce, ...sealed].map((mistake) => ({
  ...mistake,
  offline: [],
}))
