/** `npm run docs:check`: generated documents are as the code prints them, every claim of a docstring can be followed, and every attack has its test. */
import { globSync, readFileSync } from 'node:fs'
import { goals } from '../bench/goals.ts'
import { refusals } from '../packages/server/src/refusals.ts'
import { generatedDocs } from './generated-docs.ts'

const problems: string[] = []

for (const { path, text } of await generatedDocs()) {
  const committed = readOrNothing(path)
  if (committed !== text) problems.push(`${path} differs from what the code prints; run "npm run docs"`)
}

const sources = globSync('packages/*/src/**/*.ts')
const tests = [...sources, ...globSync('{e2e,examples,interop}/**/*.ts')].filter((path) =>
  /\.test\.ts$|\/testing\//.test(path),
)
const testText = tests.map((path) => readFileSync(path, 'utf8')).join('\n')

for (const path of sources.filter((file) => !file.endsWith('.test.ts'))) {
  for (const { tag, text, line } of tagsOf(readFileSync(path, 'utf8'))) {
    const at = `${path}:${line}`
    if (tag === 'refuses') {
      const strange = text.split(/\s+/).filter((reason) => !Object.hasOwn(refusals, reason))
      for (const reason of strange) problems.push(`${at} names the refusal ${reason}, which does not exist`)
    }
    if (tag === 'source' && !/RFC \d{3,5}|https:\/\/|OWASP|storj\/|StorX|Unicode|draft-|NIST SP/.test(text)) {
      problems.push(`${at} names a source that nobody can look up: ${text}`)
    }
  }
}

for (const reason of Object.keys(refusals)) {
  const { error, description } = refusals[reason as keyof typeof refusals]
  if (!new RegExp(`\\b${reason}\\b`).test(testText))
    problems.push(`no test names the refusal ${reason} (${error}: ${description})`)
}

// DPoP is not offered, so there is nothing to attack.
const untested = 'attack 64: DPoP'
const rows = [...readOrNothing('docs/security.md').matchAll(/^\| (\d+) \| (.+?) \| (.+) \|$/gm)].map(
  ([, number, title, cell = '']) => ({ attack: `attack ${number}: ${title}`, cell }),
)
const named = [...testText.matchAll(/['"`](attack \d+: [^'"`]+)/g)].map(([, name = '']) => name)
for (const { attack, cell } of rows) {
  const tested = named.some((name) => name.startsWith(`${attack}: `))
  if (tested === (attack === untested))
    problems.push(`docs/security.md: ${tested ? 'a' : 'no'} test is named after "${attack}"`)
  for (const [, file = ''] of cell.matchAll(/\]\(\.\.\/(.+?)\)/g))
    if (!readOrNothing(file).includes(`${attack}: `))
      problems.push(`docs/security.md: ${file} has no "${attack}"`)
}
for (const name of named)
  if (!rows.some(({ attack }) => name === attack || name.startsWith(`${attack}: `)))
    problems.push(`a test is named "${name}", which is no row of docs/security.md`)

// Printed by a benchmark, which nobody wants to run for this; but it has to be that of the goals there are.
const performance = readOrNothing('docs/performance.md')
for (const { about, wanted } of goals)
  if (!performance.includes(`| ${about} | ${wanted} |`))
    problems.push(`docs/performance.md lacks the goal "${about}"; run "npm run bench -- --write-docs"`)

interface Tag {
  readonly tag: string
  /** All of it, however many lines it takes. */
  readonly text: string
  readonly line: number
}

/** The tags of every docblock. A tag goes on until the next one, an empty line, or the end of its docblock. */
function tagsOf(source: string): Tag[] {
  return [...source.matchAll(/\/\*\*.*?\*\//gs)].flatMap(({ 0: block, index }) => {
    const said = block.slice('/**'.length, -'*/'.length).replaceAll(/\n[ \t]*\*[ \t]?/g, '\n ')
    return [...said.matchAll(/(?<=\s)@(\w+)\s+((?:(?!\s@\w|\n\s*\n).)*)/gs)].map(
      ({ 1: tag = '', 2: text = '', index: start }) => ({
        tag,
        text: text.replaceAll(/\s+/g, ' ').trim(),
        line: linesIn(source.slice(0, index)) + linesIn(said.slice(0, start)) + 1,
      }),
    )
  })
}

function linesIn(text: string): number {
  return text.split('\n').length - 1
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

for (const problem of problems) console.error(problem)
console.log(problems.length === 0 ? 'docs: in step with the code' : `docs: ${problems.length} problems`)
process.exitCode = problems.length === 0 ? 0 : 1
