/** Percent-encoding undone once; undefined when it is not well-formed. @source RFC 3986 §2.1 */
export function urlDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
