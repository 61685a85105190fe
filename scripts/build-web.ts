/**
 * `npm run build`, its first half: what runs in browsers, into packages/web/dist, and each file compressed beside itself.
 *
 * Does nothing when the sources are those of the last build, so that a start may always ask for it.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { fingerprintOf, root } from './fingerprint.ts'

const web = join(root, 'packages/web')
const dist = join(web, 'dist')
const stamp = join(dist, '.sources')
const sources = [
  'package-lock.json',
  'scripts/{build-web,fingerprint}.ts',
  'packages/web/{*.ts,*.html,package.json}',
  'packages/access-grant/package.json',
  'packages/web/public/*',
  'packages/{web,access-grant,protocol}/src/**/*.{ts,tsx,css,svg}',
]
/** Shorter ones gain nothing. */
const worthCompressing = 1024

export function buildWeb(): void {
  const fingerprint = fingerprintOf(sources)
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint) return
  // Beside the old one, then in its place: whoever reads at the same time finds one or the other.
  const fresh = join(web, `dist.${process.pid}`)
  viteBuild(fresh)
  for (const file of globSync('assets/*.{js,css,svg,wasm}', { cwd: fresh })) compress(join(fresh, file))
  writeFileSync(join(fresh, '.sources'), fingerprint)
  const old = `${fresh}.old`
  if (existsSync(dist)) renameSync(dist, old)
  renameSync(fresh, dist)
  rmSync(old, { recursive: true, force: true })
  console.log('built the pages into packages/web/dist')
}

/** In a process of its own: what runs the tests says NODE_ENV=test, and would get another build. */
function viteBuild(outDir: string): void {
  const { status } = spawnSync(
    process.execPath,
    [join(root, 'node_modules/vite/bin/vite.js'), 'build', web, '--outDir', outDir, '--logLevel', 'warn'],
    { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, NODE_ENV: 'production' } },
  )
  if (status !== 0) throw new Error('the pages could not be built')
}

function compress(file: string): void {
  const plain = readFileSync(file)
  if (plain.length < worthCompressing) return
  writeFileSync(`${file}.gz`, gzipSync(plain, { level: 9 }))
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11 }
  writeFileSync(`${file}.br`, brotliCompressSync(plain, { params }))
}
