import { Button, Group, Stack, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { type ClientApplicationType, type ClientDetailAnswer, maxRedirectUris } from '@valetkey/protocol'
import { useEffect, useRef, useState } from 'react'
import { call } from '../../api.ts'
import { clientPath } from '../../queries.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { Failed } from '../../ui/failed.tsx'
import { useAction } from '../../ui/use-action.ts'
import { typeForUris } from './client-kind.ts'
import { RedirectUriInput } from './redirect-uri-input.tsx'
import { redirectUriProblem } from './redirect-uri-problem.ts'

/** The redirect URIs of a client, one by one: add, replace, remove. The last one stays, but for devices alone. */
export function RedirectUris({ client }: { client: ClientDetailAnswer }) {
  const { client_id, redirect_uris: uris, grant_types } = client
  const type = typeForUris(client)
  const queries = useQueryClient()
  const [replaced, setReplaced] = useState<string>()
  const [removing, setRemoving] = useState<string>()
  const list = useRef<HTMLUListElement>(null)
  /** The focus stays at the line that was changed. */
  function stopReplacing(uri: string): void {
    setReplaced(undefined)
    requestAnimationFrame(() => {
      list.current?.querySelector<HTMLElement>(`[aria-label="${CSS.escape(`Replace ${uri}`)}"]`)?.focus()
    })
  }
  async function send(method: 'POST' | 'PUT' | 'DELETE', body: object): Promise<void> {
    await call(clientPath(client_id, '/redirect-uris'), { method, body })
    await queries.invalidateQueries({ queryKey: ['clients'] })
  }
  return (
    <Stack gap="md">
      <ul className="vk-uris" ref={list}>
        {uris.map((uri) => (
          <li key={uri}>
            {replaced === uri ? (
              <UriForm
                label={`Replace ${uri} with`}
                action="Replace"
                first={uri}
                others={uris.filter((other) => other !== uri)}
                type={type}
                onSend={async (new_uri) => {
                  if (new_uri !== uri) await send('PUT', { old_uri: uri, new_uri })
                  stopReplacing(new_uri)
                }}
                onCancel={() => stopReplacing(uri)}
              />
            ) : (
              <UriRow
                uri={uri}
                last={uris.length === 1 && grant_types.includes('authorization_code')}
                onReplace={() => setReplaced(uri)}
                onRemove={() => setRemoving(uri)}
              />
            )}
          </li>
        ))}
      </ul>
      {uris.length < maxRedirectUris ? (
        <UriForm
          label="Add a redirect URI"
          action="Add"
          others={uris}
          type={type}
          onSend={(uri) => send('POST', { uri })}
        />
      ) : (
        <Text size="sm" c="dimmed">
          A client has at most {maxRedirectUris} redirect URIs.
        </Text>
      )}
      {removing !== undefined && (
        <Confirm
          title="Remove this redirect URI?"
          action="Remove"
          danger
          onClose={() => setRemoving(undefined)}
          onConfirm={() => send('DELETE', { uri: removing })}
        >
          <Text size="sm">
            <code className="vk-break">{removing}</code>
          </Text>
          <Text size="sm" mt="xs">
            Requests that name it are refused from then on.
          </Text>
        </Confirm>
      )}
    </Stack>
  )
}

function UriRow({
  uri,
  last,
  onReplace,
  onRemove,
}: {
  uri: string
  /** A client keeps one. */
  last: boolean
  onReplace: () => void
  onRemove: () => void
}) {
  const look = { size: 'compact-xs', variant: 'default' } as const
  return (
    <>
      <code className="vk-break">{uri}</code>
      <Group gap={6} wrap="nowrap">
        <CopyButton text={uri} what={uri} size="compact-xs" />
        <Button {...look} aria-label={`Replace ${uri}`} onClick={onReplace}>
          Replace
        </Button>
        <Button {...look} aria-label={`Remove ${uri}`} disabled={last} onClick={onRemove}>
          Remove
        </Button>
      </Group>
    </>
  )
}

function UriForm({
  label,
  action,
  others,
  type,
  first = '',
  onSend,
  onCancel,
}: {
  label: string
  action: string
  others: readonly string[]
  type: ClientApplicationType | undefined
  first?: string
  onSend: (uri: string) => Promise<void>
  onCancel?: () => void
}) {
  const [uri, setUri] = useState(first)
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (first !== '') input.current?.focus()
  }, [first])
  const { run, busy, failure, forget } = useAction(async () => {
    await onSend(uri.trim())
    setUri('')
  })
  const ready = uri.trim() !== '' && redirectUriProblem(uri, others, type) === undefined
  return (
    <form
      className="vk-uri-form"
      onSubmit={(event) => {
        event.preventDefault()
        if (ready && !busy) run()
        else input.current?.focus()
      }}
    >
      <RedirectUriInput
        ref={input}
        label={label}
        value={uri}
        others={others}
        type={type}
        onChange={(changed) => {
          forget()
          setUri(changed)
        }}
      />
      {failure !== undefined && <Failed error={failure} title="Not saved" />}
      <Group gap="xs">
        <Button type="submit" size="xs" variant="default" loading={busy} disabled={!ready}>
          {action}
        </Button>
        {onCancel !== undefined && (
          <Button size="xs" variant="subtle" color="gray" onClick={onCancel}>
            Cancel
          </Button>
        )}
      </Group>
    </form>
  )
}
