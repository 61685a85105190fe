import type { InjectOptions } from 'fastify'
import { SignJWT } from 'jose'
import { buildApp } from '../app.ts'
import type { Deps } from '../deps.ts'
import {
  type Answer,
  aClient,
  ask,
  type Person,
  parsed,
  redirectUri,
  signedInPerson,
  type TestClient,
} from './people.ts'
import { acceptDecisions, decisionPath, sealInBrowser } from './sealing-browser.ts'
import { type TestDeps, type TestOverrides, testApp } from './test-deps.ts'

/** A developer with one client, and a user with one project: whatever can be refused is one step away. */
export interface RefusalScene {
  readonly deps: TestDeps
  readonly developer: Person
  readonly user: Person
  readonly client: TestClient
  /** Asks as this person; undefined is nobody. */
  ask(who: Person | undefined, method: Method, url: string, body?: unknown): Promise<Answer>
  /** Any request at all. */
  send(request: InjectOptions): Promise<Answer>
  /** Asks for access as the client; changes replace single fields. */
  request(change?: object): Promise<Answer>
  /** The user's decision on a request that was just made, a yes unless it is changed. */
  consent(change?: object, who?: Person): Promise<Answer>
  /** A code that the user approved; changes are to what the client asked. */
  code(change?: object): Promise<string>
  /** The decision of the consent page, where the browser sealed the keys; changes are to what it posts. */
  decide(change?: object, sealing?: Sealing): Promise<{ answer: Answer; browser_half: string }>
  /** A code in two halves that the user approved. */
  sealedCode(sealing?: Sealing): Promise<string>
  /** A JWT of the client; a claim that is undefined is left out. */
  jwt(claims?: object, key?: string): Promise<string>
  /** A token request with a good JWT, and no code unless it is given. */
  token(change?: object): Promise<Answer>
  /** The same place, people and database, where these parts have been replaced. */
  where(parts: Partial<Omit<Deps, 'clock'>>): Promise<RefusalScene>
  close(): Promise<void>
}

/** What the user approves on the consent page, and with which passphrase; the request asks for as much. */
export interface Sealing {
  readonly scopes?: readonly string[]
  readonly passphrase?: string
}

type Method = Parameters<typeof ask>[2]

export async function refusalScene(overrides: TestOverrides = {}): Promise<RefusalScene> {
  const { app, deps } = await testApp(overrides)
  await acceptDecisions(app, deps)
  const developer = await signedInPerson(deps, 'developer')
  const user = await signedInPerson(deps, 'user')
  await deps.network.createProject(user.account.id, 'First')
  const client = await aClient(app, developer)
  const people = { developer, user, client }
  return sceneOf({ ...people, app, deps, close: () => deps.store.close() })
}

interface Place extends Pick<RefusalScene, 'deps' | 'developer' | 'user' | 'client' | 'close'> {
  readonly app: Awaited<ReturnType<typeof buildApp>>
}

function sceneOf({ app, ...place }: Place): RefusalScene {
  const { deps, user, client } = place
  const opened: RefusalScene[] = []
  const scene: RefusalScene = {
    ...place,
    ask: (who, method, url, body) => ask(app, who, method, url, body),
    async send(request) {
      const { statusCode, headers, payload } = await app.inject(request)
      return { status: statusCode, headers, text: payload, body: parsed(payload) }
    },
    request: (change) =>
      scene.ask(user, 'POST', '/api/v0/oauth2/request', {
        client_id: client.client_id,
        redirect_uri: redirectUri,
        scope: ['read'],
        ...change,
      }),
    async consent(change = {}, who = user) {
      const request_id = 'request_id' in change ? undefined : (await scene.request()).body.request_id
      const decision = { request_id, approve: true, approved_scopes: ['read'], ...change }
      return scene.ask(who, 'POST', '/api/v0/oauth2/consent', decision)
    },
    async code(change) {
      const { request_id } = (await scene.request(change)).body
      return (await scene.consent({ request_id })).body.code
    },
    async decide(change, { scopes = ['read'], passphrase = 'a passphrase' } = {}) {
      const { request_id } = (await scene.request({ scope: scopes })).body
      const [project] = await deps.network.projectsOf(user.account.id)
      const by = { passphrase, salt: project?.salt ?? '', client_id: client.client_id }
      const { browser_half, form } = await sealInBrowser(deps, by, scopes)
      const decision = { request_id, csrf_token: 'x', approve: true, approved_scopes: scopes, ...form }
      const answer = await scene.ask(user, 'POST', decisionPath, { ...decision, ...change })
      return { answer, browser_half }
    },
    async sealedCode(sealing) {
      const { answer, browser_half } = await scene.decide({}, sealing)
      return `${answer.body.code}.${browser_half}`
    },
    jwt: (claims, key = client.client_secret) =>
      new SignJWT({ client_id: client.client_id, exp: deps.clock.now() + 300, ...claims })
        .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
        .sign(Buffer.from(key)),
    token: async (change) =>
      scene.ask(undefined, 'POST', '/api/v0/oauth2/token', {
        client_id: client.client_id,
        client_secret: await scene.jwt(),
        redirect_uri: redirectUri,
        code: 'x'.repeat(43),
        passphrase: '',
        ...change,
      }),
    async where(parts) {
      const changed = { ...deps, ...parts }
      const other = sceneOf({
        ...place,
        deps: changed,
        app: await acceptDecisions(await buildApp(changed), changed),
        close: async () => undefined,
      })
      opened.push(other)
      return other
    },
    async close() {
      for (const other of opened) await other.close()
      await app.close()
      await place.close()
    },
  }
  return scene
}
