import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { comparable, nonceOf, reasonFor, throughUplink } from './comparable.ts'
import * as inputs from './inputs.ts'
import { findGo, type Judge, type Ruling, startJudge } from './judge.ts'
import { garbled, garbling } from './noise.ts'
import * as noisy from './noisy-inputs.ts'
import * as ours from './ours.ts'
import type { Verbs } from './questions.ts'
import * as scenarios from './scenarios.ts'

const { hex, unhex } = inputs
const go = findGo()

if (go === undefined) {
  const line = '!'.repeat(100)
  process.stderr.write(`\n${line}
!! NOT JUDGED: Go is not installed, so nothing compared our access grants with the Go implementation.
!! Install Go 1.25 or newer (https://go.dev/dl) and run: npx vitest run --project node interop
${line}\n\n`)
}

describe.runIf(go !== undefined)('Go and we agree', { timeout: 120_000 }, () => {
  let judge: Judge
  beforeAll(async () => {
    judge = await startJudge(go ?? 'go')
  }, 600_000)
  afterAll(() => judge?.close())

  type Question = Exclude<keyof Verbs, 'restrict_access_grant' | 'share_access_grant'>

  /** Puts the question to both. They answer the same, or both refuse, each for its own reasons. */
  async function agree<Verb extends Question>(
    verb: Verb,
    form: Verbs[Verb]['form'],
  ): Promise<Ruling<Verbs[Verb]['answer']>> {
    const [theirs, own] = await Promise.all([judge.ask(verb, form), ours.ask(verb, form)])
    expect(comparable(own)).toEqual(comparable(theirs))
    return theirs
  }

  async function agreeOn<Verb extends Question>(
    verb: Verb,
    form: Verbs[Verb]['form'],
  ): Promise<Verbs[Verb]['answer']> {
    return answerOf(await agree(verb, form))
  }

  test('on base58check, mistyped or not', () =>
    holds(
      400,
      fc.record({
        payload: fc.uint8Array({ maxLength: 300 }),
        version: fc.nat(255),
        at: fc.nat(),
        typo: scenarios.typo,
      }),
      async ({ payload, version, at, typo }) => {
        const { text } = await agreeOn('encode_base58check', { version, payload: hex(payload) })
        await agreeOn('decode_base58check', { text })
        const place = at % (text.length + 1)
        await agree('decode_base58check', { text: text.slice(0, place) + typo + text.slice(place + 1) })
      },
    ))

  test('on the bytes of a caveat', () =>
    holds(500, inputs.caveat, async (caveat) => {
      const { raw } = await agreeOn('encode_caveat', caveat)
      expect(await agreeOn('decode_caveat', { raw })).toEqual(caveat)
    }))

  test('on caveats that neither of us would write', () =>
    holds(3000, noisy.noisyCaveat, async (raw) => {
      await agree('decode_caveat', { raw: hex(raw) })
    }))

  test('on API keys and their signatures', () =>
    holds(300, scenarios.root, async (root) => {
      const { api_key } = await agreeOn('create_api_key', root)
      await agreeOn('decode_api_key', { api_key })
    }))

  test('on API keys that neither of us would write', () =>
    holds(1500, noisy.noisyMacaroon, async (raw) => {
      await agree('decode_api_key', { api_key: await base58check(raw) })
    }))

  test('on what an API key allows, down to the reason for a no', async () => {
    const decisions = new Map<string, number>()
    await holds(
      2500,
      scenarios.scenario,
      async ({ root, caveats, action, version, damage, stranger, revoked }) => {
        const encoded = await Promise.all(
          caveats.map(async (caveat) => answerOf(await judge.ask('encode_caveat', caveat)).raw),
        )
        const caveatsInOrder = [...encoded, ...root.caveats]
        const key = answerOf(await judge.ask('create_api_key', { ...root, caveats: caveatsInOrder }))
        const ancestors = caveatsInOrder.slice(0, revoked ?? 0)
        const ancestor = answerOf(await judge.ask('create_api_key', { ...root, caveats: ancestors }))
        const ruling = await agree('check_api_key', {
          api_key:
            damage === undefined
              ? key.api_key
              : await base58check(garbled(unhex(key.raw), { kind: 'flip', at: damage, byte: damage })),
          secret: stranger ?? root.secret,
          version,
          action,
          revoked: revoked === undefined ? [] : [ancestor.tail],
        })
        count(decisions, 'answer' in ruling ? ruling.answer.decision : 'not an API key')
      },
    )
    for (const decision of ['ok', 'unauthorized', 'invalid', 'format', 'revoked', 'not an API key']) {
      expect(decisions.get(decision), decision).toBeGreaterThan(10)
    }
  })

  test('on access grants, whoever makes them', () =>
    holds(500, scenarios.creation, async (form) => {
      const ruling = await agree('create_access_grant', form)
      const own = await ours.ask('create_access_grant', form)
      if ('refusal' in ruling || 'refusal' in own) return
      await agreeOn('decode_access_grant', { access_grant: ruling.answer.access_grant })
      await agreeOn('decode_access_grant', { access_grant: own.answer.access_grant })
    }))

  test('on access grants that neither of us would write', () =>
    holds(2000, noisy.noisyAccessGrant, async (payload) => {
      await agree('decode_access_grant', { access_grant: await base58check(payload) })
    }))

  test('on damaged access grants', () =>
    holds(400, fc.record({ form: scenarios.creation, garbling }), async ({ form, garbling }) => {
      const made = await judge.ask('create_access_grant', form)
      if ('refusal' in made) return
      await agree('decode_access_grant', {
        access_grant: await base58check(garbled(unhex(made.answer.payload), garbling)),
      })
    }))

  test('on restrictions, again and again, byte for byte', async () => {
    const reasons = new Map<string, number>()
    await holds(700, scenarios.restrictions, async ({ form, steps }) => {
      const created = await judge.ask('create_access_grant', form)
      let access_grant = 'answer' in created ? created.answer.access_grant : undefined
      for (const { permission, prefixes, own_next } of scenarios.nested(steps)) {
        if (access_grant === undefined) return
        const question = { access_grant, permission, prefixes }
        const theirs = await judge.ask('restrict_access_grant', question)
        const own = await ours.restrict(question, nonceOf(theirs))
        expect(comparable(own)).toEqual(comparable(theirs))
        expect(reasonFor(own)).toBe(reasonFor(theirs))
        count(reasons, reasonFor(own))
        const next = own_next ? own : theirs
        access_grant = 'answer' in next ? next.answer.access_grant : undefined
      }
    })
    for (const reason of ['none', 'time_range', 'ttl', 'missing_encryption_base']) {
      expect(reasons.get(reason), reason).toBeGreaterThan(10)
    }
  })

  test('on what uplink shares', () =>
    holds(400, scenarios.restrictions, async ({ form: { api_key, encryption_access }, steps }) => {
      const satellite_address = scenarios.uplinkSatellite
      const form = { satellite_address, api_key, encryption_access }
      const created = await judge.ask('create_access_grant', form)
      if ('refusal' in created) return
      const { uplink } = answerOf(
        await judge.ask('decode_access_grant', { access_grant: created.answer.access_grant }),
      )
      expect(hex(inputs.utf8(uplink?.satellite_address ?? ''))).toBe(satellite_address)
      let access_grant: string | undefined = created.answer.access_grant
      for (const { permission, prefixes } of scenarios.nested(steps)) {
        if (access_grant === undefined) return
        const theirs = await judge.ask('share_access_grant', { access_grant, permission, prefixes })
        const question = { access_grant, permission: throughUplink(permission), prefixes }
        const own = await ours.restrict(question, nonceOf(theirs))
        expect(comparable(own)).toEqual(comparable(theirs))
        expect(reasonFor(own)).toBe(reasonFor(theirs))
        access_grant = 'answer' in own ? own.answer.access_grant : undefined
      }
    }))

  test('on paths and their keys, by default key, by entry and by neither', () =>
    holds(1500, scenarios.pathQuestion, async (form) => {
      const encrypted = await agree('encrypt_path', form)
      await agree('encrypt_prefix', form)
      await agree('derive_path_key', form)
      await agree('describe_prefix', form)
      if ('answer' in encrypted) await agree('decrypt_path', { ...form, path: encrypted.answer.path })
    }))

  test('on encrypted paths that were garbled, or never were encrypted', () =>
    holds(
      1000,
      fc.record({ form: scenarios.pathQuestion, garbling, genuine: fc.boolean() }),
      async ({ form, garbling, genuine }) => {
        const encrypted = await judge.ask('encrypt_path', form)
        const path = genuine && 'answer' in encrypted ? encrypted.answer.path : form.path
        await agree('decrypt_path', { ...form, path: hex(garbled(unhex(path), garbling)) })
      },
    ))

  test('on root keys', () =>
    holds(5, scenarios.rootKeyQuestion, async (form) => {
      await agreeOn('derive_root_key', form)
    }))

  test('on the key of one user among many', () =>
    holds(8, scenarios.overriding, async ({ form, user }) => {
      const satellite_address = scenarios.uplinkSatellite
      const { access_grant } = answerOf(
        await judge.ask('create_access_grant', { ...form, satellite_address }),
      )
      await agree('override_key', { access_grant, ...user })
    }))

  test('on satellite addresses; of odd ones we refuse more, but read none differently', () =>
    holds(700, scenarios.nodeUrl, async ({ text, good }) => {
      const own = await ours.ask('parse_node_url', { text })
      if (good || 'answer' in own) await agree('parse_node_url', { text })
    }))

  test('on addresses to share', () =>
    holds(500, scenarios.shareUrlQuestion, async (form) => {
      await agree('format_share_url', form)
    }))

  const base58check = async (payload: Uint8Array) =>
    answerOf(await judge.ask('encode_base58check', { version: 0, payload: hex(payload) })).text
})

/** fast-check prints the seed of a failure; INTEROP_SEED repeats it. */
const seed = process.env.INTEROP_SEED

async function holds<Case>(
  numRuns: number,
  cases: fc.Arbitrary<Case>,
  promise: (one: Case) => Promise<void>,
): Promise<void> {
  await fc.assert(fc.asyncProperty(cases, promise), {
    numRuns,
    ...(seed !== undefined && { seed: Number(seed) }),
  })
}

function count(tally: Map<string, number>, word: string): void {
  tally.set(word, (tally.get(word) ?? 0) + 1)
}

function answerOf<Answer>(ruling: Ruling<Answer>): Answer {
  if ('refusal' in ruling) throw new Error(`refused: ${ruling.refusal}`)
  return ruling.answer
}
