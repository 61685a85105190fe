import { Button, Group, Stack, Text } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { CopyButton } from '../../ui/copy-button.tsx'
import { Notice } from '../../ui/notice.tsx'
import { LeaveGuard } from '../clients/leave-guard.tsx'

/** A new secret, the only time it is shown. Whoever leaves before is asked. */
export function WebhookSecretOnce({
  secret,
  stored = false,
  onStored,
}: {
  secret: string
  /** Nobody is asked any more. */
  stored?: boolean
  onStored: () => void
}) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  return (
    <section className="vk-card" aria-labelledby="webhook-secret">
      {!stored && <LeaveGuard />}
      <Stack gap="md">
        <h2 id="webhook-secret" ref={heading} tabIndex={-1} className="vk-h2 vk-flush">
          Store the signing secret now
        </h2>
        <Notice tone="warn" title="Shown only once">
          <Text size="sm">
            Your program checks with it that an event comes from here and from nobody else. Keep it where your
            program finds it, such as its environment.
          </Text>
        </Notice>
        <div>
          <Text size="sm" fw={500} mb={4}>
            Signing secret
          </Text>
          <div className="vk-credential">
            <code>{secret}</code>
            <CopyButton text={secret} what="signing secret" />
          </div>
        </div>
        <Group justify="flex-end">
          <Button onClick={onStored}>I have stored it</Button>
        </Group>
      </Stack>
    </section>
  )
}
