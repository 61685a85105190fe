import { z } from 'zod'

/** An object with these fields and no others: a misspelt one is refused, in words that do not repeat it. */
export function exactly<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
): z.ZodObject<Shape, z.core.$strict> {
  const known = Object.keys(shape).join(', ')
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? `has an unknown field; it may have ${known}` : undefined,
  })
}
