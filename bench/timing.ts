import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { secondLookLimits } from '../packages/server/src/second-look.ts'
import { startServer } from './child.ts'
import { type Connection, connect, type Expected } from './connection.ts'
import { bootstrapMedian, type Interval, median } from './median.ts'
import { type Mode, modes } from './modes.ts'
import { readNumbers } from './options.ts'
import { inPlace, type Place, tell } from './place.ts'
import { aligned, rounded } from './report.ts'
import { get, newCode, newSecret, seconds, valetkeyRequest } from './requests.ts'
import { addClient, seed } from './seed.ts'

const { samples, looks } = readNumbers(
  `npm run bench:timing -- [options]

Measures whether the time of a refusal tells what the server knows of a client: token requests that fail for one cause
and for another, in pairs, over one keep-alive connection.

  --samples N    pairs of each kind, 10000 unless told
  --looks N      pairs that are followed to the server's second look at them, 200 unless told
  --help         this text
`,
  { samples: 10_000, looks: 200 },
)
/** Microseconds. A difference of the medians below it is our promise. */
const promised = 50
const refused = { status: 401, containing: '"invalid_client"' }
const bystander = get('/healthz')
const answered = { status: 200, containing: '' }

/** Makes a token request that is refused; never the same twice. */
type Cause = () => Buffer
interface Pair {
  readonly name: string
  readonly causes: readonly [Cause, Cause]
  /** What must have been asked once before; answered that the code is unknown. */
  readonly before?: Cause
}
/** Microseconds: of the first cause, of the second, and what the second takes more. */
interface Compared {
  readonly medians: readonly [number, number]
  readonly difference: Interval
}
interface Measured {
  readonly name: string
  readonly answer: Compared
  /** Of a request for something else that comes right after: what is done behind an answer must not show there. */
  readonly next: Compared
}

await inPlace(async (place) => {
  const { machine } = place
  const about = `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}; ${samples} pairs each, microseconds`
  process.stdout.write(`\n${about}\n`)
  for (const mode of modes) process.stdout.write(`\n${await measureAll(mode, place)}\n`)
})

async function measureAll(mode: Mode, place: Place): Promise<string> {
  const seeded = await seed(join(place.folder, mode.name), '', 1)
  const pairs = await pairsOf(seeded)
  const server = await startServer('valetkey', place.cores, {
    path: '/healthz',
    env: { ...seeded.env, ...mode.env },
  })
  place.atEnd(() => server.stop())
  const connection = await connect(server.port)
  for (const pair of pairs) {
    if (pair.before !== undefined)
      await connection.ask(pair.before(), { status: 400, containing: '"invalid_code"' })
    await measure(connection, pair, Math.ceil(samples / 5)) // to warm up
  }
  const results: Measured[] = []
  for (const pair of pairs) {
    tell(`${mode.name}: ${pair.name}`)
    results.push(await measure(connection, pair, samples))
  }
  const [first] = pairs
  const look = first === undefined || mode !== modes[0] ? [] : [await aroundSecondLook(connection, first)]
  connection.end()
  return [table(mode.name, results), ...look].join('\n\n')
}

