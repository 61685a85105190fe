import { commands } from './commands.ts'
import type { System } from './terminal.ts'

const firstWords = new Set(commands.map(({ words }) => words.split(' ')[0]))
const command = new RegExp(`(?<![\\w./-]|npx )valetkey(?= (?:(?:${[...firstWords].join('|')})\\b|[<[]))`, 'g')

/**
 * Every command in a text as it can be typed where this one was: npm, which sets `npm_command`, finds `valetkey` where
 * no shell does.
 */
export function spellingOf({ npm_command }: System['env']): (text: string) => string {
  return npm_command ? (text) => text.replaceAll(command, 'npx valetkey') : (text) => text
}
