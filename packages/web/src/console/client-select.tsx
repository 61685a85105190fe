import { NativeSelect } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { clientsQuery } from './queries.ts'

/** One of the developer's clients, or all of them. */
export function ClientSelect({
  client_id,
  onChange,
}: {
  client_id: string | undefined
  onChange: (client_id: string | undefined) => void
}) {
  const clients = useQuery(clientsQuery).data ?? []
  // Of a client that is not there any more the id alone is known.
  const unknown = client_id !== undefined && !clients.some((client) => client.client_id === client_id)
  return (
    <NativeSelect
      label="Client"
      value={client_id ?? ''}
      onChange={({ currentTarget }) => onChange(currentTarget.value || undefined)}
      data={[
        { value: '', label: 'All clients' },
        ...clients.map(({ client_id: value, name, suspended }) => ({
          value,
          label: suspended ? `${name} (suspended)` : name,
        })),
        ...(unknown ? [{ value: client_id, label: client_id }] : []),
      ]}
    />
  )
}
