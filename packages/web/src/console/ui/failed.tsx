import { Button, Code, Text } from '@mantine/core'
import { Refused } from '../api.ts'
import { Notice } from './notice.tsx'
import { wordsOf } from './words-of.ts'

/** What did not work, in the server's words, with the trace that its log knows it by. */
export function Failed({
  error,
  title = 'This did not load',
  retry,
}: {
  error: unknown
  title?: string
  retry?: () => void
}) {
  return (
    <Notice tone="bad" title={title}>
      <Text size="sm">{wordsOf(error)}</Text>
      {error instanceof Refused && (
        <Text size="sm" mt={4}>
          Trace id <Code>{error.trace_id}</Code>
        </Text>
      )}
      {retry !== undefined && (
        <Button size="xs" mt="sm" variant="default" onClick={retry}>
          Try again
        </Button>
      )}
    </Notice>
  )
}
