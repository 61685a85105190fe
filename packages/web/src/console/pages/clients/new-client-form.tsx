import { Button, Group, Stack, Text, Textarea, TextInput } from '@mantine/core'
import type { CredentialsAnswer } from '@valetkey/protocol'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { call } from '../../api.ts'
import { Failed } from '../../ui/failed.tsx'
import { LinkButton } from '../../ui/link-button.tsx'
import { useAction } from '../../ui/use-action.ts'
import { metadataOf, usualKind } from './client-kind.ts'
import { KindField } from './kind-field.tsx'
import { areFit, oneEmptyField, RedirectUriList, urisIn } from './redirect-uri-list.tsx'
import { choiceOf, scopesOf } from './scope-choice.ts'
import { ScopesField } from './scopes-field.tsx'

export function NewClientForm({ onMade }: { onMade: (made: CredentialsAnswer & { name: string }) => void }) {
  const [name, setName] = useState('')
  const [description, setDescription] = useState('')
  const [uris, setUris] = useState(oneEmptyField)
  const [kind, setKind] = useState(usualKind)
  const [choice, setChoice] = useState(() => choiceOf([]))
  const [tried, setTried] = useState(false)
  const form = useRef<HTMLFormElement>(null)
  const first = useRef<HTMLInputElement>(null)
  // At a first load; after a step from another page the heading has the focus.
  useEffect(() => {
    if (document.activeElement === document.body) first.current?.focus()
  }, [])

  const scopes = scopesOf(choice)
  const type = kind.type === 'web' ? undefined : kind.type
  const uriNeeded = !kind.devices
  const ready = name.trim() !== '' && areFit(uris, { type, needed: uriNeeded }) && scopes.ok

  const { run, busy, failure } = useAction(async () => {
    const redirect_uris = urisIn(uris)
    const chosen = scopes.ok ? scopes.scopes : []
    const body = { name, description, redirect_uris, scopes: chosen, ...metadataOf(kind, redirect_uris) }
    onMade({
      ...(await call<CredentialsAnswer>('/oauth2/clients', { method: 'POST', body })),
      name: name.trim(),
    })
  })

  function submit(event: FormEvent): void {
    event.preventDefault()
    if (busy) return
    if (ready) {
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
        <TextInput
          label="Name"
          description="Users read it when they are asked for access."
          withAsterisk
          required
          autoComplete="off"
          ref={first}
          maxLength={64}
          value={name}
          error={tried && name.trim() === '' ? 'A client needs a name.' : undefined}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <RedirectUriList fields={uris} onChange={setUris} tried={tried} type={type} needed={uriNeeded} />
        <KindField choice={kind} onChange={setKind} />
        <ScopesField choice={choice} onChange={setChoice} tried={tried} />
        <Textarea
          label="Description (optional)"
          autosize
          minRows={2}
          maxRows={8}
          value={description}
          onChange={(event) => setDescription(event.currentTarget.value)}
        />
        {failure !== undefined && <Failed error={failure} title="The client was not registered" />}
        <Group>
          <Button type="submit" loading={busy}>
            Register a client
          </Button>
          <LinkButton to="/clients" variant="subtle" color="gray">
            Cancel
          </LinkButton>
          {kind.type === 'web' && (
            <Text size="sm" c="dimmed">
              Its secret is shown next, once.
            </Text>
          )}
        </Group>
      </Stack>
    </form>
  )
}
