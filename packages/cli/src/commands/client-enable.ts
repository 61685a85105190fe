import type { Command } from 'commander'
import { examples } from '../options.ts'
import { defineStatus } from '../set-client-status.ts'
import type { Cli } from '../terminal.ts'

export function define(command: Command, cli: Cli): void {
  command.description('Activate a client again. Users have to approve anew.')
  defineStatus(command, cli, { status: 1, done: 'The client is active.' })
  examples(command, 'valetkey client enable 0198c5f0-7e1a-7cc2-9a55-3f2b6f0f1a11')
}
