import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AuthorizationRequest } from '../domain/authorization-request.ts'
import { tokenHash } from '../ids.ts'
import { aProjectOf, aRequest, signedInPerson } from '../testing/people.ts'
import { type RefusalScene, refusalScene } from '../testing/refusal-scene.ts'

let scene: RefusalScene
beforeEach(async () => {
  scene = await refusalScene()
})
afterEach(() => scene.close())

const day = 86_400

const asked = (change: Partial<AuthorizationRequest> = {}) =>
  aRequest(scene.deps, scene.user, scene.client.client_id, { dialect: 'standard', ...change })
async function approved(change: Partial<AuthorizationRequest>, decision: object = {}) {
  const { id: request_id } = await asked(change)
  const { status, body } = await scene.consent({ request_id, ...decision })
  const now = scene.deps.clock.now()
  const { code } = await scene.deps.store.codes.read(scene.client.client_id, tokenHash(body.code ?? ''), now)
  return {
    status,
    reason: String(body.error_uri ?? '')
      .split('/')
      .at(-1),
    code,
  }
}

describe('an end that was asked for', () => {
  test('is the end where the user says nothing, unless the usual one is sooner', async () => {
    const now = scene.deps.clock.now()
    expect((await approved({ latest_end: now + day })).code?.not_after).toBe(now + day)
    expect((await approved({ latest_end: now + 300 * day })).code?.not_after).toBe(now + 30 * day)
  })

  test('can be brought forward, and not put off', async () => {
    const latest_end = scene.deps.clock.now() + day
    expect((await approved({ latest_end }, { not_after: latest_end - 1 })).code?.not_after).toBe(
      latest_end - 1,
    )
    expect((await approved({ latest_end }, { not_after: latest_end + 1 })).reason).toBe('not_after_unfit')
  })

  test('that has passed meanwhile leaves nothing to approve', async () => {
    expect((await approved({ latest_end: scene.deps.clock.now() })).reason).toBe('not_after_unfit')
  })
})

describe('a project that was asked for', () => {
  test('is the one that is approved, and no other', async () => {
    const { network } = scene.deps
    const { id: second } = await aProjectOf(scene.deps, scene.user.account.id, 'Second')
    const first = (await network.projectsOf(scene.user.account.id)).find(({ id }) => id !== second)
    expect((await approved({ asked_project_id: second })).code?.project_id).toBe(second)
    expect((await approved({ asked_project_id: second }, { project_id: second })).code?.project_id).toBe(
      second,
    )
    expect((await approved({ asked_project_id: second }, { project_id: first?.id })).reason).toBe(
      'project_not_found',
    )
  })

  test('must be one of the user\u2019s own', async () => {
    const { account } = await signedInPerson(scene.deps, 'user')
    const foreign = await aProjectOf(scene.deps, account.id, 'Theirs')
    expect((await approved({ asked_project_id: foreign.id })).reason).toBe('project_not_found')
  })
})

test('the code stands for all that was asked', async () => {
  const { code } = await approved({ offline_access: true, max_object_ttl: 3600, code_challenge: 'c' })
  expect(code).toMatchObject({
    dialect: 'standard',
    offline_access: true,
    max_object_ttl: 3600,
    code_challenge: 'c',
    sealed_half: null,
  })
})

test('a native app keeps the port it chose, as long as the address stays registered', async () => {
  const { deps, client } = scene
  const registered = (redirect_uri: string) =>
    deps.store.clients.update(
      client.id,
      () => ({ application_type: 'native', redirect_uris: [redirect_uri] }),
      deps.clock.now(),
    )
  await registered('http://127.0.0.1/cb')
  expect((await approved({ redirect_uri: 'http://127.0.0.1:51000/cb' })).status).toBe(200)
  await registered('http://127.0.0.1/other')
  expect((await approved({ redirect_uri: 'http://127.0.0.1:51000/cb' })).reason).toBe('redirect_uri_unproven')
})

test('in the StorX dialect the port stays what it is', async () => {
  const { deps, client } = scene
  const change = { application_type: 'native', redirect_uris: ['http://127.0.0.1/cb'] } as const
  await deps.store.clients.update(client.id, () => change, deps.clock.now())
  const told = await approved({ dialect: 'storx', redirect_uri: 'http://127.0.0.1:51000/cb' })
  expect(told.reason).toBe('redirect_uri_unproven')
})
