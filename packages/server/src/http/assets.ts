import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

/** What was built for browsers, by the names under which it is served. */
export interface Assets {
  /** Where the files are. */
  readonly folder: string
  /** Of all pages that the server renders. */
  readonly stylesheet: string
  /** The address of a page's script, by its name in `packages/web/src/pages`. */
  script(name: string): string
  /** The document of the console, with `nonceMark` wherever a nonce belongs. */
  readonly consoleDocument: string
}

export const nonceMark = '__CSP_NONCE__'

const manifest = z.record(z.string(), z.object({ file: z.string() }))

/** Reads what `npm run build` made; undefined when there is nothing yet. */
export function loadAssets(folder = builtFolder()): Assets | undefined {
  const manifestFile = join(folder, '.vite/manifest.json')
  if (!existsSync(manifestFile)) return undefined
  const files = manifest.parse(JSON.parse(readFileSync(manifestFile, 'utf8')))
  const addressOf = (source: string): string => {
    const built = files[source]
    if (built === undefined) throw new Error(`the build has no ${source}`)
    return `/${built.file}`
  }
  return {
    folder,
    stylesheet: addressOf('src/pages/pages.css'),
    script: (name) => addressOf(`src/pages/${name}.ts`),
    consoleDocument: readFileSync(join(folder, 'console.html'), 'utf8'),
  }
}

const builtFolder = (): string =>
  fileURLToPath(new URL('dist', import.meta.resolve('@valetkey/web/package.json')))
