import { Button, Kbd, Text, TextInput } from '@mantine/core'
import { useHotkeys } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import type { ClientAnswer } from '@valetkey/protocol'
import { useRef, useState } from 'react'
import { clientsQuery } from '../../queries.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { LinkButton } from '../../ui/link-button.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Loading } from '../../ui/loading.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { ClientRow } from './client-row.tsx'
import { searchClients } from './search-clients.ts'

/** All clients of the developer: found by a word, opened by their name. */
export function ClientsPage() {
  const clients = useQuery(clientsQuery)
  return (
    <>
      <PageHeader title="Clients" lead="Your apps, as this server knows them.">
        {clients.data !== undefined && clients.data.length > 0 && <RegisterButton />}
      </PageHeader>
      <Loaded query={clients} loading={<Loading lines={4} height={72} />}>
        {(all) => (all.length === 0 ? <NoClients /> : <ClientList clients={all} />)}
      </Loaded>
    </>
  )
}

function ClientList({ clients }: { clients: readonly ClientAnswer[] }) {
  const [text, setText] = useState('')
  const search = useRef<HTMLInputElement>(null)
  useHotkeys([['/', () => search.current?.focus()]])
  const found = searchClients(clients, text)
  return (
    <>
      <TextInput
        ref={search}
        type="search"
        mb="md"
        aria-label="Search clients"
        placeholder="Name, client_id or redirect URI"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => event.key === 'Escape' && setText('')}
        rightSection={
          text === '' ? (
            <Kbd aria-hidden="true" className="vk-shortcut">
              /
            </Kbd>
          ) : undefined
        }
      />
      <Text role="status" size="sm" c="dimmed" mb="xs">
        {text === '' ? count(clients.length) : `${found.length} of ${count(clients.length)}`}
      </Text>
      {found.length === 0 ? (
        <EmptyState
          title="No client matches"
          words="The search looks at names, descriptions, client_ids and redirect URIs."
        >
          <Button variant="default" onClick={() => setText('')}>
            Show all
          </Button>
        </EmptyState>
      ) : (
        <ul className="vk-clients">
          {found.map((client) => (
            <ClientRow key={client.id} client={client} />
          ))}
        </ul>
      )}
    </>
  )
}

function NoClients() {
  return (
    <EmptyState
      title="No clients yet"
      words="A client is your app, registered here: it gets a client_id and a secret, and may then ask users for access to their storage."
    >
      <RegisterButton />
    </EmptyState>
  )
}

function RegisterButton() {
  return <LinkButton to="/clients/new">Register a client</LinkButton>
}

const count = (clients: number): string => (clients === 1 ? '1 client' : `${clients} clients`)
