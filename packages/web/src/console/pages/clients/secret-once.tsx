import { Button, Group, Stack, Text } from '@mantine/core'
import { type ReactNode, useEffect, useRef } from 'react'
import { CopyButton } from '../../ui/copy-button.tsx'
import { Notice } from '../../ui/notice.tsx'
import { type Credentials, dotenvName, dotenvOf } from './dotenv.ts'
import { LeaveGuard } from './leave-guard.tsx'

/** A new secret, the only time it is shown: to copy, or to keep as a file. Whoever leaves before is asked. */
export function SecretOnce({
  credentials,
  onStored,
  stored = false,
  children,
}: {
  credentials: Credentials
  onStored: () => void
  /** Nobody is asked any more. */
  stored?: boolean
  /** What else is to be known of it. */
  children?: ReactNode
}) {
  const { client_id, client_secret } = credentials
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  return (
    <section className="vk-card" aria-labelledby="secret-once">
      {!stored && <LeaveGuard />}
      <Stack gap="md">
        <h2 id="secret-once" ref={heading} tabIndex={-1} className="vk-h2 vk-flush">
          Store the client secret now
        </h2>
        <Notice tone="warn" title="Shown only once">
          <Text size="sm">
            This server cannot show it again. Keep it where your app finds it, such as its environment or a
            secret manager, and never in its source code.
          </Text>
          {children}
        </Notice>
        <Credential label="Client ID" name="client ID" value={client_id} />
        <Credential label="Client secret" name="client secret" value={client_secret} />
        <Group justify="space-between">
          <Button variant="default" onClick={() => download(dotenvName, dotenvOf(credentials))}>
            Download .env
          </Button>
          <Button onClick={onStored}>I have stored it</Button>
        </Group>
      </Stack>
    </section>
  )
}

function Credential({ label, name, value }: { label: string; name: string; value: string }) {
  return (
    <div>
      <Text size="sm" fw={500} mb={4}>
        {label}
      </Text>
      <div className="vk-credential">
        <code>{value}</code>
        <CopyButton text={value} what={name} />
      </div>
    </div>
  )
}

/** A file of the browser's own making: nothing is asked of the server. */
function download(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'application/octet-stream' }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  URL.revokeObjectURL(address)
}
