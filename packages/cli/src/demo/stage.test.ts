import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { cliOf } from '../terminal.ts'
import { useServer } from '../testing/server.ts'
import { stageAt } from './stage.ts'

const { url } = useServer()

function aStage() {
  const chunks: Buffer[] = []
  const stdout = new PassThrough().on('data', (chunk) => chunks.push(chunk))
  const cli = cliOf({ argv: [], env: {}, stdin: new PassThrough().end(), stdout, stderr: stdout })
  return { stage: stageAt(url(), cli, { quiet: false }), written: () => Buffer.concat(chunks).toString() }
}

/** A form with one field of one value. */
const isStatus = (status: string) => ({
  safeParse: (value: unknown) =>
    JSON.stringify(value) === JSON.stringify({ status })
      ? { success: true as const, data: value }
      : { success: false as const },
})

test('a promise that is not kept ends the story and names the step', () => {
  const { stage } = aStage()
  stage.scene('The user takes it back')
  expect(() => stage.promise('the key is dead', false)).toThrow(
    'step 1, "The user takes it back": this does not hold: the key is dead',
  )
})

test('an answer other than documented ends the story', async () => {
  const { stage } = aStage()
  stage.scene('A question')
  const health = { method: 'GET', path: '/healthz' } as const
  await expect(stage.ask(health, isStatus('ok'))).resolves.toEqual({ status: 'ok' })
  await expect(stage.ask(health, isStatus('better'))).rejects.toThrow(
    'step 1, "A question": /healthz does not answer',
  )
})

test('a request and its answer show secrets as variables only', async () => {
  const { stage, written } = aStage()
  const secret = stage.keep('SECRET', 'not for anybody')
  await stage.request({
    method: 'POST',
    path: '/healthz',
    token: secret,
    body: { secret },
    secrets: { error: 'HIDDEN' },
  })
  const shown = written()
  expect(shown).toContain(`-d '{"secret":"'"$SECRET"'"}'`)
  expect(shown).toContain('"error": "$HIDDEN"')
  expect(shown).not.toContain(secret)
})
