import type { z } from 'zod'
import type { Parameters } from '../../http/form-body.ts'
import { refuse } from '../../refusals.ts'

/**
 * The parameters that this form knows, each of a fit size. Others are ignored.
 *
 * @source RFC 6749 §3.2
 * @refuses request_malformed
 */
export function fitParameters(form: z.ZodObject, parameters: Parameters): Parameters {
  const known = [...parameters].filter(([name]) => Object.hasOwn(form.shape, name))
  const { error } = form.safeParse(Object.fromEntries(known))
  const [unfit] = error?.issues ?? []
  if (unfit !== undefined)
    throw refuse('request_malformed', { description: `${unfit.path.join('.')} is too long.` })
  return new Map(known)
}
