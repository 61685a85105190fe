import { z } from 'zod'

// Fields of what the operator of a server asks and is answered.

export const time = z.string().describe('RFC 3339')
export const whole = (most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .refine((text) => Number(text) <= most, `must be at most ${most}`)
export const fromOne = z.string().regex(/^[1-9]\d{0,5}$/, 'must be a whole number from 1')
export const search = z.string().max(256)
export const many = z.number().int()
