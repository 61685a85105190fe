import { Text } from '@mantine/core'
import { ShownOnce } from '../shown-once.tsx'

export function WebhookSecretOnce({
  secret,
  ...once
}: {
  secret: string
  stored?: boolean
  onStored: () => void
}) {
  const values = [{ label: 'Signing secret', name: 'signing secret', value: secret }]
  return (
    <ShownOnce title="Store the signing secret now" values={values} {...once}>
      <Text size="sm">
        Your program checks with it that an event comes from here and from nobody else. Keep it where your
        program finds it, such as its environment.
      </Text>
    </ShownOnce>
  )
}
