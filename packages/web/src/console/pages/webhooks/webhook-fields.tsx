import { Checkbox, Stack, TextInput } from '@mantine/core'
import { type WebhookEvent, webhookEventNames, webhookEvents } from '@valetkey/protocol'
import type { Ref } from 'react'
import { ClientSelect } from '../../client-select.tsx'

export interface WebhookFields {
  readonly url: string
  readonly description: string
  readonly client_id: string | null
  readonly events: readonly WebhookEvent[]
}

export const noFields: WebhookFields = {
  url: '',
  description: '',
  client_id: null,
  events: webhookEventNames,
}

export const areComplete = ({ url, events }: WebhookFields): boolean =>
  /^https?:\/\/\S+$/.test(url.trim()) && events.length > 0

/** What a developer says of an endpoint. */
export function WebhookFieldset({
  fields,
  onChange,
  tried,
  first,
}: {
  fields: WebhookFields
  onChange: (fields: WebhookFields) => void
  /** Once it was sent, what is missing is told. */
  tried: boolean
  first?: Ref<HTMLInputElement>
}) {
  const { url, description, client_id, events } = fields
  const isUrl = areComplete({ ...fields, events: webhookEventNames })
  return (
    <Stack gap="lg">
      <TextInput
        label="Address"
        description="An https URL that the internet reaches. Each event is sent there with POST."
        placeholder="https://app.example/hooks/valetkey"
        withAsterisk
        required
        type="url"
        autoComplete="off"
        spellCheck={false}
        ref={first}
        maxLength={2048}
        value={url}
        error={tried && !isUrl ? 'An address begins with https://.' : undefined}
        onChange={(event) => onChange({ ...fields, url: event.currentTarget.value })}
      />
      <TextInput
        label="Name (optional)"
        maxLength={200}
        value={description}
        onChange={(event) => onChange({ ...fields, description: event.currentTarget.value })}
      />
      <ClientSelect
        client_id={client_id ?? undefined}
        onChange={(chosen) => onChange({ ...fields, client_id: chosen ?? null })}
      />
      <Checkbox.Group
        label="Tell it when"
        value={[...events]}
        error={tried && events.length === 0 ? 'Choose at least one.' : undefined}
        onChange={(values) =>
          onChange({ ...fields, events: webhookEventNames.filter((name) => values.includes(name)) })
        }
      >
        <Stack gap="xs" mt="xs">
          {webhookEventNames.map((name) => (
            <Checkbox
              key={name}
              value={name}
              label={
                <>
                  {webhookEvents[name]} <code className="wh-type">{name}</code>
                </>
              }
            />
          ))}
        </Stack>
      </Checkbox.Group>
    </Stack>
  )
}
