import { decodeAscii, encodeUtf8 } from './text.ts'

// Changing the base digit by digit costs a division per byte and digit. Numbers no longer than a block, as those of nearly
// all access grants are, go through a table instead: the powers of the one base are known in the other, so each place is
// multiplied and added up, and only then is anything carried. Longer ones are cut into blocks, the division left to BigInt.

/** Two bytes of a number, and five digits: as much as lets the sums of a block stay below 2^53. */
const word: number = 2 ** 16
const limbDigits = 5
const limb: number = 58 ** limbDigits

const blockDigits = 510
const blockBytes = 374 // 58^510 is a little less than 256^374
const blockPower: bigint = 58n ** BigInt(blockDigits)

interface Change {
  readonly to: number
  /** Places of the new base for one of the old. */
  readonly ratio: number
  /** Row n is the old base to the n, in the new one, lowest place first. */
  readonly table: Float64Array
  readonly rowLength: number
}

// 300 kB, and some 2 ms when the module is loaded.
const wordsToLimbs: Change = changeOf(word, limb, 188)
const limbsToWords: Change = changeOf(limb, word, 104)

/** The digits of a number, highest first, perhaps with zeros before them. */
export function digitsOf(number: Uint8Array): Uint8Array {
  if (number.length <= blockBytes) {
    const limbs = change(wordsOf(number), wordsToLimbs)
    const digits = new Uint8Array(limbDigits * limbs.length)
    writeLimbs(limbs, digits, digits.length)
    return digits
  }
  const blocks = Math.ceil(number.length / (blockBytes - 1))
  const powers = powersFor(blocks)
  const digits = new Uint8Array(blockDigits << powers.length)
  writeBlocks(bigintOf(number), powers, powers.length, digits, digits.length)
  return digits
}

/** The bytes of the number with these digits, highest first, perhaps with zeros before them. */
export function numberOf(digits: Uint8Array): Uint8Array {
  if (digits.length <= blockDigits) return bytesOfWords(change(limbsOf(digits), limbsToWords))
  const blocks: bigint[] = []
  for (let end = digits.length; end > 0; end -= blockDigits)
    blocks.push(bigintOf(numberOf(digits.subarray(Math.max(0, end - blockDigits), end))))
  return bytesOf(joined(blocks))
}

/** Lowest place first. Four places at a time, since each round reads and writes all the sums. */
function change(places: Float64Array, { to, ratio, table, rowLength }: Change): Float64Array {
  const sums = new Float64Array(Math.ceil(places.length * ratio))
  for (let row = 0; row < places.length; row += 4) {
    const a = places[row] ?? 0
    const b = places[row + 1] ?? 0
    const c = places[row + 2] ?? 0
    const d = places[row + 3] ?? 0
    const used = Math.ceil((row + 4) * ratio)
    for (let i = 0, at = row * rowLength; i < used; i++, at++) {
      const lower = a * (table[at] ?? 0) + b * (table[at + rowLength] ?? 0)
      const upper = c * (table[at + 2 * rowLength] ?? 0) + d * (table[at + 3 * rowLength] ?? 0)
      sums[i] = (sums[i] ?? 0) + lower + upper
    }
  }
  return carried(sums, to)
}

function changeOf(from: number, to: number, rows: number): Change {
  const ratio = Math.log(from) / Math.log(to)
  const rowLength = Math.ceil(rows * ratio)
  const table = new Float64Array(rows * rowLength)
  table[0] = 1
  for (let row = 1; row < rows; row++) {
    const last = table.subarray((row - 1) * rowLength, row * rowLength)
    const used = Math.ceil((row + 1) * ratio)
    for (let i = 0; i < used; i++) table[row * rowLength + i] = (last[i] ?? 0) * from
    carried(table.subarray(row * rowLength, row * rowLength + used), to)
  }
  return { to, ratio, table, rowLength }
}

/** Each place below the base, what is above it in the next one; in place. */
function carried(sums: Float64Array, base: number): Float64Array {
  let carry = 0
  for (let i = 0; i < sums.length; i++) {
    const sum = (sums[i] ?? 0) + carry
    carry = Math.floor(sum / base)
    sums[i] = sum - carry * base
  }
  return sums
}

