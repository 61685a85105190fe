/** A process that commits until the log is copied by the thread, closes, and has nothing else to do: says when it has. */
import process from 'node:process'
import { setImmediate } from 'node:timers/promises'
import { CompiledQuery } from 'kysely'
import { connectSqlite } from '../sqlite-connection.ts'

const { db, ask, atomically } = connectSqlite(process.argv[2] ?? '', 1000)
await ask(CompiledQuery.raw('create table noise (n integer primary key)'))
for (let n = 0; n < 450; n++) {
  await atomically((run) => run(CompiledQuery.raw('insert into noise default values')))
  await setImmediate()
}
await db.destroy()
process.stdout.write('closed')
