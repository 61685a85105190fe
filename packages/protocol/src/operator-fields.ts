import { z } from 'zod'

// Fields of what the operator of a server asks and is answered.

export const time = z.string().describe('RFC 3339')
/** A whole number as a query has it: a text. */
export const whole = (most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .refine((text) => Number(text) <= most, `must be at most ${most}`)
/** The number of a page, as a text as well. */
export const fromOne = z.string().regex(/^[1-9]\d{0,5}$/, 'must be a whole number from 1')
export const search = z.string().max(256)
/** How many there are of something. */
export const many = z.number().int()
