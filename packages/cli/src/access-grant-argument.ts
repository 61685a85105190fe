import { type AccessGrant, parseAccessGrant } from '@valetkey/access-grant'
import { Argument } from 'commander'
import { orInputLine } from './options.ts'
import type { Cli } from './terminal.ts'

const name = '<access-grant>'

/** The access grant that a command is about. */
export const accessGrantArgument = (): Argument =>
  new Argument(name, 'the access grant; - reads a line from standard input')

/** @throws AccessGrantError */
export const accessGrantOf = async (cli: Cli, given: string): Promise<AccessGrant> =>
  parseAccessGrant(await orInputLine(cli, given, { flag: name, what: 'Access grant' }))
