type Parsed =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly problem: string }

/**
 * The value of a JSON text, or what is wrong with it in words that repeat none of it.
 *
 * Of two members with one name `JSON.parse` keeps the last and says nothing, where another reader may keep the first; so
 * a text with such names is refused, and one that is nested deeper than `maxDepth` arrays and objects.
 *
 * @source RFC 8259 §4
 */
export function parseDistinctJson(text: string, maxDepth: number): Parsed {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { ok: false, problem: 'is not JSON' }
  }
  const kept = countMembers(value, maxDepth)
  if (kept === undefined) return { ok: false, problem: `is nested more than ${maxDepth} deep` }
  const written = [...text.matchAll(/"(?:[^"\\]|\\.)*"\s*(:?)/g)].filter(([, colon]) => colon === ':').length
  return kept === written ? { ok: true, value } : { ok: false, problem: 'has a member name twice' }
}

function countMembers(value: unknown, depthLeft: number): number | undefined {
  if (typeof value !== 'object' || value === null) return 0
  if (depthLeft === 0) return undefined
  let count = Array.isArray(value) ? 0 : Object.keys(value).length
  for (const inner of Object.values(value)) {
    const members = countMembers(inner, depthLeft - 1)
    if (members === undefined) return undefined
    count += members
  }
  return count
}
