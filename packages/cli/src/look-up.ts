import { ValetkeyError } from '@valetkey/client'
import type { ExplainedTokenRequestAnswer } from '@valetkey/protocol'
import { clientsOf, yoursInWords } from './clients-api.ts'
import { shellWord } from './curl.ts'
import { Refused, SessionEnded } from './errors.ts'
import { getSession, NotSignedIn, type StoredSession } from './session-file.ts'
import type { Cli } from './terminal.ts'
import { getTokenRequest, NoneToSee } from './token-requests-api.ts'

/** What the server tells of a token request just sent; where it tells nothing, the words to say instead. */
export type LookUp =
  | { readonly answer: ExplainedTokenRequestAnswer }
  | { readonly answer: undefined; readonly instead: string; readonly snippet: string | null }

interface Sent {
  readonly url: string
  readonly client_id: string
  readonly trace_id: string
}

/** Asks as the developer who is signed in there, if anybody is. */
export async function lookUp(cli: Cli, sent: Sent): Promise<LookUp> {
  const { url, trace_id } = sent
  const explain = `valetkey explain ${trace_id} --url ${shellWord(url)}`
  const none = (instead: string, snippet: string | null): LookUp => ({ answer: undefined, instead, snippet })
  try {
    const session = await getSession(cli, url)
    return await asDeveloper(session, sent)
  } catch (thrown) {
    if (thrown instanceof NotSignedIn)
      return none(
        'The developer of this client can ask the server why:',
        `valetkey login --url ${shellWord(url)}\n${explain}`,
      )
    if (thrown instanceof SessionEnded) return none(`${thrown.message}\nThen ask why:`, explain)
    if (thrown instanceof Refused || thrown instanceof ValetkeyError)
      return none(`The server does not say why: ${thrown.message}\nAsk again:`, explain)
    throw thrown
  }
}

async function asDeveloper(session: StoredSession, { client_id, trace_id }: Sent): Promise<LookUp> {
  try {
    return { answer: await getTokenRequest(session, trace_id, { patienceMs: 3_000 }) }
  } catch (thrown) {
    if (!(thrown instanceof NoneToSee)) throw thrown
    const clients = await clientsOf(session)
    if (clients.some((client) => client.client_id === client_id)) throw thrown
    return {
      answer: undefined,
      instead: `${client_id} is none of your clients. ${yoursInWords(clients)}\n→ valetkey client list`,
      snippet: null,
    }
  }
}
