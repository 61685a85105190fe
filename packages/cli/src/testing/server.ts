import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RunningServer, readSettings, type SettingName, serve } from '@valetkey/server'
import { afterAll, beforeAll } from 'vitest'

export interface TestServer {
  readonly url: () => string
  readonly server: () => RunningServer
  /** A folder of its own, gone afterwards. */
  readonly folder: () => string
}

/** A server for the tests of one file, with a database of its own. */
export function useServer(settings: Partial<Record<SettingName, string>> = {}): TestServer {
  let folder = ''
  let running: RunningServer | undefined
  const server = (): RunningServer => {
    if (running === undefined) throw new Error('the server is not running')
    return running
  }
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'valetkey-test-'))
    running = await serve(readSettings({ port: '0', data: join(folder, 'data'), ...settings }, {}), {
      info: () => {},
      error: () => {},
    })
  })
  afterAll(async () => {
    await running?.close()
    await rm(folder, { recursive: true, force: true })
  })
  return { server, url: () => server().url, folder: () => folder }
}

/** Asks the server directly, as a program would. */
export async function post(
  url: string,
  path: string,
  body: unknown,
  token?: string,
): Promise<Record<string, string>> {
  const headers = {
    'content-type': 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  }
  const response = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  const text = await response.text()
  if (!response.ok) throw new Error(`${path}: ${text}`)
  return text === '' ? {} : JSON.parse(text)
}
