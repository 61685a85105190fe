import { type Answer, ask } from '../../../packages/server/src/testing/people.ts'
import type { StandardScene } from '../../../packages/server/src/testing/standard-scene.ts'
import { tokenRequestsPath } from '../../../packages/server/src/testing/token-requests.ts'

type Place = Pick<StandardScene, 'app' | 'deps' | 'developer'>

/** What the developer of the client finds out about a request that was answered so. */
export async function lookedUp(
  { app, deps, developer }: Place,
  { headers }: Pick<Answer, 'headers'>,
): Promise<Answer['body']> {
  await deps.recorder.flush()
  const found = await ask(app, developer, 'GET', `${tokenRequestsPath}/${String(headers['x-trace-id'])}`)
  if (found.status !== 200) throw new Error(`nothing is found: ${found.text}`)
  return found.body
}
