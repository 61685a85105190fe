import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import file from '../../../../vectors/access-grant.json' with { type: 'json' }
import { AccessGrantError, type AccessGrantErrorCode } from '../errors.ts'

/** A JSON object whose fields are read by name and kind, so that a misread vector fails and never passes. */
export class Fields {
  readonly #values: Readonly<Record<string, unknown>>

  constructor(value: unknown) {
    if (typeof value !== 'object' || value === null)
      throw new Error(`not an object: ${JSON.stringify(value)}`)
    this.#values = { ...value }
  }

  has(name: string): boolean {
    return this.#values[name] !== undefined && this.#values[name] !== null
  }

  raw(name: string): unknown {
    return this.#values[name]
  }

  text(name: string): string {
    const value = this.#values[name]
    if (typeof value !== 'string') throw new Error(`${name} is not a text`)
    return value
  }

  number(name: string): number {
    const value = this.#values[name]
    if (typeof value !== 'number') throw new Error(`${name} is not a number`)
    return value
  }

  integer(name: string): bigint {
    const value = this.#values[name]
    if (typeof value !== 'string' && typeof value !== 'number') throw new Error(`${name} is not a number`)
    return BigInt(value)
  }

  bytes(name: string): Uint8Array {
    return hexToBytes(this.text(name))
  }

  fields(name: string): Fields {
    return new Fields(this.#values[name])
  }

  /** Empty when absent or null. */
  list(name: string): readonly unknown[] {
    const value = this.#values[name] ?? []
    if (!Array.isArray(value)) throw new Error(`${name} is not a list`)
    return value
  }

  texts(name: string): readonly string[] {
    return this.list(name).map(String)
  }

  numbers(name: string): readonly number[] {
    return this.list(name).map(Number)
  }

  bytesList(name: string): readonly Uint8Array[] {
    return this.texts(name).map((hex) => hexToBytes(hex))
  }
}

export interface Vector {
  readonly description: string
  readonly inputs: Fields
  /** The expected value when it is an object, else a single field named `value`. */
  readonly expected: Fields
}

/** One check per area of the vectors. */
export type Checks = Readonly<Record<string, (vector: Vector) => void | Promise<void>>>

export const areas: readonly string[] = [...new Set(file.cases.map(({ area }) => area))]

export function vectorsOf(area: string): readonly Vector[] {
  return file.cases
    .filter((vector) => vector.area === area)
    .map(({ description, inputs, expected }) => ({
      description,
      inputs: new Fields(inputs),
      expected: new Fields(isObject(expected) ? expected : { value: expected }),
    }))
}

/** The code of the refusal; fails when nothing is refused or something else is thrown. */
export function codeOf(act: () => unknown): AccessGrantErrorCode {
  try {
    act()
  } catch (error) {
    if (error instanceof AccessGrantError) return error.code
    throw error
  }
  throw new Error('nothing was refused')
}

/** Upstream prints `<nil>` where there is no error. */
export function refuses(expected: Fields): boolean {
  return expected.has('error') && expected.raw('error') !== '<nil>'
}

export const hex: (bytes: Uint8Array) => string = bytesToHex

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
