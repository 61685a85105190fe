import { Button, Group, Radio, Stack, Text } from '@mantine/core'
import type { ClientDetailAnswer } from '@valetkey/protocol'
import { useState } from 'react'
import { call } from '../../api.ts'
import { clientPath } from '../../queries.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { Notice } from '../../ui/notice.tsx'
import type { Credentials } from './dotenv.ts'

/** For how long the present secret works beside the new one, in seconds. */
const overlaps = [
  { seconds: 3600, words: 'for 1 hour' },
  { seconds: 86_400, words: 'for 1 day' },
  { seconds: 604_800, words: 'for 7 days' },
  { seconds: 2_592_000, words: 'for 30 days' },
  { seconds: 0, words: 'not at all: it ends now' },
] as const

/** Makes a new secret and says what becomes of the present one. */
export function RotateSecret({
  client,
  working,
  onRotated,
}: {
  client: ClientDetailAnswer
  /** How many secrets work now. */
  working: number
  onRotated: (made: Credentials) => Promise<void>
}) {
  const [overlap, setOverlap] = useState(86_400)
  const [asked, setAsked] = useState(false)
  const tooMany = working > 1 && overlap > 0
  return (
    <section>
      <h2 className="vk-h2">Rotate</h2>
      <Stack gap="md">
        <Radio.Group
          label="Keep the present secret working beside the new one"
          value={String(overlap)}
          onChange={(value) => setOverlap(Number(value))}
        >
          <Group gap="lg" mt="xs">
            {overlaps.map(({ seconds, words }) => (
              <Radio key={seconds} value={String(seconds)} label={words} />
            ))}
          </Group>
        </Radio.Group>
        {tooMany && (
          <Notice tone="warn">
            Two secrets work already, which is the most. Retire the older one first, or let both end now.
          </Notice>
        )}
        <Group>
          <Button onClick={() => setAsked(true)} disabled={tooMany} variant="default">
            Rotate the secret
          </Button>
        </Group>
      </Stack>
      {asked && (
        <Confirm
          title="Make a new secret?"
          action="Make a new secret"
          danger={overlap === 0}
          onClose={() => setAsked(false)}
          onConfirm={async () => {
            await onRotated(
              await call<Credentials>(clientPath(client.client_id, '/regenerate-secret'), {
                method: 'POST',
                body: { keep_previous_for: overlap },
              }),
            )
          }}
        >
          <Text size="sm">
            {overlap === 0
              ? 'The present secret ends at once: your app is refused until it has the new one.'
              : `Both work ${overlaps.find(({ seconds }) => seconds === overlap)?.words}: time to bring the new one to every place that has the present one.`}
          </Text>
        </Confirm>
      )}
    </section>
  )
}
