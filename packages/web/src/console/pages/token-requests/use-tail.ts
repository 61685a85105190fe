import type { ExplainedTokenRequestAnswer } from '@valetkey/protocol'
import { useEffect, useRef, useState } from 'react'
import { addressOf } from '../../api.ts'

export type TailState = 'connecting' | 'live' | 'lost'

/** How long to wait after the server refused the stream, in milliseconds: each time longer, up to the last. */
const patience = [5_000, 15_000, 60_000]

interface Tail {
  onCame(request: ExplainedTokenRequestAnswer): void
  /** Each time the stream begins: what came before it is in the list. */
  onOpen(): void
  /** The server refused the stream: whoever asks it something else learns why. */
  onRefused(): void
}

/** The token requests of the developer's clients as they come, for as long as the component is there. */
export function useTail(tail: Tail): TailState {
  const [state, setState] = useState<TailState>('connecting')
  const latest = useRef(tail)
  useEffect(() => {
    latest.current = tail
  })
  useEffect(() => {
    let refusals = 0
    let retry: number | undefined
    let source: EventSource | undefined
    function open() {
      const stream = new EventSource(addressOf('/token-requests/tail'))
      source = stream
      stream.addEventListener('open', () => {
        refusals = 0
        setState('live')
        latest.current.onOpen()
      })
      stream.addEventListener('token_request', ({ data }) => latest.current.onCame(JSON.parse(data)))
      stream.addEventListener('error', () => {
        setState('lost')
        // A stream that broke off is begun again by the browser; one that was refused is not.
        if (stream.readyState !== EventSource.CLOSED) return
        latest.current.onRefused()
        retry = window.setTimeout(open, patience[Math.min(refusals++, patience.length - 1)])
      })
    }
    open()
    return () => {
      window.clearTimeout(retry)
      source?.close()
    }
  }, [])
  return state
}
