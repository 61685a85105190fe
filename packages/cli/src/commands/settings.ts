import { flagOf, readSettings, type SettingName, settingRows } from '@valetkey/server'
import type { Command } from 'commander'
import { examples, jsonOption } from '../options.ts'
import { type Cli, printJson, printTable } from '../terminal.ts'

type Value = string | number | boolean | readonly string[]

export function define(command: Command, cli: Cli): void {
  command
    .description(
      'List every setting of the server: its value in force, default, unit and meaning. Flags of "serve" win over the environment.',
    )
    .addOption(jsonOption())
    .action((options: { json?: true }) => list(cli, options))
  examples(command, 'valetkey settings', 'VALETKEY_CODE_TTL=120 valetkey settings --json')
}

function list(cli: Cli, { json }: { json?: true }): void {
  const inForce = readSettings({}, cli.env)
  const rows = (Object.keys(settingRows) as SettingName[]).map((name) => {
    const { env, unit, means, default: usual } = settingRows[name]
    const secret = 'secret' in settingRows[name]
    return {
      name,
      flag: flagOf(name),
      env,
      value: shown(inForce[name], secret),
      default: shown(usual, secret),
      unit,
      means,
      secret,
    }
  })
  if (json) {
    printJson(cli, rows)
    return
  }
  printTable(
    cli,
    ['FLAG', 'VALUE', 'DEFAULT', 'UNIT', 'MEANING'],
    rows.map((row) => {
      const [value, usual] = [inWords(row.value), inWords(row.default)]
      return [row.flag, value === usual ? value : cli.out.paint('bold', value), usual, row.unit, row.means]
    }),
  )
  cli.out.line()
  cli.out.line('Each is also a variable: --code-ttl is VALETKEY_CODE_TTL.')
}

/** A secret shows only that it is there. */
const shown = (value: Value, secret: boolean): Value =>
  secret ? (String(value) === '' ? 'not set' : 'set') : value

/** Short enough for a column; `--json` has all of it. */
function inWords(value: Value): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  const text = typeof value === 'object' ? value.join(', ') : String(value)
  return text.length > longestCell ? `${text.slice(0, 8)}…${text.slice(9 - longestCell)}` : text || '–'
}

const longestCell = 32
