import { Button, Group, Stack, Switch, Text, Textarea, TextInput } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useQueryClient } from '@tanstack/react-query'
import type { ClientChangeForm, ClientDetailAnswer } from '@valetkey/protocol'
import { type ReactNode, useState } from 'react'
import { call } from '../../api.ts'
import { clientPath } from '../../queries.ts'
import { Failed } from '../../ui/failed.tsx'
import { useAction } from '../../ui/use-action.ts'
import { authenticationInWords, grantTypesOf, hasSecret, kinds, waysOf } from './client-kind.ts'
import { EndClient } from './end-client.tsx'
import { WaysField } from './kind-field.tsx'
import { RedirectUris } from './redirect-uris.tsx'
import { choiceOf, scopesOf } from './scope-choice.ts'
import { ScopesField } from './scopes-field.tsx'

export function SettingsPanel({ client }: { client: ClientDetailAnswer }) {
  return (
    <Stack gap="lg" className="vk-form">
      <Naming client={client} />
      <Section
        title="Redirect URIs"
        lead="Where users may come back to. A request must name one of them, character by character."
      >
        <RedirectUris client={client} />
      </Section>
      <Scopes client={client} />
      <Ways client={client} />
      <Authentication client={client} />
      <EndClient client={client} />
    </Stack>
  )
}

function Naming({ client }: { client: ClientDetailAnswer }) {
  const [name, setName] = useState(client.name)
  const [description, setDescription] = useState(client.description)
  const changed = name !== client.name || description !== client.description
  const { run, busy, failure } = useChange(client)
  return (
    <Section title="Name and description">
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (changed) run({ name, description })
        }}
      >
        <Stack gap="md">
          <TextInput label="Name" value={name} onChange={(event) => setName(event.currentTarget.value)} />
          <Textarea
            label="Description"
            autosize
            minRows={2}
            maxRows={8}
            value={description}
            onChange={(event) => setDescription(event.currentTarget.value)}
          />
          {failure !== undefined && <Failed error={failure} title="Not saved" />}
          <Save changed={changed} busy={busy} what="name and description" />
        </Stack>
      </form>
    </Section>
  )
}

function Scopes({ client }: { client: ClientDetailAnswer }) {
  const [choice, setChoice] = useState(() => choiceOf(client.scopes))
  const chosen = scopesOf(choice)
  const { run, busy, failure } = useChange(client)
  const changed = !chosen.ok || chosen.scopes.join() !== client.scopes.join()
  return (
    <Section
      title="Scopes"
      lead="Access that is out stays until it ends; with refresh tokens it is renewed within this alone."
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (changed && chosen.ok) run({ scopes: [...chosen.scopes] })
        }}
      >
        <Stack gap="md">
          <ScopesField choice={choice} onChange={setChoice} tried />
          {failure !== undefined && <Failed error={failure} title="Not saved" />}
          <Save changed={changed && chosen.ok} busy={busy} what="scopes" />
        </Stack>
      </form>
    </Section>
  )
}

function Ways({ client }: { client: ClientDetailAnswer }) {
  const [ways, setWays] = useState(() => waysOf(client))
  const { run, busy, failure } = useChange(client)
  const grant_types = grantTypesOf(ways, client.grant_types.includes('authorization_code'))
  const changed = !isSameSet(grant_types, client.grant_types)
  return (
    <Section title="Signing in">
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (changed) run({ grant_types })
        }}
      >
        <Stack gap="md">
          <WaysField choice={ways} onChange={setWays} />
          {failure !== undefined && <Failed error={failure} title="Not saved" />}
          <Save changed={changed} busy={busy} what="signing in" />
        </Stack>
      </form>
    </Section>
  )
}

/** How it was registered is told; what may be changed of it is a switch, for those who have a secret. */
function Authentication({ client }: { client: ClientDetailAnswer }) {
  const kind = kinds.find(({ type }) => type === client.application_type)?.words ?? ''
  return (
    <Section title="Client authentication" lead={`${kind}. ${authenticationInWords(client)}`}>
      {client.require_pushed_authorization_requests && (
        <Text size="sm" mb="md">
          Only pushed authorization requests are taken.
        </Text>
      )}
      {hasSecret(client) && <StorxProfile client={client} />}
    </Section>
  )
}

function StorxProfile({ client }: { client: ClientDetailAnswer }) {
  const { run, busy, failure } = useChange(client)
  return (
    <>
      <Switch
        label="Accept short JWTs (StorX profile)"
        description="On: a JWT of client_id and exp is enough, as StorX documents it. Off: only full assertions of RFC 7523 with aud and jti, each of which works once."
        checked={client.storx_profile !== busy}
        disabled={busy}
        onChange={(event) => run({ storx_profile: event.currentTarget.checked })}
      />
      {failure !== undefined && <Failed error={failure} title="Not saved" />}
    </>
  )
}

function Section({ title, lead, children }: { title: string; lead?: string; children: ReactNode }) {
  return (
    <section className="vk-card">
      <h2 className="vk-h2">{title}</h2>
      {lead !== undefined && (
        <Text size="sm" c="dimmed" mb="md">
          {lead}
        </Text>
      )}
      {children}
    </section>
  )
}

function Save({ changed, busy, what }: { changed: boolean; busy: boolean; what: string }) {
  return (
    <Group>
      <Button type="submit" disabled={!changed} loading={busy} aria-label={`Save ${what}`}>
        Save
      </Button>
    </Group>
  )
}

const isSameSet = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((element) => other.includes(element))

function useChange({ client_id }: ClientDetailAnswer) {
  const queries = useQueryClient()
  return useAction(async (body: ClientChangeForm) => {
    await call(clientPath(client_id), { method: 'PUT', body })
    await queries.invalidateQueries({ queryKey: ['clients'] })
    notifications.show({ message: 'Saved.' })
  })
}
