import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { parentPort, workerData } from 'node:worker_threads'
import { copyLog } from './copy-log.ts'

/** Runs in a thread of its own: copies the log of the database, whose path it was given, into the file whenever it is told to. */
if (parentPort === null || typeof workerData !== 'string')
  throw new TypeError('to be started by sqlite-checkpoint.ts')
const parent = parentPort
// Made anew where somebody has moved it away, it would take the log of the one that is open with it.
const url = pathToFileURL(workerData)
url.searchParams.set('mode', 'rw')
const database = new DatabaseSync(url)

parent.on('message', (told) => {
  if (told === 'end') {
    database.close()
    parent.close()
    return
  }
  copyLog(database)
  parent.postMessage('done')
})
