/** What came over the wire, looked at by hand: a schema library would be most of what a browser has to load. */
export type JsonObject = Readonly<Record<string, unknown>>

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const isText = (value: unknown): value is string => typeof value === 'string'

export const isTextOrAbsent = (value: unknown): value is string | undefined =>
  value === undefined || isText(value)

export const isWholeNumber = (value: unknown): value is number => Number.isSafeInteger(value)

export const isListOf = <T>(value: unknown, isOne: (one: unknown) => one is T): value is T[] =>
  Array.isArray(value) && value.every((one) => isOne(one))
