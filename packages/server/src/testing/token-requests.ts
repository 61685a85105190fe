import { type Answer, clientsPath, type Person, redirectUri, type TestClient } from './people.ts'
import type { RefusalScene } from './refusal-scene.ts'

export const tokenRequestsPath = '/api/v0/developer/auth/token-requests'

/** Sends a token request of the scene's client and waits until its trace is stored; returns its `trace_id`. */
export async function traced(scene: RefusalScene, change?: object): Promise<string> {
  const { headers } = await scene.token(change)
  await scene.deps.recorder.flush()
  return String(headers['x-trace-id'])
}

/** One more client, of this developer. */
export async function anotherClient(
  scene: RefusalScene,
  developer: Person,
  form: object = {},
): Promise<TestClient> {
  const registration = { name: 'Photos', redirect_uris: [redirectUri], ...form }
  const { body } = await scene.ask(developer, 'POST', clientsPath, registration)
  const list = await scene.ask(developer, 'GET', clientsPath)
  const { id } = list.body.find(({ client_id }: TestClient) => client_id === body.client_id)
  return { id, ...body }
}

export function lookUp(scene: RefusalScene, trace_id: string, who = scene.developer): Promise<Answer> {
  return scene.ask(who, 'GET', `${tokenRequestsPath}/${trace_id}`)
}

export function listed(scene: RefusalScene, query: object = {}, who = scene.developer): Promise<Answer> {
  return scene.ask(who, 'GET', `${tokenRequestsPath}?${new URLSearchParams({ ...query })}`)
}

export interface ExplainedStep {
  readonly step: string
  readonly result: string
  readonly findings: readonly { readonly cause: string }[]
}

/** The causes found in one step of an explained token request. */
export function causesIn(
  { explanation }: { explanation: { steps: ExplainedStep[] } },
  step: string,
): string[] {
  return explanation.steps
    .filter((one) => one.step === step)
    .flatMap(({ findings }) => findings.map(({ cause }) => cause))
}

/** Every text in it, names of members included; snippets, which may have lines, line by line. */
export function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => [
    name,
    ...(name === 'snippet' && typeof inner === 'string' ? inner.split('\n') : textsIn(inner)),
  ])
}

/** A client_id that differs from this one in the character at `at`. */
export function withOtherCharacter(client_id: string, at: number): string {
  return `${client_id.slice(0, at)}${client_id[at] === 'a' ? 'b' : 'a'}${client_id.slice(at + 1)}`
}
