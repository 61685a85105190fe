import type { Command } from 'commander'
import { examples } from '../options.ts'
import { defineStatus } from '../set-client-status.ts'
import type { Cli } from '../terminal.ts'

export function define(command: Command, cli: Cli): void {
  command.description(
    'Deactivate a client. All access it holds ends at once and does not come back by itself.',
  )
  defineStatus(command, cli, { status: 0, done: 'The client is inactive, and all access it held has ended.' })
  examples(command, 'valetkey client disable 0198c5f0-7e1a-7cc2-9a55-3f2b6f0f1a11')
}
