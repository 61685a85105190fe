import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { pointTo } from './builds.ts'

let dist: string
let made: string[]
beforeEach(() => {
  dist = mkdtempSync(join(tmpdir(), 'valetkey-builds-'))
  made = []
})
afterEach(() => rmSync(dist, { recursive: true }))

/** Builds a program that says which build it is. */
const build = (name: string): Promise<boolean> =>
  pointTo(dist, name, async (folder) => {
    made.push(name)
    // Longer than the grain of a file's time.
    await sleep(20)
    mkdirSync(folder)
    writeFileSync(join(folder, 'program.js'), `console.log('${name}')`)
    return ['program.js']
  })

const started = () => execFileSync(process.execPath, [join(dist, 'program.js')], { encoding: 'utf8' }).trim()
const folders = () =>
  readdirSync(dist, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))

test('what is there already is not built again', async () => {
  expect(await build('a')).toBe(true)
  expect(await build('a')).toBe(false)
  expect([made, started()]).toEqual([['a'], 'a'])
})

test('whoever goes back to earlier sources starts these', async () => {
  for (const name of ['a', 'b', 'a']) await build(name)
  expect(started()).toBe('a')
})

test('the build before stays, in case it runs; one that is older goes, and one that was never finished', async () => {
  mkdirSync(join(dist, 'z.4711'))
  for (const name of ['a', 'b', 'c']) await build(name)
  expect(folders().sort()).toEqual(['b', 'c'])
  expect(started()).toBe('c')
})

test('a build that fails leaves what was there', async () => {
  await build('a')
  await expect(pointTo(dist, 'b', () => Promise.reject(new Error('does not compile')))).rejects.toThrow(
    'compile',
  )
  expect(started()).toBe('a')
  expect(await build('a')).toBe(false)
})
