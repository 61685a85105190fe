import { byteString } from './bytes.ts'
import { type AllowedPath, parseCaveat } from './caveat.ts'
import type { Macaroon } from './macaroon.ts'

/**
 * The prefixes that all caveats together leave, in the order they appear and each once; undefined when
 * no caveat names paths.
 *
 * Paths are alternatives within a caveat and intersect between caveats. Prefixes compare byte by byte,
 * without regard to slashes.
 *
 * @source storj/common grant/access.go (collapsePrefixes)
 * @throws AccessGrantError `protobuf` when a caveat cannot be decoded
 */
export function effectivePaths(macaroon: Macaroon): readonly AllowedPath[] | undefined {
  const groups = macaroon.caveats
    .map((bytes) => parseCaveat(bytes).allowed_paths)
    .filter(({ length }) => length > 0)
  const [first, ...others] = groups
  if (first === undefined) return undefined
  if (first.length === 1 && others.length === 0) return first
  const distinct = new Map(groups.flat().map((path) => [nameOf(path), path]))
  if (groups.length === 1) return [...distinct.values()]
  const common = groups.map(treeOf).reduce(intersect)
  return [...distinct.values()].filter((path) => covers(common, path))
}

/**
 * A set of prefixes as a tree of bytes. Asking every prefix of every caveat would take quadratic time;
 * trees intersect in the time it takes to read the smaller one, because branches are shared.
 */
interface Tree {
  /** Everything from here on belongs to the set. */
  readonly all: boolean
  readonly next: ReadonlyMap<number, Tree>
}

interface Draft extends Tree {
  all: boolean
  readonly next: Map<number, Draft>
}

/** Stands between bucket and prefix, outside the range of bytes. */
const endOfBucket = 256

function treeOf(paths: readonly AllowedPath[]): Tree {
  const root: Draft = { all: false, next: new Map() }
  for (const path of paths) {
    let node = root
    for (const step of stepsOf(path)) {
      const known = node.next.get(step)
      const child: Draft = known ?? { all: false, next: new Map() }
      if (known === undefined) node.next.set(step, child)
      node = child
    }
    node.all = true
  }
  return root
}

/** Walks both trees side by side, with a list instead of recursion: prefixes may be long. */
function intersect(a: Tree, b: Tree): Tree {
  const root = { all: false, next: new Map<number, Tree>() }
  const open = [{ a, b, out: root }]
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    const [small, large] = pair.a.next.size < pair.b.next.size ? [pair.a, pair.b] : [pair.b, pair.a]
    for (const [step, one] of small.next) {
      const other = large.next.get(step)
      if (other === undefined) continue
      if (one.all || other.all) {
        pair.out.next.set(step, one.all ? other : one)
        continue
      }
      const out = { all: false, next: new Map<number, Tree>() }
      pair.out.next.set(step, out)
      open.push({ a: one, b: other, out })
    }
  }
  return root
}

function covers(tree: Tree, path: AllowedPath): boolean {
  let node = tree
  for (const step of stepsOf(path)) {
    const child = node.next.get(step)
    if (child === undefined) return false
    if (child.all) return true
    node = child
  }
  return false
}

function* stepsOf({ bucket, encrypted_path_prefix }: AllowedPath): Generator<number> {
  yield* bucket
  yield endOfBucket
  yield* encrypted_path_prefix
}

function nameOf({ bucket, encrypted_path_prefix }: AllowedPath): string {
  return byteString(bucket) + String.fromCharCode(endOfBucket) + byteString(encrypted_path_prefix)
}
