/**
 * True for a place that nothing was filled into: `$CODE`, `${CODE}`, `$(…)`, `$env:CODE`, `%CODE%`, `{{code}}`, `<code>`,
 * `YOUR_CODE`, `...`.
 */
export function isPlaceholder(value: string): boolean {
  const braces = value.indexOf('${')
  if (braces !== -1 && value.includes('}', braces)) return true
  return /^(?:\$(?:env:)?\w+|\$\([\s\S]*\)|`[^`]*`|%\w+%|\{\{[^{}]*\}\}|<[^<>]*>|your[_-]\w+|\.\.\.|…)$/i.test(
    value.trim(),
  )
}

/** True for what a program writes in place of a value that it does not have, or not yet. */
export const isNoValue = (value: string): boolean =>
  /^(?:undefined|null|none|nil|nan|\[object \w+\])$/i.test(value.trim())
