import type { Answer, Expected } from '../bench/connection.ts'
import { newCode, newSecret, post, valetkeyRequest } from '../bench/requests.ts'
import { writeApprovals } from '../bench/seed.ts'
import type { Approval } from './ledger.ts'
import type { Chance } from './random.ts'
import type { Stage } from './stage.ts'
import { anApproval, type Pair } from './town.ts'
import { proof } from './wire.ts'

/** What came of it so far. */
export interface Soaking {
  asked: number
  readonly counts: Map<string, number>
  /** In words, and how often. */
  readonly wrong: Map<string, number>
}

/** Codes without end, a batch in the database at a time, and what was done with them. */
export interface Supply {
  take(): Promise<Approval>
  /** What was granted a moment ago, the oldest first. */
  readonly spent: Approval[]
  readonly renewable: {
    readonly approval: Approval
    readonly refresh_token: string
    readonly access_grant: string
  }[]
}

/** Codes that are written at a time, and how few are left when the next ones are. */
const batch = 8000
const fewLeft = 3000
/** How many are remembered to be replayed. */
const remembered = 500

export async function supplyOf({ town }: Stage): Promise<Supply> {
  // Most apps speak the dialect of the contract.
  const storx = town.pairs.filter(({ app }) => app.dialect === 'storx')
  const standard = town.pairs.filter(({ app }) => app.dialect === 'standard')
  const ready: Approval[] = []
  let writing: Promise<void> | undefined

  const write = async (): Promise<void> => {
    const made = Array.from({ length: batch }, (_, n) => {
      const pairs: readonly Pair[] = n % 8 === 0 ? standard : storx
      const pair = pairs[Math.floor(n / 8) % pairs.length]
      if (pair === undefined) throw new Error('a town needs people')
      return anApproval(pair)
    })
    await writeApprovals(
      town.where,
      made.map(({ row }) => row),
    )
    ready.push(...made.map(({ row: _, ...approval }) => approval))
    writing = undefined
  }
  await write()
  return {
    spent: [],
    renewable: [],
    async take() {
      for (;;) {
        if (ready.length < fewLeft) writing ??= write()
        const approval = ready.shift()
        if (approval !== undefined) return approval
        await writing
      }
    },
  }
}

interface Request {
  readonly kind: string
  readonly bytes: Buffer
  readonly expected: Expected
  readonly onAnswer?: (answer: Answer) => void
}

/** Of a hundred: 46 redeem a code, some 6 renew an access, 28 are refused, 20 are replayed. */
export async function nextRequest(supply: Supply, chance: Chance): Promise<Request> {
  const roll = chance.next()
  if (roll < 0.06) {
    const held = supply.renewable.shift()
    if (held !== undefined) return renewal(held)
  } else if (roll < 0.26) {
    const spent = supply.spent.length > remembered ? supply.spent.shift() : undefined
    if (spent !== undefined)
      return {
        kind: 'replayed',
        bytes: redemption(spent),
        expected: { status: 400, containing: '"invalid_' },
      }
  } else if (roll < 0.54) return refused(supply, chance)
  const approval = await supply.take()
  return {
    kind: approval.dialect === 'storx' ? 'redeemed' : 'redeemed in the standard dialect',
    bytes: redemption(approval),
    expected: { status: 200, containing: '"access_grant":"' },
    onAnswer({ body }) {
      if (approval.dialect === 'standard' && chance.happens(0.9)) {
        const { refresh_token, access_grant } = JSON.parse(body)
        supply.renewable.push({ approval, refresh_token, access_grant })
      } else supply.spent.push(approval)
    },
  }
}

const form = 'application/x-www-form-urlencoded'
const textOf = (fields: Readonly<Record<string, string>>): string => new URLSearchParams(fields).toString()
/** Of a server whose clock is right. */
const door = { url: '', ahead: () => 0, standard: true }

function redemption({ app, dialect, code, code_verifier = '' }: Approval): Buffer {
  if (dialect === 'storx') return valetkeyRequest(app, code, { passphrase: '' })
  const { redirect_uri } = app
  const fields = { grant_type: 'authorization_code', code, redirect_uri, code_verifier, ...proof(door, app) }
  return post('/oauth2/token', form, textOf(fields))
}

function renewal({ approval, refresh_token, access_grant }: Supply['renewable'][number]): Request {
  const fields = { grant_type: 'refresh_token', refresh_token, access_grant, ...proof(door, approval.app) }
  return {
    kind: 'refreshed',
    bytes: post('/oauth2/token', form, textOf(fields)),
    expected: { status: 200, containing: '"refresh_token":"' },
  }
}

/** Somebody who is not who they say, or has no code. */
function refused(supply: Supply, chance: Chance): Request {
  const [known] = supply.spent
  const app = known?.app ?? {
    client_id: newCode(),
    client_secret: newSecret(),
    redirect_uri: 'https://app.example/',
  }
  const unproven = { status: 401, containing: '"invalid_client"' }
  switch (known === undefined ? 1 : chance.below(3)) {
    case 0:
      return {
        kind: 'with a wrong signature',
        bytes: valetkeyRequest({ ...app, client_secret: newSecret() }, newCode()),
        expected: unproven,
      }
    case 1:
      return {
        kind: 'of an unknown client',
        bytes: valetkeyRequest({ ...app, client_id: crypto.randomUUID() }, newCode()),
        expected: unproven,
      }
    default: {
      if (known?.dialect === 'standard') {
        const expected = { status: 400, containing: '"invalid_grant"' }
        return { kind: 'with an unknown code', bytes: redemption({ ...known, code: newCode() }), expected }
      }
      const expected = { status: 400, containing: '"invalid_code"' }
      return {
        kind: 'with an unknown code',
        bytes: valetkeyRequest(app, newCode(), { passphrase: '' }),
        expected,
      }
    }
  }
}
