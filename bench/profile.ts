import { readFileSync } from 'node:fs'

/** A part of the program, and how much of the busy time was spent in it. */
export interface Share {
  readonly part: string
  /** Of 1. */
  readonly share: number
}

interface Profile {
  readonly nodes: readonly ProfileNode[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

interface ProfileNode {
  readonly id: number
  /** The line is counted from 0. */
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  readonly children?: readonly number[]
}

/** The shares of a CPU profile, largest first: what a built-in function takes counts for whoever called it. */
export function sharesOf(text: string): readonly Share[] {
  const { nodes, samples, timeDeltas }: Profile = JSON.parse(text)
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])))
  const sourceOf = createSources()
  const partOf = (id: number): string | undefined => {
    const name = byId.get(id)?.callFrame.functionName
    if (name === '(idle)') return undefined
    if (name === '(garbage collector)') return 'garbage collection'
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const frame = byId.get(at)?.callFrame
      const source = frame === undefined ? '' : sourceOf(frame)
      const known = parts.find(([, pattern]) => pattern.test(source))
      if (known !== undefined) return known[0]
    }
    return rest
  }
  const spent = new Map<string, number>()
  for (const [at, id] of samples.entries()) {
    const part = partOf(id)
    if (part !== undefined) spent.set(part, (spent.get(part) ?? 0) + (timeDeltas[at] ?? 0))
  }
  const busy = [...spent.values()].reduce((sum, time) => sum + time, 0)
  return [...spent].map(([part, time]) => ({ part, share: time / busy })).sort((a, b) => b.share - a.share)
}

/** Where a function of a bundle stood before: each module begins with a line that names its file. */
function createSources(): (frame: ProfileNode['callFrame']) => string {
  const bundles = new Map<string, readonly string[]>()
  const linesOf = (url: string): readonly string[] => {
    const known = bundles.get(url)
    if (known !== undefined) return known
    const lines = url.startsWith('file:') ? readFileSync(new URL(url), 'utf8').split('\n') : []
    bundles.set(url, lines)
    return lines
  }
  return ({ url, lineNumber }) => {
    const lines = linesOf(url)
    for (let at = lineNumber; at >= 0; at--) {
      const [, file] = /^\s*\/\/ (\S*(?:node_modules|packages)\/\S+)$/.exec(lines[at] ?? '') ?? []
      if (file !== undefined) return file
    }
    return url
  }
}

const rest = 'Node: HTTP, sockets, promises'

/** By the file a function stands in. */
const parts: readonly (readonly [part: string, pattern: RegExp])[] = [
  ['SQLite: statements, commits and their syncs', /store\/sqlite-connection/],
  ['the store: rows, queries, groups', /server\/src\/store\/|node_modules\/kysely\//],
  ['the access grant: macaroon, keys, base58', /access-grant\/src\/|@noble\/|build-access-grant/],
  ['sealing and random bytes', /sealing\.ts|random-pool/],
  ['the JWT: parsing and signatures', /domain\/(?:jwt|client-assertion|client-proof)|verification-keys/],
  [
    'the trace, the audit event and their records',
    /trace|recorder|second-look|without-secrets|request-facts/,
  ],
  ['log lines', /pino|sonic-boom|src\/log\.ts/],
  [
    'Fastify and what checks bodies',
    /node_modules\/(?:fastify|@fastify|find-my-way|avvio|zod|secure-json-parse)/,
  ],
  ['the rest of the server', /packages\/(?:server|protocol)\/src\//],
]
