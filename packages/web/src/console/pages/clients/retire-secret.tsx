import { Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import type { ClientDetailAnswer, SecretAnswer } from '@valetkey/protocol'
import { call } from '../../api.ts'
import { clientPath } from '../../queries.ts'
import { Confirm } from '../../ui/confirm.tsx'

/** Ends a secret before its time, after a word on how it is used. */
export function RetireSecret({
  client: { client_id },
  secret,
  meaning,
  onRetired,
  onClose,
}: {
  client: ClientDetailAnswer
  secret: SecretAnswer
  /** When it was used last, in words; undefined as long as nobody knows. */
  meaning: string | undefined
  onRetired: () => Promise<void>
  onClose: () => void
}) {
  return (
    <Confirm
      title="Retire this secret now?"
      action="Retire the secret"
      danger
      onClose={onClose}
      onConfirm={async () => {
        await call(clientPath(client_id, `/secrets/${encodeURIComponent(secret.id)}`), { method: 'DELETE' })
        await onRetired()
        notifications.show({ message: 'The secret is retired.' })
      }}
    >
      <Text size="sm">
        Requests signed with it are refused from now on; access that was granted stays. It was{' '}
        <b>{meaning ?? 'made some time ago, and how it is used is not known right now'}</b>.
      </Text>
    </Confirm>
  )
}
