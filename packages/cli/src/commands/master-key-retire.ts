import { statSync } from 'node:fs'
import { countByKey, dropOldKeys, keyFileIn } from '@valetkey/server'
import type { Command } from 'commander'
import { Refused } from '../errors.ts'
import { noteInAudit, ringOf, withLocalStore } from '../local-store.ts'
import { examples, jsonOption } from '../options.ts'
import { type Cli, count, printJson, printWrapped } from '../terminal.ts'

interface Options {
  readonly now?: true
  readonly json?: true
}

/** The longest that anything lives which was tagged and not sealed with a key: the code on the screen of a device. */
const taggedSeconds = 3600

export function define(command: Command, cli: Cli): void {
  command
    .description(
      'Take the old master keys out of the key file, once nothing in the database is sealed under them. Copy them to where the backups are before: backups of that time need them.',
    )
    .option(
      '--now',
      'not only an hour after the rotation: codes that devices show and forms that are open may fail',
    )
    .addOption(jsonOption())
    .action((options: Options) => retire(cli, options))
  examples(command, 'valetkey master-key retire')
}

const retire = (cli: Cli, { now, json }: Options): Promise<void> =>
  withLocalStore(cli, async (store, settings) => {
    const { current, previous } = await ringOf(store, settings)
    const counts = await countByKey(store)
    counts.forEach((sealed, key_id) => {
      if (key_id !== current)
        throw new Refused('still_needed', `${count(sealed, 'text')} still sealed under ${key_id}`, [
          'valetkey master-key rotate seals them again.',
        ])
    })
    const inFile = settings.master_key === ''
    if (inFile && previous.length > 0) {
      const age = Math.floor(Date.now() / 1000 - statSync(keyFileIn(settings)).mtimeMs / 1000)
      if (!now && age < taggedSeconds)
        throw new Refused('too_early', `the key was replaced ${count(Math.floor(age / 60), 'minute')} ago`, [
          'Codes that devices show were made with the old key and live up to an hour: wait for it, or say --now.',
        ])
      dropOldKeys(settings, previous)
      await noteInAudit(store, cli.now(), 'master_key.retired', previous.join(' '))
    }
    if (json) {
      printJson(cli, { key_id: current, retired: previous })
      return
    }
    const { out } = cli
    if (previous.length === 0) printWrapped(out, `There is no other key than ${current}.`)
    else if (inFile)
      printWrapped(
        out,
        `${out.paint('green', '✓')} ${previous.join(' and ')} taken away; ${current} opens everything.`,
      )
    else
      printWrapped(
        out,
        `${out.paint('green', '✓')} ${current} opens everything. Take VALETKEY_PREVIOUS_MASTER_KEYS away and restart the servers, an hour after the last of them was restarted with the new key.`,
      )
  })
