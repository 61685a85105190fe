// The only two globals beyond ECMAScript that this package needs. Every runtime has them; neither the
// types of Node nor those of the DOM are loaded here, so they are declared as far as they are used.
declare const TextEncoder: new () => { encode(text: string): Uint8Array }
declare const TextDecoder: new (
  label: 'utf-8',
  options: { fatal: true; ignoreBOM: true },
) => { decode(bytes: Uint8Array): string }

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** UTF-8 bytes of a text. */
export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text)
}

/** The text, or undefined when the bytes are not valid UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}

/** Text of bytes that are known to be ASCII. */
export function decodeAscii(bytes: Uint8Array): string {
  return decoder.decode(bytes)
}

const escapeBase = 0xdc00
const escapedByte = /[\udc80-\udcff]/u

/**
 * Text that gives exactly these bytes back, whatever they are.
 *
 * UTF-8 reads as itself. In anything else each byte above 7f becomes the lone surrogate U+DC80…U+DCFF,
 * which no UTF-8 text can hold, so the two never meet.
 */
export function textOfAnyBytes(bytes: Uint8Array): string {
  const text = decodeUtf8(bytes)
  if (text !== undefined) return text
  return Array.from(bytes, (byte) => String.fromCharCode(byte < 0x80 ? byte : escapeBase + byte)).join('')
}

/** The inverse of {@link textOfAnyBytes}; ordinary text gives its UTF-8. */
export function bytesOfAnyText(text: string): Uint8Array {
  if (text.isWellFormed()) return encodeUtf8(text)
  const parts = Array.from(text, (char) =>
    escapedByte.test(char) ? [char.charCodeAt(0) - escapeBase] : [...encodeUtf8(char)],
  )
  return Uint8Array.from(parts.flat())
}
