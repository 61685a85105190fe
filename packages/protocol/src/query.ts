import { z } from 'zod'

/** A parameter without a value, as forms send it, is one that was not given. */
export const given = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema.optional())

export const dateTime = z.iso.datetime({ offset: true, error: 'must be a date and time of RFC 3339' })
