import { Button } from '@mantine/core'
import type { TokenRequestAnswer } from '@valetkey/protocol'
import { useRef, useState } from 'react'
import { heldStill } from './live-list.ts'
import { TokenRequestRow } from './token-request-row.tsx'

/** The rows. While the pointer or the focus is among them none moves: what comes waits, and a button lets it in. */
export function TokenRequestList({
  requests,
  fresh,
}: {
  requests: readonly TokenRequestAnswer[]
  /** Those that came live, by their `trace_id`. */
  fresh: ReadonlySet<string>
}) {
  const list = useRef<HTMLOListElement>(null)
  const [pointed, setPointed] = useState(false)
  const [focused, setFocused] = useState(false)
  /** What stood there when somebody began to read. */
  const [stood, setStood] = useState<ReadonlySet<string>>()
  const reading = pointed || focused
  const all = () => new Set(requests.map(({ trace_id }) => trace_id))
  const { rows, waiting } =
    reading && stood !== undefined ? heldStill(requests, stood) : { rows: requests, waiting: 0 }
  const begin = () => {
    if (!reading) setStood(all())
  }
  const letIn = (byKey: boolean) => {
    setStood(all())
    // The button goes, and with it the focus: whoever came by keyboard goes on at the newest.
    setFocused(false)
    if (byKey) requestAnimationFrame(() => list.current?.querySelector('a')?.focus())
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it is watched for being read, and does nothing by itself
    <div
      onPointerEnter={() => {
        begin()
        setPointed(true)
      }}
      onPointerLeave={() => setPointed(false)}
      onFocus={() => {
        begin()
        setFocused(true)
      }}
      onBlur={({ currentTarget, relatedTarget }) => setFocused(currentTarget.contains(relatedTarget))}
    >
      <div className="tr-waiting">
        {waiting > 0 && (
          <Button size="xs" radius="xl" onClick={({ detail }) => letIn(detail === 0)}>
            {waiting} new
          </Button>
        )}
      </div>
      <ol ref={list} className="tr-list" aria-label="Token requests, newest first">
        {rows.map((request) => (
          <TokenRequestRow key={request.trace_id} request={request} fresh={fresh.has(request.trace_id)} />
        ))}
      </ol>
    </div>
  )
}
