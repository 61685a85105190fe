import { build } from 'vite'

export interface Bundle {
  readonly code: string
  /** The modules it is made of, without those that left nothing in it. */
  readonly modules: readonly string[]
  /** What it expects to find where it runs. */
  readonly imports: readonly string[]
}

const entry = 'virtual:entry'
const sdk = new URL('../index.ts', import.meta.url).pathname

/**
 * The SDK as an app's bundler sees it, for a browser.
 *
 * @param names the exports that the app uses
 */
export async function bundled(names: readonly string[]): Promise<Bundle> {
  const text = `import { ${names.join(', ')} } from '${sdk}'\nglobalThis.sdk = { ${names.join(', ')} }`
  const result = await build({
    configFile: false,
    logLevel: 'silent',
    plugins: [
      {
        name: 'entry',
        resolveId: (id) => (id === entry ? id : undefined),
        load: (id) => (id === entry ? text : undefined),
      },
    ],
    build: { write: false, target: 'es2022', rolldownOptions: { input: entry, output: { format: 'iife' } } },
  })
  const outputs = Array.isArray(result) ? result : [result]
  const [chunk, another] = outputs.flatMap((one) => ('output' in one ? one.output : []))
  if (chunk?.type !== 'chunk' || another !== undefined) throw new Error('not one script')
  const modules = Object.entries(chunk.modules).filter(([, { renderedLength }]) => renderedLength > 0)
  return {
    code: chunk.code,
    modules: modules.map(([id]) => id),
    imports: [...chunk.imports, ...chunk.dynamicImports],
  }
}
