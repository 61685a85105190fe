import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { parentPort, workerData } from 'node:worker_threads'

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
  try {
    database.exec('pragma wal_checkpoint(passive)')
  } catch {
    // A disk that is full or broken: the next commit says so, to somebody who can be told.
  }
  parent.postMessage('done')
})
