import { List, Stack, Tabs } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { type ClientDetailAnswer, suspendedInWords } from '@valetkey/protocol'
import type { ReactNode } from 'react'
import { Refused } from '../../api.ts'
import { clientQuery } from '../../queries.ts'
import { CopyButton } from '../../ui/copy-button.tsx'
import { LinkButton } from '../../ui/link-button.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Loading } from '../../ui/loading.tsx'
import { Notice } from '../../ui/notice.tsx'
import { OutcomeBadge } from '../../ui/outcome-badge.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { hasSecret } from './client-kind.ts'
import { type ClientTab, clientTabs } from './client-tabs.ts'
import { HealthPanel } from './health-panel.tsx'
import { QuickstartPanel } from './quickstart-panel.tsx'
import { SecretsPanel } from './secrets-panel.tsx'
import { SettingsPanel } from './settings-panel.tsx'

const route = getRouteApi('/clients/$client_id')

/** One client: how it goes, its settings, its secrets, and how to begin. */
export function ClientPage() {
  const { client_id } = route.useParams()
  const query = useQuery(clientQuery(client_id))
  const { data: client, error } = query
  if (error instanceof Refused && error.status === 404) return <NoSuchClient />
  return (
    <>
      <PageHeader
        title={client?.name ?? 'Client'}
        lead={
          <span className="vk-client-id">
            <code>{client?.client_id ?? client_id}</code>
            <CopyButton text={client?.client_id ?? client_id} what="client ID" size="compact-xs" />
          </span>
        }
      >
        {client?.suspended && <OutcomeBadge outcome="bad">Suspended</OutcomeBadge>}
        {client?.status === 0 && !client.suspended && <OutcomeBadge outcome="warn">Disabled</OutcomeBadge>}
      </PageHeader>
      <Loaded query={query} loading={<Loading lines={4} height={84} />}>
        {(loaded) => (
          <Stack gap="lg">
            {loaded.suspended && (
              <Notice tone="warn" title={suspendedInWords.what}>
                {suspendedInWords.means}
              </Notice>
            )}
            <ClientTabs key={loaded.client_id} client={loaded} />
          </Stack>
        )}
      </Loaded>
    </>
  )
}

function NoSuchClient() {
  return (
    <>
      <PageHeader title="No such client" lead="There is none with this client_id that you may see.">
        <LinkButton to="/clients" variant="default">
          All clients
        </LinkButton>
      </PageHeader>
      <List>
        <List.Item>It may be of somebody else: are you signed in as the developer of that client?</List.Item>
        <List.Item>It may have been deleted.</List.Item>
        <List.Item>The client_id may be cut or mistyped.</List.Item>
      </List>
    </>
  )
}

function ClientTabs({ client }: { client: ClientDetailAnswer }) {
  const { tab } = route.useSearch()
  const navigate = route.useNavigate()
  const panels: Record<ClientTab, [title: string, panel: ReactNode]> = {
    health: ['Health', <HealthPanel key="health" client={client} />],
    settings: ['Settings', <SettingsPanel key="settings" client={client} />],
    secrets: ['Secrets', <SecretsPanel key="secrets" client={client} />],
    quickstart: ['Quickstart', <QuickstartPanel key="quickstart" client={client} />],
  }
  const shown = clientTabs.filter((name) => name !== 'secrets' || hasSecret(client))
  return (
    <Tabs
      value={shown.find((name) => name === tab) ?? 'health'}
      keepMounted={false}
      onChange={(value) => {
        const chosen = clientTabs.find((one) => one === value)
        void navigate({ search: chosen === undefined ? {} : { tab: chosen }, replace: true })
      }}
    >
      <Tabs.List mb="lg">
        {shown.map((name) => (
          <Tabs.Tab key={name} value={name}>
            {panels[name][0]}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {shown.map((name) => (
        <Tabs.Panel key={name} value={name}>
          {panels[name][1]}
        </Tabs.Panel>
      ))}
    </Tabs>
  )
}
