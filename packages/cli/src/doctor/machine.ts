import { existsSync, readdirSync, readFileSync, statfsSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Settings } from '@valetkey/server'
import { bytes, doubtful, type Finding, fine, open, wrong } from './check.ts'

const leastNode = 26

export function nodeVersion(version = process.versions.node): Finding {
  const [major = 0] = version.split('.').map(Number)
  return major >= leastNode
    ? fine(version)
    : wrong(
        `${version}; the server needs ${leastNode}`,
        'run npm ci, which brings it, and start with npm start',
      )
}

/** The files hold secrets, sealed or not; the folder must not let others put files in. */
export function folder({ data }: Settings): Finding {
  if (!existsSync(data)) return open(`${data} is not there yet; the first start makes it`)
  if (!statSync(data).isDirectory()) return wrong(`${data} is not a folder`, 'set VALETKEY_DATA to a folder')
  if (modeOf(data) & 0o022) return wrong(`others can write in ${data}; chmod 700 it`)
  const readable = readdirSync(data).filter(
    (name) => /^(?:master\.key|valetkey\.db)/.test(name) && modeOf(join(data, name)) & 0o077,
  )
  return readable.length === 0
    ? fine(`${data}, closed to others`)
    : wrong(
        `others can read ${readable.join(', ')} in ${data}; chmod 600 ${readable.length === 1 ? 'it' : 'them'}`,
      )
}

const modeOf = (path: string): number => statSync(path).mode

const leastFree = 256e6
const littleFree = 2e9

/** Where the database and the outbox grow. */
export function disk({ data }: Settings): Finding {
  let there = resolve(data)
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there)
  const { bavail, bsize } = statfsSync(there)
  const free = bavail * bsize
  const said = `${bytes(free)} free`
  if (free < leastFree) return wrong(said, 'make room: a full disk refuses every token request')
  return free < littleFree ? doubtful(said, 'make room before it is needed') : fine(said)
}

const fewFiles = 4096

/** Each connection takes one. */
export function fileDescriptors(limits = '/proc/self/limits'): Finding {
  if (!existsSync(limits)) return open('this system does not say how many files a process may open')
  const most = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync(limits, 'utf8'))?.[1]
  if (most === undefined) return open('this system does not say how many files a process may open')
  return most !== 'unlimited' && Number(most) < fewFiles
    ? doubtful(`${most} at once in this shell`, 'start the server with LimitNOFILE=65536, or ulimit -n 65536')
    : fine(`${most} at once`)
}
