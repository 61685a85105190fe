/** Started as a process: serves with the settings as they are by default, and tells which packages that loaded. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { createLog } from '../../log.ts'
import { serve } from '../../serve.ts'
import { readSettings } from '../../settings.ts'

const data = mkdtempSync(join(tmpdir(), 'valetkey-'))
const server = await serve(readSettings({ port: '0', data }, {}), createLog({ write: () => undefined }))
await server.close()
rmSync(data, { recursive: true })
const files = Object.keys(createRequire(import.meta.url).cache ?? {})
const packages = new Set(files.map((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1]))
process.send?.([...packages], () => process.disconnect?.())
