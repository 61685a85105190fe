import { Button, Group, Stack, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { ClientDetailAnswer } from '@valetkey/protocol'
import { useState } from 'react'
import { call } from '../../api.ts'
import { clientPath } from '../../queries.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { Failed } from '../../ui/failed.tsx'
import { useAction } from '../../ui/use-action.ts'

/** Switch the client off and on again, or delete it. */
export function EndClient({ client }: { client: ClientDetailAnswer }) {
  const navigate = useNavigate()
  const queries = useQueryClient()
  const [asked, setAsked] = useState<'disable' | 'delete'>()
  const active = client.status === 1
  const setStatus = async (status: 0 | 1) => {
    await call(clientPath(client.client_id, '/status'), { method: 'PATCH', body: { status } })
    await queries.invalidateQueries({ queryKey: ['clients'] })
    notifications.show({ message: status === 1 ? 'The client is enabled.' : 'The client is disabled.' })
  }
  const enable = useAction(() => setStatus(1))
  return (
    <section className="vk-card vk-danger">
      <h2 className="vk-h2">Disable or delete</h2>
      <Stack gap="lg">
        <Group justify="space-between" align="flex-start">
          <Text size="sm" flex="1 1 16rem">
            {standing(client)}
          </Text>
          {active || client.suspended ? (
            <Button variant="default" onClick={() => setAsked('disable')}>
              Disable
            </Button>
          ) : (
            <Button variant="default" loading={enable.busy} onClick={() => enable.run()}>
              Enable
            </Button>
          )}
        </Group>
        {enable.failure !== undefined && <Failed error={enable.failure} title="Not enabled" />}
        <Group justify="space-between" align="flex-start">
          <Text size="sm" flex="1 1 16rem">
            A deleted client is gone for good, with its secrets and all the access it holds.
          </Text>
          <Button color="red" variant="outline" onClick={() => setAsked('delete')}>
            Delete
          </Button>
        </Group>
      </Stack>
      {asked === 'disable' && (
        <Confirm
          title="Disable this client?"
          action="Disable the client"
          danger
          onClose={() => setAsked(undefined)}
          onConfirm={() => setStatus(0)}
        >
          <Text size="sm">
            Every access that users gave <b className="vk-break">{client.name}</b> ends now, and its token
            requests are refused.{' '}
            {client.suspended
              ? 'Once the operator lifts the suspension it stays disabled, until you enable it: users have to be asked anew.'
              : 'Enabling it again brings none of that access back: users have to be asked anew.'}
          </Text>
        </Confirm>
      )}
      {asked === 'delete' && (
        <Confirm
          title="Delete this client?"
          action="Delete the client"
          danger
          typed={client.name}
          onClose={() => setAsked(undefined)}
          onConfirm={async () => {
            await call(clientPath(client.client_id), { method: 'DELETE' })
            await navigate({ to: '/clients' })
            queries.removeQueries({ queryKey: ['clients', client.client_id] })
            await queries.invalidateQueries({ queryKey: ['clients'] })
            notifications.show({ message: 'The client is deleted.' })
          }}
        >
          <Text size="sm">
            This ends every access that users gave it, and all of its secrets. Its client_id is never given
            out again. It cannot be undone.
          </Text>
        </Confirm>
      )}
    </section>
  )
}

function standing({ status, suspended }: ClientDetailAnswer): string {
  if (suspended)
    return 'The operator suspended this client, and only they let it work again. Disabled as well, it loses the access that users gave it.'
  return status === 1
    ? 'A disabled client is refused, and the access that users gave it ends. It can be enabled again; the access does not come back.'
    : 'This client is disabled: its token requests are refused. Enabled again, it has to ask users anew.'
}
