import { constants, setPriority } from 'node:os'
import { parentPort } from 'node:worker_threads'
import { type Algorithm, hashRawSync, type Version } from '@node-rs/argon2'
import type { Argon2id } from '@valetkey/access-grant'

/** Runs in a thread of its own, and derives one key after the other. */
if (parentPort === null) throw new TypeError('to be started by argon2-threads.ts')
const parent = parentPort

const argon2id = 2 as Algorithm.Argon2id
const version13 = 1 as Version.V0x13

// Linux knows a priority for each thread, setpriority(2); elsewhere it would be that of the whole server.
if (process.platform === 'linux') {
  try {
    setPriority(constants.priority.PRIORITY_LOW)
  } catch {
    // A filter of system calls may forbid even that: then a derivation is like all else.
  }
}

parent.on('message', ({ password, salt, time, memory_kib, parallelism, length }: Parameters<Argon2id>[0]) => {
  const key = hashRawSync(password, {
    algorithm: argon2id,
    version: version13,
    salt,
    timeCost: time,
    memoryCost: memory_kib,
    parallelism,
    outputLen: length,
  })
  parent.postMessage(key)
})
