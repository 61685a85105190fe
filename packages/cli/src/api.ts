import { errorOf, unexpectedAnswer, ValetkeyError } from '@valetkey/client'
import { Unreachable } from './errors.ts'

/** What `schema` makes of an answer. */
interface Schema<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false }
}

export interface ApiCall {
  readonly url: string
  readonly token?: string
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly body?: unknown
}

const timeoutMs = 30_000

/** Asks the server and reads its answer. @throws ValetkeyError, Unreachable */
export async function ask<T>(call: ApiCall, schema: Schema<T>): Promise<T> {
  const response = await send(call)
  const answer = schema.safeParse(await response.json().catch(() => undefined))
  if (!answer.success) throw unexpectedAnswer(response)
  return answer.data
}

/** Asks the server for something whose answer is empty. @throws ValetkeyError, Unreachable */
export async function tell(call: ApiCall): Promise<void> {
  const response = await send(call)
  await response.arrayBuffer()
}

async function send({ url, token, method, path, body }: ApiCall): Promise<Response> {
  const response = await reach(url, () =>
    fetch(new URL(path, url), {
      method,
      headers: {
        accept: 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    }),
  )
  if (!response.ok) throw await errorOf(response)
  return response
}

/** Tells a server that is not there from one that refuses. */
export async function reach<T>(url: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    if (thrown instanceof ValetkeyError) throw thrown
    throw new Unreachable(url, thrown)
  }
}
