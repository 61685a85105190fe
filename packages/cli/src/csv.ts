/** Lines of cells. A quoted cell may hold commas, line ends and, doubled, quotes. @source RFC 4180 §2 */
export function parseCsv(text: string): readonly (readonly string[])[] {
  const lines: string[][] = []
  let line: string[] = []
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|\r|$)/y
  while (cell.lastIndex < text.length) {
    const found = cell.exec(text)
    // A quote where none may stand: what follows cannot be told apart.
    if (found === null) return []
    const [, quoted, bare = '', end] = found
    line.push(quoted === undefined ? bare : quoted.replaceAll('""', '"'))
    if (end === ',' && cell.lastIndex === text.length) line.push('')
    if (end !== ',') {
      lines.push(line)
      line = []
    }
  }
  if (line.length > 0) lines.push(line)
  return lines.filter((cells) => cells.some((one) => one !== ''))
}
