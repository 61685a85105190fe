/**
 * `npm run build`, its second half: the server and the command line, with the packages they stand on, as few files in
 * packages/cli/dist. Node opens these in half the time that a thousand modules take, and in two thirds of the memory.
 *
 * Does nothing when the sources are those of the last build, so that a start may always ask for it.
 */
import { basename, dirname, join } from 'node:path'
import { type Plugin, rolldown } from 'rolldown'
import { pointTo } from './builds.ts'
import { builtProgram } from './built-program.ts'
import { fingerprintOf, root } from './fingerprint.ts'

const program = join(root, 'packages/cli/bin/valetkey.js')
const sources = [
  'package-lock.json',
  'scripts/{build-server,builds,built-program,fingerprint}.ts',
  'packages/cli/bin/*',
  'packages/{access-grant,cli,client,protocol,server}/package.json',
  'packages/{access-grant,cli,client,protocol,server}/src/**/*.ts',
]

export async function buildServer(): Promise<void> {
  const build = fingerprintOf(sources).slice(0, 16)
  if (await pointTo(dirname(builtProgram), build, bundle))
    console.log('built the server into packages/cli/dist')
}

/** @returns the names of the files that are started: the program, its workers, its threads */
async function bundle(dir: string): Promise<readonly string[]> {
  const bundled = await rolldown({
    input: { [basename(program, '.js')]: program },
    platform: 'node',
    // Native code stays where it is installed; pg asks for pg-native, which is not.
    external: ['@node-rs/argon2', 'pg-native'],
    plugins: [startsOthers],
    logLevel: 'warn',
  })
  const { output } = await bundled.write({ dir, format: 'esm', chunkFileNames: '[name]-[hash].js' })
  await bundled.close()
  return output.flatMap((chunk) => (chunk.type === 'chunk' && chunk.isEntry ? [chunk.fileName] : []))
}

/** What a module starts beside itself, `new URL('./worker.ts', import.meta.url)`, is bundled too, and found where its name stays. */
const startsOthers: Plugin = {
  name: 'starts-others',
  transform: {
    filter: { code: 'import.meta.url' },
    handler(code, id) {
      return code.replaceAll(/new URL\('\.\/([\w-]+)\.ts', import\.meta\.url\)/g, (_, name: string) => {
        const fileName = `${name}.js`
        this.emitFile({ type: 'chunk', id: join(dirname(id), `${name}.ts`), fileName })
        return `new URL('../${fileName}', import.meta.url)`
      })
    },
  },
}
