import { buildServer } from '../../scripts/build-server.ts'
import { buildWeb } from '../../scripts/build-web.ts'

/** Before any test: what browsers are served, and the program that operators start. */
export default async function setup(): Promise<void> {
  buildWeb()
  await buildServer()
}
