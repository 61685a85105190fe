import type { FastifyRequest } from 'fastify'
import { clientProof, type Proof } from '../../domain/client-proof.ts'
import type { Parameters } from '../../http/form-body.ts'
import { refuse } from '../../refusals.ts'

/**
 * How this request proves who sent it.
 *
 * @refuses credentials_twice assertion_type_unknown credentials_missing request_malformed
 */
export function readProof(parameters: Parameters, { headers }: Pick<FastifyRequest, 'headers'>): Proof {
  const proof = clientProof(Object.fromEntries(parameters), headers.authorization)
  if (proof.how !== 'unread') return proof
  if (proof.reason !== 'request_malformed') throw refuse(proof.reason)
  throw refuse(proof.reason, {
    description: 'User and password of the Authorization header are not form-encoded UTF-8.',
  })
}
