import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Store } from '../../store.ts'
import {
  aCode,
  aDevice,
  aPushedRequest,
  approval,
  aRequestOfDevice,
  aScene,
  aToken,
  denial,
  now,
} from '../scene.ts'

export function devicePromises(store: () => Store): void {
  test('a pushed request is open to its client until its time is over', async () => {
    const pushed = aPushedRequest(randomUUID())
    const { request_uri_hash, client_id, expires_at } = pushed
    await store().pushedRequests.add(pushed)
    const open = (hash: string, client: string, at: number) =>
      store().pushedRequests.open(hash, client, at, at + 900)
    expect(await open(aToken(), client_id, now)).toBeUndefined()
    expect(await open(request_uri_hash, randomUUID(), now)).toBeUndefined()
    expect(await open(request_uri_hash, client_id, expires_at)).toBeUndefined()
    expect(await open(request_uri_hash, client_id, now)).toBeDefined()
  })

  test('a pushed request that was opened waits for its user, and opening it again prolongs nothing', async () => {
    const pushed = aPushedRequest(randomUUID())
    const { request_uri_hash, client_id, expires_at } = pushed
    await store().pushedRequests.add(pushed)
    const open = (at: number) => store().pushedRequests.open(request_uri_hash, client_id, at, at + 900)
    const opened = { ...pushed, opened_at: expires_at - 1, expires_at: expires_at - 1 + 900 }
    expect(await open(expires_at - 1)).toStrictEqual(opened)
    expect(await open(expires_at + 5)).toStrictEqual(opened)
    expect(await open(opened.expires_at - 1)).toStrictEqual(opened)
    expect(await open(opened.expires_at)).toBeUndefined()
  })

  test('a pushed request is taken once, by its client, in time', async () => {
    const pushed = aPushedRequest(randomUUID())
    const { request_uri_hash, client_id, expires_at } = pushed
    await store().pushedRequests.add(pushed)
    const take = (client: string, at: number) => store().pushedRequests.take(request_uri_hash, client, at)
    expect(await take(randomUUID(), now)).toBeUndefined()
    expect(await take(client_id, expires_at)).toBeUndefined()
    expect(await take(client_id, expires_at - 1)).toStrictEqual(pushed)
    expect(await take(client_id, now)).toBeUndefined()
    expect(await store().pushedRequests.open(request_uri_hash, client_id, now, now + 900)).toBeUndefined()
  })

  test('a device is found as it was added: by its own code, and by that of its user while it lasts', async () => {
    const device = aDevice(randomUUID(), {
      offline_access: true,
      asked_project_id: randomUUID(),
      latest_end: now + 86_400,
      max_object_ttl: 3600,
    })
    const { device_code_hash, user_code_hash, expires_at } = device
    expect(await store().devices.add(device)).toBe(true)
    expect(await store().devices.find(device_code_hash)).toStrictEqual(device)
    expect(await store().devices.find(user_code_hash)).toBeUndefined()
    expect(await store().devices.findByUserCode(user_code_hash, expires_at - 1)).toStrictEqual(device)
    expect(await store().devices.findByUserCode(user_code_hash, expires_at)).toBeUndefined()
    expect(await store().devices.findByUserCode(device_code_hash, now)).toBeUndefined()
  })

  test('a user code belongs to one device at a time, and is free again once that one expired', async () => {
    const first = aDevice(randomUUID())
    const { user_code_hash, expires_at } = first
    const second = aDevice(randomUUID(), { user_code_hash, created_at: expires_at - 1 })
    const third = aDevice(randomUUID(), {
      user_code_hash,
      created_at: expires_at,
      expires_at: expires_at + 600,
    })
    expect(await store().devices.add(first)).toBe(true)
    expect(await store().devices.add(second)).toBe(false)
    expect(await store().devices.find(second.device_code_hash)).toBeUndefined()
    expect(await store().devices.find(first.device_code_hash)).toStrictEqual(first)
    expect(await store().devices.add(third)).toBe(true)
    expect(await store().devices.findByUserCode(user_code_hash, expires_at)).toStrictEqual(third)
    expect(await store().devices.find(first.device_code_hash)).toBeUndefined()
  })

  test('claiming a device binds it to the request of the user who entered its code', async () => {
    const scene = await aScene(store())
    const device = aDevice(scene.client.client_id, { offline_access: true })
    const { device_code_hash } = device
    await store().devices.add(device)
    const request = aRequestOfDevice(scene, device, {
      offline_access: true,
      asked_project_id: scene.project.id,
      latest_end: now + 86_400,
      max_object_ttl: 3600,
    })
    expect(await store().devices.claim(device_code_hash, request, now)).toBe(true)
    expect(await store().devices.find(device_code_hash)).toStrictEqual({ ...device, request_id: request.id })
    expect(await store().requests.find(request.id, now)).toStrictEqual(request)
  })

  test('a device that expired, or that nobody knows, is not claimed and leaves no request', async () => {
    const scene = await aScene(store())
    const device = aDevice(scene.client.client_id)
    await store().devices.add(device)
    const request = aRequestOfDevice(scene, device)
    expect(await store().devices.claim(device.device_code_hash, request, device.expires_at)).toBe(false)
    expect(await store().devices.claim(aToken(), request, now)).toBe(false)
    expect(await store().requests.find(request.id, now)).toBeUndefined()
    expect(await store().devices.find(device.device_code_hash)).toStrictEqual(device)
  })

  test.each([
    ['waits', undefined],
    ['was approved', approval],
    ['was denied', denial],
  ] as const)('a device bound to a request that %s is not claimed again', async (_, decision) => {
    const scene = await aScene(store())
    const device = aDevice(scene.client.client_id)
    const { device_code_hash } = device
    const [first, second] = [aRequestOfDevice(scene, device), aRequestOfDevice(scene, device)]
    await store().devices.add(device)
    expect(await store().devices.claim(device_code_hash, first, now)).toBe(true)
    if (decision !== undefined) {
      const code = decision === approval ? aCode(first, scene.project) : undefined
      await store().requests.decide(first.id, scene.user.id, decision, code, now)
    }
    const late = decision === undefined ? first.expires_at - 1 : now + 599
    expect(await store().devices.claim(device_code_hash, second, late)).toBe(false)
    expect(await store().requests.find(second.id, now)).toBeUndefined()
    expect(await store().devices.find(device_code_hash)).toMatchObject({ request_id: first.id })
  })

  test('a device whose user let the request expire is claimed anew', async () => {
    const scene = await aScene(store())
    const other = await aScene(store())
    const device = aDevice(scene.client.client_id)
    const { device_code_hash } = device
    const first = aRequestOfDevice(scene, device, { expires_at: now + 60 })
    const second = aRequestOfDevice({ ...scene, user: other.user }, device)
    await store().devices.add(device)
    expect(await store().devices.claim(device_code_hash, first, now)).toBe(true)
    expect(await store().devices.claim(device_code_hash, second, now + 60)).toBe(true)
    expect(await store().devices.find(device_code_hash)).toMatchObject({ request_id: second.id })
    expect(await store().requests.find(first.id, now + 60)).toMatchObject({ state: 'expired' })
  })

  test('a poll that comes too fast says so and has to wait longer from then on', async () => {
    const device = aDevice(randomUUID())
    const { device_code_hash, client_id } = device
    await store().devices.add(device)
    const poll = (at: number) => store().devices.poll(device_code_hash, client_id, now + at)
    const polled = (at: number, interval_seconds: number, too_fast: boolean) => ({
      device: { ...device, last_polled_at: now + at, interval_seconds, too_fast },
      request_state: undefined,
    })
    expect(await poll(0)).toStrictEqual(polled(0, 5, false))
    expect(await poll(5)).toStrictEqual(polled(5, 5, false))
    expect(await poll(9)).toStrictEqual(polled(9, 10, true))
    expect(await poll(18)).toStrictEqual(polled(18, 15, true))
    expect(await poll(33)).toStrictEqual(polled(33, 15, false))
    expect(await store().devices.find(device_code_hash)).toStrictEqual(polled(33, 15, false).device)
  })

  test('only its own client polls a device, and an expired one is still found', async () => {
    const device = aDevice(randomUUID())
    const { device_code_hash, client_id, expires_at } = device
    await store().devices.add(device)
    expect(await store().devices.poll(device_code_hash, randomUUID(), now)).toBeUndefined()
    expect(await store().devices.poll(aToken(), client_id, now)).toBeUndefined()
    expect(await store().devices.find(device_code_hash)).toStrictEqual(device)
    const late = await store().devices.poll(device_code_hash, client_id, expires_at + 9)
    expect(late?.device).toStrictEqual({ ...device, last_polled_at: expires_at + 9 })
  })

  test('a poll tells how the request stands that a user made for the device', async () => {
    const scene = await aScene(store())
    const { client_id } = scene.client
    const claimed = async () => {
      const device = aDevice(client_id)
      const request = aRequestOfDevice(scene, device, { expires_at: now + 60 })
      await store().devices.add(device)
      await store().devices.claim(device.device_code_hash, request, now)
      return { device, request }
    }
    const stateOf = async (hash: string, at: number) =>
      (await store().devices.poll(hash, client_id, at))?.request_state
    const [waiting, approved, denied] = [await claimed(), await claimed(), await claimed()]
    const code_hash = approved.device.device_code_hash
    const code = aCode(approved.request, scene.project, { code_hash, sealed_half: 'aGFsZg' })
    expect(await store().requests.decide(approved.request.id, scene.user.id, approval, code, now)).toBe(true)
    await store().requests.decide(denied.request.id, scene.user.id, denial, undefined, now)

    expect(await stateOf(waiting.device.device_code_hash, now + 59)).toBe('waiting')
    expect(await stateOf(waiting.device.device_code_hash, now + 60)).toBe('expired')
    expect(await stateOf(code_hash, now + 60)).toBe('approved')
    expect(await stateOf(denied.device.device_code_hash, now)).toBe('rejected')
    expect((await store().codes.read(client_id, code_hash, now)).code).toStrictEqual(code)
  })

  test('a sweep forgets pushed requests at their end, and devices an hour after it', async () => {
    // Long before everything else in this contract, so that only these rows are over.
    const then = now - 8 * 365 * 86_400
    const pushed = aPushedRequest(randomUUID(), { expires_at: then })
    const young = aPushedRequest(randomUUID(), { expires_at: then + 1 })
    const device = aDevice(randomUUID(), { expires_at: then - 3600 })
    const late = aDevice(randomUUID(), { expires_at: then - 3599 })
    for (const request of [pushed, young]) await store().pushedRequests.add(request)
    for (const each of [device, late]) expect(await store().devices.add(each)).toBe(true)
    await store().sweep(then)
    const take = (request: typeof pushed) =>
      store().pushedRequests.take(request.request_uri_hash, request.client_id, then - 9)
    expect(await take(pushed)).toBeUndefined()
    expect(await take(young)).toStrictEqual(young)
    expect(await store().devices.find(device.device_code_hash)).toBeUndefined()
    expect(await store().devices.find(late.device_code_hash)).toStrictEqual(late)
  })
}
