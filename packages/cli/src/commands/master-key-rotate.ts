import { setTimeout as sleep } from 'node:timers/promises'
import {
  addKeyToFile,
  noticedWithinMs,
  type Resealed,
  reseal,
  type Settings,
  type Store,
} from '@valetkey/server'
import type { Command } from 'commander'
import { Refused } from '../errors.ts'
import { noteInAudit, ringOf, withLocalStore } from '../local-store.ts'
import { examples, jsonOption } from '../options.ts'
import { type Cli, count, printJson, printWrapped } from '../terminal.ts'

interface Options {
  readonly json?: true
}

/** What a server seals under an old key meanwhile is found in the next pass; one that never stops is not our fault. */
const passesAtMost = 10

export function define(command: Command, cli: Cli): void {
  command
    .description(
      'Seal everything that is sealed in the database under a new master key, while servers run. With the key in the data folder it makes the new one; with VALETKEY_MASTER_KEY set it goes from VALETKEY_PREVIOUS_MASTER_KEYS to that one. Stopped at any point, it is simply run again.',
    )
    .addOption(jsonOption())
    .action((options: Options) => rotate(cli, options))
  examples(
    command,
    'VALETKEY_DATA=/var/lib/valetkey valetkey master-key rotate',
    'VALETKEY_MASTER_KEY=… VALETKEY_PREVIOUS_MASTER_KEYS=… valetkey master-key rotate',
  )
}

const rotate = (cli: Cli, { json }: Options): Promise<void> =>
  withLocalStore(cli, async (store, settings) => {
    const before = await ringOf(store, settings)
    const begun = before.previous.length === 0
    if (begun) begin(settings)
    const { current, previous, resealed, left, broken } = await resealAll(cli, store, settings)
    if (broken.length > 0)
      throw new Refused(
        'not_opened',
        `${count(broken.length, 'sealed text')} cannot be opened by any key here`,
        [
          ...broken.slice(0, 10),
          'They were changed, or belong to a key that is not here. Everything else is done; keep all keys until this is settled.',
        ],
      )
    if (left > 0)
      throw new Refused('not_done', `somebody still seals under ${previous.join(' or ')}`, [
        'Restart the servers that do not have the new key as theirs, then run this again.',
      ])
    await noteInAudit(store, cli.now(), 'master_key.rotated', current)
    if (json) {
      printJson(cli, { key_id: current, previous, resealed })
      return
    }
    printWrapped(
      cli.out,
      `${cli.out.paint('green', '✓')} Everything is sealed under ${current}; ${count(resealed, 'text')} by this run.`,
    )
    printWrapped(
      cli.out,
      `Back up the new key, apart from the database. Backups made until now need ${previous.join(' and ')}: keep it with them. In an hour, "valetkey master-key retire" takes it away from here.`,
    )
  })

/** A new key in the file; one from a setting is the operator's to make. */
function begin(settings: Settings): void {
  if (settings.master_key === '') {
    addKeyToFile(settings)
    return
  }
  throw new Refused('no_new_key', 'VALETKEY_PREVIOUS_MASTER_KEYS names no key to come from', [
    '1. Make a key: openssl rand -hex 32',
    '2. Restart every server with it in VALETKEY_PREVIOUS_MASTER_KEYS, so that all of them can open what is sealed under it.',
    '3. Restart every server with the two exchanged: the new one as VALETKEY_MASTER_KEY, the old one as VALETKEY_PREVIOUS_MASTER_KEYS.',
    '4. Run this again with those same two variables.',
  ])
}

/** Pass after pass, until one finds nothing left that began when every server had noticed the new key. */
async function resealAll(cli: Cli, store: Store, settings: Settings) {
  const { sealer, current, previous } = await ringOf(store, settings)
  let resealed = 0
  let said = Date.now()
  let last: Resealed = { resealed: 0, left: 0, broken: [] }
  for (let pass = 0; pass < passesAtMost; pass++) {
    if (pass === 1 && settings.master_key === '') await sleep(noticedWithinMs)
    const done = resealed
    last = await reseal({ store, sealer }, (sofar) => {
      if (Date.now() - said < 5_000) return
      said = Date.now()
      cli.err.line(`${done + sofar} sealed again …`)
    })
    resealed += last.resealed
    if (last.broken.length > 0 || (pass > 0 && last.resealed + last.left === 0)) break
  }
  return { current, previous, ...last, left: last.left + last.resealed, resealed }
}
