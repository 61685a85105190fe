import { expect, test } from 'vitest'
import { createBackground } from './background.ts'

const quiet = { info: () => {}, error: () => {} }

test('work begins after the answer, and a flush waits for it and for what it starts', async () => {
  const background = createBackground(quiet)
  const done: string[] = []
  background.run('mail_failed', 'trace', async () => {
    await new Promise((resolve) => setTimeout(resolve, 20))
    done.push('first')
    background.run('mail_failed', 'trace', async () => void done.push('second'))
  })
  done.push('answer')
  await background.flush()
  expect(done).toEqual(['answer', 'first', 'second'])
})

test('a failure is logged by name and code alone, and stops nobody', async () => {
  const logged: unknown[] = []
  const background = createBackground({ ...quiet, error: (...line) => void logged.push(line) })
  background.run('mail_failed', 'trace', async () => {
    throw Object.assign(new Error('550 ada@example.com unknown'), { code: 'EENVELOPE' })
  })
  await background.flush()
  expect(logged).toEqual([['mail_failed', { trace_id: 'trace', error: 'Error', code: 'EENVELOPE' }]])
})
