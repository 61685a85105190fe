import { createServer } from 'node:http'
import { hashRaw } from '@node-rs/argon2'
import { answerParent } from './asks.ts'
import { listening } from './listening.ts'

// Bare Argon2id with the cost of a root key: nothing around it, so the most that a server could reach.

const cost = {
  algorithm: 2,
  version: 1,
  timeCost: 1,
  memoryCost: 64 * 1024,
  parallelism: 8,
  outputLen: 32,
} as const

answerParent(await listening(createServer((_, response) => response.end())), {
  async derivations({ count, atOnce }) {
    let left = count
    const derive = async (): Promise<void> => {
      while (left-- > 0) await hashRaw('correct horse battery staple', { ...cost, salt: Buffer.alloc(16, 7) })
    }
    const begin = performance.now()
    await Promise.all(Array.from({ length: atOnce }, derive))
    return { seconds: (performance.now() - begin) / 1000 }
  },
})
