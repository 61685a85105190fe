/** Nothing but Web Crypto, `btoa` and `TextEncoder`, which every runtime with `fetch` has. */

export const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)

/** Without padding. @source RFC 4648 §5 */
export const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

/** 256 random bits as 43 characters, fit for a `state`, a `code_verifier` or a `jti`. @source RFC 7636 §4.1 */
export const randomText = (): string => base64url(crypto.getRandomValues(new Uint8Array(32)))

/** Base64url. @source RFC 7636 §4.2 (S256) */
export const sha256Text = async (text: string): Promise<string> =>
  base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(text))))

/** Compares all of two texts, wherever the first difference is. */
export function equalTexts(a: string, b: string): boolean {
  let difference = a.length ^ b.length
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i)
  return difference === 0
}
