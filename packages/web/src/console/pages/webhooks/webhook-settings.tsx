import { Button, Group, Stack, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { WebhookAnswer, WebhookSecretAnswer } from '@valetkey/protocol'
import { useState } from 'react'
import { call } from '../../api.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { Failed } from '../../ui/failed.tsx'
import { useAction } from '../../ui/use-action.ts'
import { When } from '../../ui/when.tsx'
import { areComplete, type WebhookFields, WebhookFieldset } from './webhook-fields.tsx'
import { webhookPath } from './webhook-queries.ts'

/** What it is told and where, its secret, and its end. */
export function WebhookSettings({
  webhook,
  onRotated,
}: {
  webhook: WebhookAnswer
  onRotated: (secret: string) => void
}) {
  return (
    <Stack gap="lg" className="vk-form">
      <ChangeFields webhook={webhook} />
      <RotateSecret webhook={webhook} onRotated={onRotated} />
      <EndWebhook webhook={webhook} />
    </Stack>
  )
}

function ChangeFields({ webhook }: { webhook: WebhookAnswer }) {
  const queries = useQueryClient()
  const [fields, setFields] = useState((): WebhookFields => {
    const { url, description, client_id, events } = webhook
    return { url, description, client_id, events }
  })
  const [tried, setTried] = useState(false)
  const { run, busy, failure } = useAction(async () => {
    await call(webhookPath(webhook.id), { method: 'PATCH', body: { ...fields, url: fields.url.trim() } })
    await queries.invalidateQueries({ queryKey: ['webhooks'] })
    notifications.show({ message: 'The webhook is changed.' })
  })
  return (
    <section className="vk-card" aria-labelledby="settings">
      <h2 id="settings" className="vk-h2">
        Settings
      </h2>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          setTried(true)
          if (areComplete(fields) && !busy) run()
        }}
      >
        <Stack gap="lg">
          <WebhookFieldset fields={fields} onChange={setFields} tried={tried} />
          {failure !== undefined && <Failed error={failure} title="Nothing was changed" />}
          <Group>
            <Button type="submit" variant="default" loading={busy}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </section>
  )
}

function RotateSecret({
  webhook,
  onRotated,
}: {
  webhook: WebhookAnswer
  onRotated: (secret: string) => void
}) {
  const queries = useQueryClient()
  const [asked, setAsked] = useState(false)
  return (
    <section className="vk-card" aria-labelledby="signing-secret">
      <h2 id="signing-secret" className="vk-h2">
        Signing secret
      </h2>
      <ul className="vk-plain">
        {webhook.secrets.map(({ created_at, retires_at }) => (
          <li key={created_at}>
            Made <When at={created_at} />
            {retires_at !== null && (
              <>
                , signs until <When at={retires_at} />
              </>
            )}
          </li>
        ))}
      </ul>
      <Button mt="md" variant="default" onClick={() => setAsked(true)}>
        Rotate the secret
      </Button>
      {asked && (
        <Confirm
          title="Make a new signing secret?"
          action="Make a new secret"
          onClose={() => setAsked(false)}
          onConfirm={async () => {
            const path = webhookPath(webhook.id, '/rotate-secret')
            const { secret } = await call<WebhookSecretAnswer>(path, { method: 'POST' })
            await queries.invalidateQueries({ queryKey: ['webhooks'] })
            onRotated(secret)
          }}
        >
          <Text size="sm">
            For a day events are signed with both, so that your program goes on while you bring it the new
            one.
          </Text>
        </Confirm>
      )}
    </section>
  )
}

function EndWebhook({ webhook }: { webhook: WebhookAnswer }) {
  const navigate = useNavigate()
  const queries = useQueryClient()
  const [asked, setAsked] = useState(false)
  const off = webhook.state === 'disabled'
  const { run, busy, failure } = useAction(async () => {
    await call(webhookPath(webhook.id), { method: 'PATCH', body: { state: off ? 'active' : 'disabled' } })
    await queries.invalidateQueries({ queryKey: ['webhooks'] })
    notifications.show({ message: off ? 'The webhook is on.' : 'The webhook is off.' })
  })
  return (
    <section className="vk-card vk-danger" aria-labelledby="end-webhook">
      <h2 id="end-webhook" className="vk-h2">
        Switch off or delete
      </h2>
      <Stack gap="lg">
        <Group justify="space-between" align="flex-start">
          <Text size="sm" flex="1 1 16rem">
            {off
              ? 'Switched on, it hears of what happens from then on.'
              : 'Switched off, it is told nothing, and what waits for it is given up.'}
          </Text>
          <Button variant="default" loading={busy} onClick={() => run()}>
            {off ? 'Switch on' : 'Switch off'}
          </Button>
        </Group>
        {failure !== undefined && <Failed error={failure} title="Nothing was changed" />}
        <Group justify="space-between" align="flex-start">
          <Text size="sm" flex="1 1 16rem">
            A deleted webhook is gone for good, with its secret and the list of its deliveries.
          </Text>
          <Button color="red" variant="outline" onClick={() => setAsked(true)}>
            Delete
          </Button>
        </Group>
      </Stack>
      {asked && (
        <Confirm
          title="Delete this webhook?"
          action="Delete the webhook"
          danger
          onClose={() => setAsked(false)}
          onConfirm={async () => {
            await call(webhookPath(webhook.id), { method: 'DELETE' })
            await navigate({ to: '/webhooks' })
            queries.removeQueries({ queryKey: ['webhooks', webhook.id] })
            await queries.invalidateQueries({ queryKey: ['webhooks'] })
            notifications.show({ message: 'The webhook is deleted.' })
          }}
        >
          <Text size="sm">
            <b className="vk-break">{webhook.url}</b> is told nothing any more. It cannot be undone.
          </Text>
        </Confirm>
      )}
    </section>
  )
}
