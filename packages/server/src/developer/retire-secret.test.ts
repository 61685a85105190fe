import { rfc3339 } from '@valetkey/protocol'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { newId } from '../ids.ts'
import { clientsPath, type Person, signedInPerson } from '../testing/people.ts'
import { type RefusalScene, refusalScene } from '../testing/refusal-scene.ts'
import { causesIn, lookUp, traced } from '../testing/token-requests.ts'

let scene: RefusalScene
let ada: Person
beforeEach(async () => {
  scene = await refusalScene()
  ada = scene.developer
})
afterEach(() => scene.close())

const retire = (secret_id: string | undefined, who = ada, client = scene.client.id) =>
  scene.ask(who, 'DELETE', `${clientsPath}/${client}/secrets/${secret_id}`)
const detail = async () => (await scene.ask(ada, 'GET', `${clientsPath}/${scene.client.id}`)).body
const secretsOf = async (id = scene.client.id) => scene.deps.store.clients.secrets(id)

/** A newer secret beside the first, which would work for another hour. */
async function rotated(): Promise<string> {
  scene.deps.clock.advance(1)
  const form = { keep_previous_for: 3600 }
  const { body } = await scene.ask(ada, 'POST', `${clientsPath}/${scene.client.id}/regenerate-secret`, form)
  return body.client_secret
}
const redeem = async (key: string) =>
  (await scene.token({ code: await scene.code(), client_secret: await scene.jwt({}, key) })).status

test('an older secret verifies nothing from then on, and the newer one goes on working', async () => {
  const newer = await rotated()
  expect(await redeem(scene.client.client_secret)).toBe(200)
  scene.deps.clock.advance(60)
  const [current, older] = (await detail()).secrets
  const answer = await retire(older.id)
  expect(answer.status).toBe(200)
  const retires_at = rfc3339(scene.deps.clock.now())
  expect(answer.body.secrets).toMatchObject([current, { id: older.id, retires_at }])
  expect(answer.body).toEqual(await detail())
  expect([await redeem(scene.client.client_secret), await redeem(newer)]).toEqual([401, 200])
  expect((await secretsOf())[1]).toMatchObject({ retired_by: ada.account.id })
})

test('a JWT made with it is explained as such to the developer', async () => {
  await rotated()
  const [, older] = await secretsOf()
  await retire(older?.id)
  const { body } = await lookUp(scene, await traced(scene, { client_secret: await scene.jwt() }))
  expect(causesIn(body, 'verify_signature')).toEqual(['secret_retired'])
})

test('retiring it again changes nothing, and says so by its date', async () => {
  await rotated()
  const [, older] = await secretsOf()
  const first = await retire(older?.id, ada, scene.client.client_id)
  scene.deps.clock.advance(60)
  const again = await retire(older?.id)
  expect([again.status, again.body]).toEqual([200, first.body])
})

test('it makes room for a rotation with an overlap', async () => {
  await rotated()
  const rotation = () =>
    scene.ask(ada, 'POST', `${clientsPath}/${scene.client.id}/regenerate-secret`, { keep_previous_for: 60 })
  expect((await rotation()).status).toBe(400)
  const [, older] = await secretsOf()
  await retire(older?.id)
  expect((await rotation()).status).toBe(200)
})

test('client_secret_newest: the secret that is in its place stays, and still works', async () => {
  for (const key of [scene.client.client_secret, await rotated()]) {
    const [newest] = await secretsOf()
    const { status, body } = await retire(newest?.id)
    expect([status, body.error]).toEqual([409, 'conflict'])
    expect(body.error_description).toContain('Rotate instead')
    expect(await redeem(key)).toBe(200)
  }
})

test("client_secret_not_found: another client's secret reads like an unknown one, and stays", async () => {
  const eve = await signedInPerson(scene.deps, 'developer')
  await rotated()
  const other = await scene.ask(eve, 'POST', clientsPath, {
    name: 'Other',
    redirect_uris: ['https://other.example/cb'],
  })
  const [own, foreign] = [
    (await secretsOf())[1],
    (await scene.deps.store.clients.findByClientId(other.body.client_id))?.id ?? '',
  ]
  for (const answer of [
    await retire(own?.id, eve, foreign),
    await retire(newId(scene.deps), eve, foreign),
    await retire('%00', eve, foreign),
  ]) {
    expect([answer.status, answer.body.error_description]).toEqual([
      404,
      'This client has no secret with this id.',
    ])
  }
  expect((await retire(own?.id, eve)).body.error_description).toBe('You have no client with this id.')
  expect((await secretsOf())[1]).toEqual(own)
})
