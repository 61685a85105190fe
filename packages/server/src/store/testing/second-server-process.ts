import { setTimeout as sleep } from 'node:timers/promises'
import { openPostgres } from '../postgres.ts'
import { openSqlite } from '../sqlite.ts'
import { perform } from './actions.ts'
import type { Answer, Order } from './second-server.ts'

const [, , address = ''] = process.argv
const tell = (answer: Answer): boolean | undefined => process.send?.(answer)

const store = await (address.startsWith('postgres://') ? openPostgres(address) : openSqlite(address))
process.on('disconnect', () => void store.close())
process.on('message', ({ calls, at }: Order) => {
  sleep(Math.max(0, at - Date.now()))
    .then(() => Promise.all(calls.map((call) => perform(store, call))))
    .then((results) => tell({ results }))
    .catch((error: Error) => tell({ error: error.stack ?? error.message }))
})
tell({ results: [] })
