import { Button, TextInput } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { traceIdIn } from './trace-id.ts'

/** Opens the request whose trace id somebody has, in whatever it was copied with. */
export function OpenTrace() {
  const navigate = useNavigate()
  const [text, setText] = useState('')
  const [missing, setMissing] = useState(false)
  return (
    <form
      className="tr-open"
      onSubmit={(event) => {
        event.preventDefault()
        const trace_id = traceIdIn(text)
        setMissing(trace_id === undefined)
        if (trace_id !== undefined) void navigate({ to: '/token-requests/$trace_id', params: { trace_id } })
      }}
    >
      <TextInput
        label="Open a trace id"
        placeholder="From the answer or X-Trace-Id"
        value={text}
        onChange={({ currentTarget }) => {
          setText(currentTarget.value)
          setMissing(false)
        }}
        error={missing && 'A trace id has 32 hex digits.'}
        autoComplete="off"
        spellCheck={false}
      />
      <Button type="submit" variant="default">
        Open
      </Button>
    </form>
  )
}
