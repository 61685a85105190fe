import { createServer } from 'node:https'
import { newId } from '../ids.ts'
import { createPoster, type Poster } from '../outbound-post.ts'
import { createDispatcher } from '../webhooks/dispatcher.ts'
import { type Certificate, selfSigned } from './certificate.ts'
import { type HookListener, listenForHooks } from './hook-listener.ts'
import type { RefusalScene } from './refusal-scene.ts'
import type { TestDeps } from './test-deps.ts'

export const webhooksPath = '/api/v0/developer/auth/webhooks'

/** Somebody's program that takes webhooks, over https. */
export interface Receiver extends HookListener {
  readonly url: string
  /** Takes what `url` is the address of for one on the internet, and nothing else. */
  readonly poster: Poster
}

export async function aReceiver(certificate: Certificate = selfSigned('DNS:app.test')): Promise<Receiver> {
  const listener = await listenForHooks((listen) => createServer(certificate, listen))
  return {
    ...listener,
    url: `https://app.test:${listener.port}/hooks?of=valetkey`,
    poster: createPoster({
      ca: certificate.cert,
      mayReach: (address) => address === '127.0.0.1',
      lookup: async () => ['127.0.0.1'],
      timeoutMs: 4000,
    }),
  }
}

export interface TestWebhook {
  readonly id: string
  readonly secret: string
}

/** Added over HTTP. */
export async function aWebhook(
  { ask, developer }: Pick<RefusalScene, 'ask' | 'developer'>,
  form: { readonly url: string; readonly [field: string]: unknown },
): Promise<TestWebhook> {
  const { status, body } = await ask(developer, 'POST', webhooksPath, form)
  if (status !== 200) throw new Error(`no webhook: ${JSON.stringify(body)}`)
  return body
}

/** Something that is to be delivered to it, now or since `due_at`. */
export async function waitingFor(
  { store, clock, random }: TestDeps,
  webhook_id: string,
  due_at: number = clock.now(),
): Promise<void> {
  await store.webhooks.addDelivery({
    webhook_id,
    event_id: `test_${newId({ clock, random })}`,
    type: 'webhook.test',
    client_id: null,
    data: '{}',
    subject: null,
    created_at: due_at,
    state: 'waiting',
    attempts: 0,
    due_at,
    last_attempt_at: null,
    status: null,
    problem: null,
    duration_ms: null,
  })
}

/** A poster that goes nowhere and finds every address fit. */
export const nowhere: Poster = { check: async () => {}, post: async () => 200 }

/** What happened is found, and all that is due is delivered: as the server does it in a while. */
export async function tell(deps: TestDeps): Promise<void> {
  await deps.recorder.flush()
  // The second in which something happens is read once it is over.
  deps.clock.advance(2)
  const dispatcher = createDispatcher(deps)
  await dispatcher.gather()
  while ((await dispatcher.deliver()) > 0) await dispatcher.settled()
  await deps.background.flush()
}
