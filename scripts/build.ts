/** `npm run build`: what browsers get, and the server as few files. */
import { buildServer } from './build-server.ts'
import { buildWeb } from './build-web.ts'

buildWeb()
await buildServer()
