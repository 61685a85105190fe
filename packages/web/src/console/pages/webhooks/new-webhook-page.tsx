import { Button, Group, Stack, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { WebhookSecretAnswer } from '@valetkey/protocol'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import { call } from '../../api.ts'
import { Failed } from '../../ui/failed.tsx'
import { LinkButton } from '../../ui/link-button.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { useAction } from '../../ui/use-action.ts'
import { areComplete, noFields, WebhookFieldset } from './webhook-fields.tsx'
import { WebhookSecretOnce } from './webhook-secret-once.tsx'
import './webhooks.css'

/** A short form, then the secret: it lives in this component alone, and is gone with it. */
export function NewWebhookPage() {
  const navigate = useNavigate()
  const queries = useQueryClient()
  const [made, setMade] = useState<WebhookSecretAnswer>()
  const [stored, setStored] = useState(false)
  if (made === undefined)
    return (
      <>
        <PageHeader title="Add a webhook" lead="All of it can be changed later." />
        <NewWebhookForm
          onMade={(answer) => {
            setMade(answer)
            void queries.invalidateQueries({ queryKey: ['webhooks'] })
          }}
        />
      </>
    )
  return (
    <>
      <PageHeader title="The webhook is added" />
      <WebhookSecretOnce
        secret={made.secret}
        stored={stored}
        onStored={() => {
          // The guard of the secret must be gone before the page is left.
          flushSync(() => setStored(true))
          void navigate({ to: '/webhooks/$id', params: { id: made.id } })
        }}
      />
    </>
  )
}

function NewWebhookForm({ onMade }: { onMade: (made: WebhookSecretAnswer) => void }) {
  const [fields, setFields] = useState(noFields)
  const [tried, setTried] = useState(false)
  const form = useRef<HTMLFormElement>(null)
  const first = useRef<HTMLInputElement>(null)
  // At a first load; after a step from another page the heading has the focus.
  useEffect(() => {
    if (document.activeElement === document.body) first.current?.focus()
  }, [])
  const { run, busy, failure } = useAction(async () => {
    const body = { ...fields, url: fields.url.trim() }
    onMade(await call<WebhookSecretAnswer>('/webhooks', { method: 'POST', body }))
  })

  function submit(event: FormEvent): void {
    event.preventDefault()
    if (busy) return
    if (areComplete(fields)) {
      run()
      return
    }
    setTried(true)
    // When the fields have said what is wrong.
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus())
  }

  return (
    <form ref={form} onSubmit={submit} noValidate className="vk-form">
      <Stack gap="lg">
        <WebhookFieldset fields={fields} onChange={setFields} tried={tried} first={first} />
        {failure !== undefined && <Failed error={failure} title="The webhook was not added" />}
        <Group>
          <Button type="submit" loading={busy}>
            Add the webhook
          </Button>
          <LinkButton to="/webhooks" variant="subtle" color="gray">
            Cancel
          </LinkButton>
          <Text size="sm" c="dimmed">
            Its secret is shown next, once.
          </Text>
        </Group>
      </Stack>
    </form>
  )
}
