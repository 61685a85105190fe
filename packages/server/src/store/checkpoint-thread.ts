import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { copyLog } from './copy-log.ts'

/** Runs in a thread of its own: copies the log of the database, whose path it was given, into the file whenever it is told to. */
if (parentPort === null || typeof workerData !== 'string')
  throw new TypeError('to be started by sqlite-checkpoint.ts')
const parent = parentPort
const database = new DatabaseSync(workerData)

parent.on('message', (told) => {
  if (told === 'end') {
    database.close()
    parent.close()
    return
  }
  copyLog(database)
  parent.postMessage('done')
})
