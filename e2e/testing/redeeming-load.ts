import { setTimeout as sleep } from 'node:timers/promises'
import { aClient, aCode, aUser, type Called, type Person, type RegisteredClient, redeem } from './story.ts'

/** One redemption after the other, each of which has to succeed. */
export interface RedeemingLoad {
  readonly client: RegisteredClient
  readonly user: Person
  /** The access grants that were answered. */
  readonly answered: readonly string[]
  /** Until some more are answered. @throws when one was refused */
  some(): Promise<void>
  /** Ends when what is under way is answered. @throws when one was refused */
  stop(): Promise<void>
}

/** A client and its user; a new client each time besides, if it is wanted that secrets are sealed all the while. */
export async function startRedeeming(
  server: Called,
  { newClients = false }: { readonly newClients?: boolean } = {},
): Promise<RedeemingLoad> {
  const [client, user] = [await aClient(server), await aUser(server)]
  const answered: string[] = []
  let going = true
  const redeemOne = async (of: RegisteredClient): Promise<void> => {
    const { code } = await aCode(server, of, user)
    const { status, body } = await redeem(server, of, code)
    if (status !== 200) throw new Error(`a code was answered with ${status} ${body.error}`)
    answered.push(body.access_grant)
  }
  const run = (async () => {
    while (going) {
      if (newClients) await redeemOne(await aClient(server, {}, client.developer))
      await redeemOne(client)
    }
  })()
  return {
    client,
    user,
    answered,
    async some() {
      const enough = answered.length + 4
      while (answered.length < enough) await Promise.race([sleep(10), run])
    },
    async stop() {
      going = false
      await run
    },
  }
}
