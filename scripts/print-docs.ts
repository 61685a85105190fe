/** `npm run docs`: writes docs/generated from the code. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { generatedDocs } from './generated-docs.ts'

mkdirSync('docs/generated', { recursive: true })
for (const { path, text } of await generatedDocs()) {
  writeFileSync(path, text)
  console.log(path)
}
