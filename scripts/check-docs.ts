/** `npm run docs:check`: generated documents are as the code prints them, and every claim of a docstring can be followed. */
import { globSync, readFileSync } from 'node:fs'
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
  for (const [line, text] of readFileSync(path, 'utf8').split('\n').entries()) {
    const at = `${path}:${line + 1}`
    for (const reason of /@refuses (.*?)(?:\*\/|$)/.exec(text)?.[1]?.trim().split(/\s+/) ?? []) {
      if (!Object.hasOwn(refusals, reason))
        problems.push(`${at} names the refusal ${reason}, which does not exist`)
    }
    const source = /@source (.*?)(?:\*\/|$)/.exec(text)?.[1]?.trim()
    if (
      source !== undefined &&
      !/RFC \d{3,5}|https:\/\/|OWASP|storj\/|StorX|Unicode|draft-|NIST SP/.test(source)
    ) {
      problems.push(`${at} names a source that nobody can look up: ${source}`)
    }
  }
}

for (const reason of Object.keys(refusals)) {
  const { error, description } = refusals[reason as keyof typeof refusals]
  if (!testText.includes(reason))
    problems.push(`no test names the refusal ${reason} (${error}: ${description})`)
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
