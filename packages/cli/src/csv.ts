/** Lines of cells. A quoted cell may hold commas, line ends and, doubled, quotes. @source RFC 4180 §2 */
export function parseCsv(text: string): readonly (readonly string[])[] {
  const lines: string[][] = []
  let line: string[] = []
  const bare = /[^",\r\n]*/y
  const end = /,|\r?\n|\r|$/y
  for (let at = 0; at < text.length; at = end.lastIndex) {
    const quoted = text[at] === '"' ? endOfQuoted(text, at) : at
    bare.lastIndex = at
    end.lastIndex = quoted > at ? quoted : at + (bare.exec(text)?.[0].length ?? 0)
    const cell = text.slice(at, end.lastIndex)
    const found = end.exec(text)
    // A quote where none may stand: what follows cannot be told apart.
    if (found === null || quoted < at) return []
    line.push(quoted > at ? cell.slice(1, -1).replaceAll('""', '"') : cell)
    if (found[0] === ',' && end.lastIndex === text.length) line.push('')
    if (found[0] !== ',') {
      lines.push(line)
      line = []
    }
  }
  if (line.length > 0) lines.push(line)
  return lines.filter((cells) => cells.some((one) => one !== ''))
}

/** Where it goes on after the quote that closes; -1 when none does. By looking for quotes alone: a cell may have megabytes. */
function endOfQuoted(text: string, at: number): number {
  let quote = text.indexOf('"', at + 1)
  while (quote >= 0 && text[quote + 1] === '"') quote = text.indexOf('"', quote + 2)
  return quote < 0 ? -1 : quote + 1
}
