/**
 * A server process to be killed: `node redeemer.ts PORT DATA DATABASE_URL`. Ends when its standard input does, so that
 * it never outlives the test.
 */
import { readSettings, serve } from '@valetkey/server'
import { createLog } from '../../packages/server/src/log.ts'

const [port = '', data = '', database_url = ''] = process.argv.slice(2)
const settings = readSettings({ port, data, database_url, rate_limits: 'off', code_ttl: '600' }, {})
await serve(settings, createLog({ write: () => true }))
process.stdout.write('ready\n')
process.stdin.resume().on('end', () => process.exit(0))
