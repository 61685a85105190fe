import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Acting } from '../audit.ts'
import type { Deps } from '../deps.ts'
import type { AccountKind } from '../domain/account.ts'
import { refuse } from '../refusals.ts'
import { callerOf } from './caller.ts'
import { signedIn } from './sessions.ts'

/**
 * Lets only the signed-in reach the routes of this plugin, before a body is read; returns who acts in a request.
 *
 * @refuses not_signed_in origin_foreign
 */
export function onlySignedIn(
  app: Pick<FastifyInstance, 'addHook'>,
  deps: Deps,
  kind: AccountKind,
): (request: Pick<FastifyRequest, 'id'>) => Acting {
  const acting = new WeakMap<object, Acting>()
  app.addHook('onRequest', async (request) => {
    const { account } = await signedIn(deps, request, kind)
    acting.set(request, { kind, account, caller: callerOf(request) })
  })
  return (request) => {
    const by = acting.get(request)
    if (by === undefined) throw refuse('not_signed_in')
    return by
  }
}
