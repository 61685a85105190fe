import { once } from 'node:events'
import { createCluster, untilReady } from '../e2e/testing/cluster.ts'

export interface Postgres {
  readonly url: string
  readonly version: string
  stop(): Promise<void>
}

/** A PostgreSQL in `folder` as people run it for real: `fsync` and `synchronous_commit` on, everything else as it comes. */
export async function startPostgres(folder: string): Promise<Postgres> {
  const { url, version, start } = await createCluster({
    folder,
    settings: ['fsync=on', 'synchronous_commit=on'],
  })
  const server = start()
  const kill = () => server.kill('SIGINT')
  process.once('exit', kill)
  const exited = once(server, 'exit')
  await untilReady(server)
  return {
    url,
    version,
    async stop() {
      process.removeListener('exit', kill)
      kill()
      await exited
    },
  }
}
