import { globSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { writeApprovals } from '../../bench/seed.ts'
import { redeemEntry } from '../moves.ts'
import { onPostgres } from '../on-stage.ts'
import { type Fault, Unavailable } from '../run.ts'
import type { Site } from '../site.ts'
import { newOutcome, type Outcome, type Stage, trial } from '../stage.ts'
import { anApproval } from '../town.ts'
import { type Door, redeem } from '../wire.ts'

const [minute, hour, day] = [60, 3600, 86_400]
/** All clocks jump, as when a machine hears the right time at last. */
const jumps = [90, -90, 20 * minute, -20 * minute, 3 * hour, -3 * hour, day, -day, 5 * day, -5 * day]
/** One clock of two is wrong: by less than an access grant lives. */
const skews = [90, -90, 10 * minute, -10 * minute, 50 * minute, -50 * minute]

/** Until every server has read what time it is. */
const noticedMs = 30

/** The system's clock as the servers see it, moved with libfaketime. */
export const clockJumps: Fault = {
  name: 'clock',
  title: 'clock jumps',
  what: 'With libfaketime the clocks of both servers jump by minutes, hours and days, forwards and backwards, and back; or that of one of them alone. Their clients go by the same clock.',
  times: { full: 16, quick: 3, smoke: 0 },
  async run({ site, chance, times }) {
    const library = findLibrary()
    const clocks = [createClock(site, 'clock-1', library), createClock(site, 'clock-2', library)]
    const inOrder = jumps.flatMap((jump, at) => {
      const skew = skews[at]
      return skew === undefined ? [{ jump }] : [{ jump }, { skew }]
    })
    // Access of another time may be over by now: only the database tells.
    const options = { name: 'clocks', servers: clocks, tried: 0 }
    return onPostgres({ site, chance }, options, async ({ stage, outcome }) => {
      for (let n = 0; n < times; n++) {
        const { jump, skew } = { jump: undefined, skew: undefined, ...inOrder[n % inOrder.length] }
        const moved = jump === undefined ? clocks.slice(1) : clocks
        const seconds = jump ?? skew ?? 0
        const before = await sendEarly(stage)
        for (const clock of moved) clock.set(seconds)
        await sleep(noticedMs)
        if (jump !== undefined) await before.check(outcome, seconds)
        await trial(stage, outcome, async () => undefined, { harmless: true, consents: jump !== undefined })
        for (const clock of moved) clock.set(0)
        await sleep(noticedMs)
        await before.settle()
        await trial(stage, newOutcomeLike(outcome), async () => undefined, { harmless: true })
      }
    })
  },
}

/** The same breaches, and no more times. */
const newOutcomeLike = ({ breaches, recoveries }: Outcome): Outcome => ({
  ...newOutcome(),
  breaches,
  recoveries,
})

interface ClockFile {
  readonly env: Readonly<Record<string, string>>
  readonly ahead: () => number
  /** Seconds; from now on. */
  set(seconds: number): void
}

function createClock(site: Site, name: string, library: string): ClockFile {
  const file = join(site.folder, name)
  let ahead = 0
  const set = (seconds: number): void => {
    ahead = seconds
    // In one step: half a file would be another time.
    writeFileSync(`${file}.new`, `${seconds < 0 ? '' : '+'}${seconds}\n`)
    renameSync(`${file}.new`, file)
  }
  set(0)
  return {
    env: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      // Timers go on as they do when the system's clock is set.
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
    ahead: () => ahead,
    set,
  }
}

function findLibrary(): string {
  const [found] = globSync('/usr/{lib,lib64,local/lib}/{*/,}faketime/libfaketimeMT.so.1')
  if (found === undefined)
    throw new Unavailable('libfaketime is not installed (Debian: apt-get install faketime)')
  return found
}

/** A code that lives ten minutes, and requests of somebody whose clock is right. */
async function sendEarly({ town, ledger, doors, where }: Stage) {
  const [pair] = town.pairs
  if (pair === undefined) throw new Error('a town needs people')
  const expires_at = Math.floor(Date.now() / 1000) + 10 * minute
  const { row, ...approval } = anApproval(pair, expires_at)
  await writeApprovals(where, [row])
  const entry = ledger.add({ ...approval, expires_at })
  return {
    async check(outcome: Outcome, seconds: number) {
      const breach = (words: string): void => {
        outcome.breaches.push({ invariant: 'answers', words: `clock ${seconds} s ahead: ${words}` })
      }
      for (const door of doors) {
        // The JWT lives five minutes and may name an end half an hour ahead at most.
        const outOfTime = Math.abs(seconds) >= hour
        const told = await redeem(
          { ...door, ahead: () => 0 },
          entry,
          outOfTime ? undefined : 'a wrong secret',
        )
        if (told.kind !== 'answered' || told.status !== 401)
          breach(
            `a JWT that is not of its time was answered with ${told.kind === 'answered' ? told.status : told.kind}`,
          )
        if (seconds < 10 * minute) continue
        const late = await redeem(door, entry)
        if (late.kind !== 'answered' || late.status !== 400)
          breach(`an expired code was answered with ${late.kind === 'answered' ? late.status : late.kind}`)
      }
    },
    /** With the right time again, the code is as good as it was. */
    async settle() {
      const [door] = doors as readonly [Door]
      await redeemEntry(ledger, door, entry)
    },
  }
}