/** What a stranger would like to tell apart, and what only the holder of a secret gets to see. */
async function pairsOf(seeded: Awaited<ReturnType<typeof seed>>): Promise<readonly Pair[]> {
  const { client } = seeded
  const rotated = await addClient(seeded, { old: 'retired' })
  const rotating = await addClient(seeded, { old: 'usable' })
  const inactive = await addClient(seeded, { inactive: true })
  const stranger = { ...client, client_id: randomUUID() }
  const spentJti = randomUUID()

  // Equal in length, and in everything but what the name says. A JWT of its own also where its secret is always the same.
  const exp = (): number => seconds() + 900 + Math.floor(Math.random() * 900)
  const signed = (
    as: typeof client,
    client_secret: string,
    more: { kid?: string; jti?: string } = {},
  ): Buffer => {
    const { kid, jti } = more
    return valetkeyRequest({ ...as, client_secret }, newCode(), {
      ...(kid === undefined ? {} : { header: { kid } }),
      claims: { exp: exp(), ...(jti === undefined ? {} : { jti }) },
    })
  }
  const wrong: Cause = () => signed(client, newSecret())
  const replayed: Cause = () => signed(client, client.client_secret, { jti: spentJti })
  return [
    { name: 'wrong secret → unknown client', causes: [wrong, () => signed(stranger, newSecret())] },
    {
      name: 'wrong secret → retired secret',
      causes: [() => signed(rotated, newSecret()), () => signed(rotated, rotated.old_secret ?? '')],
    },
    {
      name: 'wrong secret → inactive client',
      causes: [wrong, () => signed(inactive, inactive.client_secret)],
    },
    {
      name: 'wrong secret → the same while two are usable',
      causes: [wrong, () => signed(rotating, newSecret())],
    },
    {
      name: 'wrong secret, kid of the secret → unknown kid',
      causes: [
        () => signed(client, newSecret(), { kid: client.secret_id }),
        () => signed(client, newSecret(), { kid: randomUUID() }),
      ],
    },
    {
      name: 'wrong secret → right secret, replayed jti',
      causes: [() => signed(client, newSecret(), { jti: randomUUID() }), replayed],
      before: replayed,
    },
  ]
}

async function measure(connection: Connection, { name, causes }: Pair, count: number): Promise<Measured> {
  const taken = await inPairs(causes, count, async (request) => ({
    answer: await timed(connection, request, refused),
    next: await timed(connection, bystander, answered),
  }))
  return {
    name,
    answer: compare(taken.map(([first, second]) => [first.answer, second.answer])),
    next: compare(taken.map(([first, second]) => [first.next, second.next])),
  }
}

/** The longest answer to somebody else while the server takes its second look, which it does some time after its own. */
async function aroundSecondLook(connection: Connection, { name, causes }: Pair): Promise<string> {
  tell(`second look: ${name}`)
  const from = secondLookLimits.pauseMs - 5
  const longest = await inPairs(causes, looks, async (request) => {
    await connection.ask(request, refused)
    const begin = performance.now()
    await setTimeout(from - 10)
    let most = 0
    for (let now = begin; now < begin + from + 35; now = performance.now()) {
      const took = await timed(connection, bystander, answered)
      if (now > begin + from) most = Math.max(most, took)
    }
    return most
  })
  const { medians, difference } = compare(longest)
  const head = ['Longest wait around the second look', 'first', 'second', 'difference', '95 %']
  return aligned([head, [name, ...medians.map(rounded), rounded(difference.median), between(difference)]])
}

/** Prepared beforehand; within each pair a coin says which is first. */
async function inPairs<Sample>(
  causes: Pair['causes'],
  count: number,
  take: (request: Buffer) => Promise<Sample>,
): Promise<(readonly [Sample, Sample])[]> {
  const prepared = Array.from({ length: count }, () => [causes[0](), causes[1]()] as const)
  const samples: (readonly [Sample, Sample])[] = []
  for (const [one, other] of prepared) {
    if (Math.random() < 0.5) samples.push([await take(one), await take(other)])
    else {
      const second = await take(other)
      samples.push([await take(one), second])
    }
  }
  return samples
}

async function timed(connection: Connection, request: Buffer, expected: Expected): Promise<number> {
  const { ms } = await connection.ask(request, expected)
  return ms * 1000
}

function compare(pairs: readonly (readonly [number, number])[]): Compared {
  return {
    medians: [median(pairs.map(([first]) => first)), median(pairs.map(([, second]) => second))],
    difference: bootstrapMedian(pairs.map(([first, second]) => second - first)),
  }
}

function table(title: string, results: readonly Measured[]): string {
  const rows = results.map(({ name, answer, next }) => [
    name,
    ...answer.medians.map(rounded),
    rounded(answer.difference.median),
    between(answer.difference),
    Math.max(-answer.difference.low, answer.difference.high) < promised ? 'yes' : 'no',
    rounded(next.difference.median),
    between(next.difference),
  ])
  const numbers = ['first', 'second', 'difference', '95 %', `< ${promised}`, 'after it', '95 %']
  return aligned([[`Refusals, ${title}`, ...numbers], ...rows])
}

function between({ low, high }: Interval): string {
  return `${rounded(low)} … ${rounded(high)}`
}
