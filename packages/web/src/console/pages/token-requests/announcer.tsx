import type { TokenRequestAnswer } from '@valetkey/protocol'
import { useEffect, useRef, useState } from 'react'
import { announcementOf } from './live-list.ts'

/** Nobody is told more often, in milliseconds. */
const quiet = 1_500

/** Tells those who listen what came: one request in full, several as numbers. */
export function Announcer({
  came,
  meant,
}: {
  /** Everything that came live. */
  came: readonly TokenRequestAnswer[]
  /** What of it is looked at. */
  meant: readonly TokenRequestAnswer[]
}) {
  const [words, setWords] = useState('')
  const latest = useRef({ came, meant })
  useEffect(() => {
    latest.current = { came, meant }
  })
  useEffect(() => {
    let told: ReadonlySet<string> = new Set()
    const timer = setInterval(() => {
      const fresh = latest.current.meant.filter(({ trace_id }) => !told.has(trace_id))
      told = new Set(latest.current.came.map(({ trace_id }) => trace_id))
      if (fresh.length > 0) setWords(announcementOf(fresh))
    }, quiet)
    return () => clearInterval(timer)
  }, [])
  return (
    <div role="status" className="tr-announced">
      {words}
    </div>
  )
}
