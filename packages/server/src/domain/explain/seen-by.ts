import type { Evidence, TokenRequest } from '../token-request.ts'
import type { Cause } from './causes.ts'
import { differenceInWords, nearlySame } from './near-miss.ts'
import { type OwnClient, ownClientOf, type Viewer } from './viewer.ts'

/** The request that evidence was found in, as far as it helps to read it. */
type Around = Pick<TokenRequest, 'client_id' | 'request' | 'steps'>

/** Evidence with the viewer's eyes: near misses of their own clients, and nothing of anybody else's. */
export function seenBy(viewer: Viewer, evidence: Evidence, around: Around): Evidence {
  switch (evidence.cause) {
    case 'client_unknown':
      return { ...evidence, ...nearMiss(evidence.client_id, viewer) }
    case 'refresh_token_of_another_client':
      // Like a code of somebody else: whether it opens anything is not for whoever came by it.
      return ownClientOf(viewer, evidence.issued_to) === undefined
        ? { cause: 'refresh_token_unknown' }
        : evidence
    case 'code_of_another_client':
      return codeOfAnotherClient(viewer, evidence, around)
    case 'secret_differs':
      return around.request.second_look === false
        ? { ...evidence, cause: 'signature_not_examined' }
        : evidence
    case 'secret_of_another_client':
      return secretOfAnotherClient(viewer, evidence, around)
    case 'expired':
    case 'kept_too_long':
      return { ...evidence, ...senderBehind(evidence, around.request.date) }
    default:
      return evidence
  }
}

/** What a client_id that nobody has may have been meant for, most telling first. */
const nearMisses: readonly (readonly [cause: Cause, fits: (client: OwnClient, sent: string) => boolean])[] = [
  ['client_deleted', ({ client_id }, sent) => client_id === sent],
  ['client_id_is_row_id', ({ id }, sent) => id === sent],
  ['client_id_is_name', ({ name }, sent) => name.toLowerCase() === sent.trim().toLowerCase()],
  ['client_id_nearly_yours', ({ client_id }, sent) => nearlySame(client_id, sent)],
]

function nearMiss(sent: unknown, { clients }: Viewer): Evidence {
  if (typeof sent !== 'string') return {}
  for (const [cause, fits] of nearMisses) {
    const client = clients.find((one) => fits(one, sent))
    if (client === undefined) continue
    const near = { cause, near: client.client_id, inactive_since: client.updated_at }
    return cause === 'client_id_nearly_yours'
      ? { ...near, difference: differenceInWords(sent, client.client_id) }
      : near
  }
  return {}
}

function codeOfAnotherClient(viewer: Viewer, evidence: Evidence, { client_id }: Around): Evidence {
  // A code of somebody else is told like one that nobody has: whether it opens anything is not for whoever came by it.
  return ownClientOf(viewer, evidence.issued_to) === undefined
    ? { cause: 'code_unknown' }
    : { ...evidence, cause: 'code_of_your_other_client', client_id }
}

/** Where the code is of that client as well, it is the client_id that is wrong. */
function secretOfAnotherClient(viewer: Viewer, evidence: Evidence, { steps }: Around): Evidence {
  const { signed_with_client } = evidence
  if (ownClientOf(viewer, signed_with_client) === undefined) return { ...evidence, cause: 'secret_differs' }
  const code = steps.find(({ step }) => step === 'find_code')?.evidence
  return code?.issued_to === signed_with_client
    ? { ...evidence, cause: 'client_id_of_another_client', near: signed_with_client ?? null }
    : evidence
}

/** The sender's own clock, when its Date header shows that it is behind. */
function senderBehind({ server_time, skew }: Evidence, date: Evidence[string] | undefined): Evidence {
  const known = typeof date === 'number' && typeof server_time === 'number' && typeof skew === 'number'
  return known && server_time - date > skew ? { cause: 'clock_behind', sender_time: date } : {}
}