function wordsOf(number: Uint8Array): Float64Array {
  const words = placesFor(number.length / 2)
  for (let end = number.length, i = 0; end > 0; end -= 2, i++)
    words[i] = (number[end - 1] ?? 0) + (end > 1 ? 256 * (number[end - 2] ?? 0) : 0)
  return words
}

function bytesOfWords(words: Float64Array): Uint8Array {
  const bytes = new Uint8Array(2 * words.length)
  for (let end = bytes.length, i = 0; end > 0; end -= 2, i++) {
    const word = words[i] ?? 0
    bytes[end - 1] = word
    bytes[end - 2] = word >> 8
  }
  return bytes
}

function limbsOf(digits: Uint8Array): Float64Array {
  const limbs = placesFor(digits.length / limbDigits)
  for (let end = digits.length, i = 0; end > 0; end -= limbDigits, i++) {
    let limb = 0
    for (let at = Math.max(0, end - limbDigits); at < end; at++) limb = 58 * limb + (digits[at] ?? 0)
    limbs[i] = limb
  }
  return limbs
}

/** Zeros that stand before the limbs may reach into the place of the next block, which is written later. */
function writeLimbs(limbs: Float64Array, digits: Uint8Array, end: number): void {
  for (let i = 0, at = end - 1; i < limbs.length; i++) {
    let rest = (limbs[i] ?? 0) | 0 // the remainder of doubles is slow, of integers it is not
    for (let digit = 0; digit < limbDigits; digit++, at--) {
      const upper = (rest / 58) | 0
      digits[at] = rest - 58 * upper
      rest = upper
    }
  }
}

/** As many places or more, four by four. */
function placesFor(count: number): Float64Array {
  return new Float64Array(4 * Math.ceil(count / 4))
}

/** The power of a block, its square, the square of that …: each halves what the next one left, until a block is left. */
function powersFor(blocks: number): bigint[] {
  const powers: bigint[] = []
  let power = blockPower
  for (let covered = 1; covered < blocks; covered *= 2) {
    powers.push(power)
    if (covered * 2 < blocks) power *= power
  }
  return powers
}

function writeBlocks(
  number: bigint,
  powers: readonly bigint[],
  level: number,
  digits: Uint8Array,
  end: number,
): void {
  const power = powers[level - 1]
  if (power === undefined) {
    writeLimbs(change(wordsOf(bytesOf(number)), wordsToLimbs), digits, end)
    return
  }
  const upper = number / power
  writeBlocks(number - upper * power, powers, level - 1, digits, end)
  if (upper !== 0n) writeBlocks(upper, powers, level - 1, digits, end - (blockDigits << (level - 1)))
}

/** Joins neighbours, lowest first, round by round, so that the last multiplication is of two halves. */
function joined(blocks: readonly bigint[]): bigint {
  let parts = blocks
  for (let power = blockPower; parts.length > 1; power *= power) {
    const joined: bigint[] = []
    for (let i = 0; i < parts.length; i += 2) {
      const upper = parts[i + 1]
      const lower = parts[i] ?? 0n
      joined.push(upper === undefined ? lower : upper * power + lower)
    }
    parts = joined
  }
  return parts[0] ?? 0n
}

// BigInt has no door for bytes, but reads and writes hexadecimal in linear time.
const hexDigits = encodeUtf8('0123456789abcdef')

function bigintOf(bytes: Uint8Array): bigint {
  const hex = new Uint8Array(2 * bytes.length)
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0
    hex[2 * i] = hexDigits[byte >> 4] ?? 0
    hex[2 * i + 1] = hexDigits[byte & 15] ?? 0
  }
  return BigInt(`0x${decodeAscii(hex)}`)
}

function bytesOf(number: bigint): Uint8Array {
  const hex = number.toString(16)
  const odd = hex.length % 2
  const bytes = new Uint8Array((hex.length + odd) / 2)
  for (let i = 0; i < hex.length; i++) {
    const at = (i + odd) >> 1
    bytes[at] = ((bytes[at] ?? 0) << 4) | nibble(hex.charCodeAt(i))
  }
  return bytes
}

function nibble(char: number): number {
  return char < 0x3a ? char - 0x30 : char - 0x57
}
