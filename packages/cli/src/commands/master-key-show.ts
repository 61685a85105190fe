import { countByKey, keyFileIn } from '@valetkey/server'
import type { Command } from 'commander'
import { ringOf, withLocalStore } from '../local-store.ts'
import { examples, jsonOption } from '../options.ts'
import { type Cli, printJson, printTable } from '../terminal.ts'

export function define(command: Command, cli: Cli): void {
  command
    .description(
      'List the master keys of these settings by their ids, with how much is sealed under each. Never a key itself.',
    )
    .addOption(jsonOption())
    .action((options: { json?: true }) => show(cli, options))
  examples(command, 'valetkey master-key show', 'valetkey master-key show --json')
}

const show = (cli: Cli, { json }: { json?: true }): Promise<void> =>
  withLocalStore(cli, async (store, settings) => {
    const { current, previous } = await ringOf(store, settings)
    const counts = await countByKey(store)
    const strange = [...counts.keys()].filter((id) => id !== current && !previous.includes(id))
    const keys = [current, ...previous, ...strange].map((key_id) => ({
      key_id,
      role: key_id === current ? 'current' : previous.includes(key_id) ? 'previous' : 'not here',
      sealed: counts.get(key_id) ?? 0,
    }))
    const from = settings.master_key === '' ? keyFileIn(settings) : 'VALETKEY_MASTER_KEY'
    if (json) {
      printJson(cli, { from, keys })
      return
    }
    printTable(
      cli,
      ['KEY', 'ROLE', 'SEALED'],
      keys.map(({ key_id, role, sealed }) => [key_id, role, String(sealed)]),
    )
    cli.out.line()
    cli.out.line(`The current one is from ${from}.`)
  })
