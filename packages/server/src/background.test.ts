import { expect, test } from 'vitest'
import { createBackground } from './background.ts'
import { createLog } from './log.ts'

const quiet = { info: () => {}, error: () => {} }

test('work begins after the answer, and a flush waits for it and for what it starts', async () => {
  const background = createBackground(quiet)
  const done: string[] = []
  background.run('mail_failed', {}, async () => {
    await new Promise((resolve) => setTimeout(resolve, 20))
    done.push('first')
    background.run('mail_failed', {}, async () => void done.push('second'))
  })
  done.push('answer')
  await background.flush()
  expect(done).toEqual(['answer', 'first', 'second'])
})

test('a failure is logged by name and code alone, and stops nobody', async () => {
  const logged: string[] = []
  const background = createBackground(createLog({ write: (line) => void logged.push(line) }))
  const trace_id = 'a'.repeat(32)
  background.run('mail_failed', { trace_id }, async () => {
    throw Object.assign(new Error('550 ada@example.com unknown'), { code: 'EENVELOPE' })
  })
  await background.flush()
  expect(logged.map((line) => JSON.parse(line))).toMatchObject([
    { event: 'mail_failed', trace_id, cause: { name: 'Error', code: 'EENVELOPE' } },
  ])
  expect(logged.join('')).not.toContain('ada@')
})
