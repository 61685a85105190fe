import { Button, Group, Stack, Text } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { ClientDetailAnswer, SecretAnswer } from '@valetkey/protocol'
import { useState } from 'react'
import { clientHealthQuery, clientQuery } from '../../queries.ts'
import { focusHeading } from '../../ui/focus-heading.ts'
import { OutcomeBadge } from '../../ui/outcome-badge.tsx'
import { When } from '../../ui/when.tsx'
import type { Credentials } from './dotenv.ts'
import { RetireSecret } from './retire-secret.tsx'
import { RotateSecret } from './rotate-secret.tsx'
import { SecretOnce } from './secret-once.tsx'

/** In milliseconds. */
const refetchInterval = 10_000

/** The secrets of a client by their dates; a new one is shown once, in this component alone. */
export function SecretsPanel({ client }: { client: ClientDetailAnswer }) {
  const queries = useQueryClient()
  // Whoever rotates watches here which secret is still used, and other places may rotate as well.
  useQuery({ ...clientQuery(client.client_id), refetchInterval })
  const health = useQuery({ ...clientHealthQuery(client.client_id), refetchInterval })
  const [made, setMade] = useState<Credentials>()
  const [retiring, setRetiring] = useState<SecretAnswer>()
  const refresh = () => queries.invalidateQueries({ queryKey: ['clients'] })

  if (made !== undefined)
    return (
      <SecretOnce
        credentials={made}
        onStored={() => {
          setMade(undefined)
          requestAnimationFrame(focusHeading)
        }}
      >
        <Text size="sm" mt="xs">
          {client.secrets.some(({ retires_at }) => retires_at !== null && isAhead(retires_at))
            ? 'The previous secret works until it retires; bring this one to every place that uses it until then.'
            : 'The previous secret no longer works.'}
        </Text>
      </SecretOnce>
    )

  const usable = client.secrets.filter(({ retires_at }) => retires_at === null || isAhead(retires_at))
  const retired = client.secrets.filter((secret) => !usable.includes(secret))
  const meaningOf = (id: string) => health.data?.secrets.find((secret) => secret.id === id)?.means
  return (
    <Stack gap="xl">
      <section>
        <h2 className="vk-h2">Secrets that work</h2>
        <ul className="vk-secrets">
          {usable.map((secret) => (
            <li key={secret.id} className="vk-card">
              <SecretDates secret={secret} meaning={meaningOf(secret.id)} />
              {secret.retires_at !== null && (
                <Button
                  variant="default"
                  size="xs"
                  onClick={() => {
                    void health.refetch()
                    setRetiring(secret)
                  }}
                >
                  Retire now
                </Button>
              )}
            </li>
          ))}
        </ul>
      </section>
      <RotateSecret
        client={client}
        working={usable.length}
        onRotated={async (credentials) => {
          setMade(credentials)
          await refresh()
        }}
      />
      {retired.length > 0 && <RetiredSecrets secrets={retired} />}
      {retiring !== undefined && (
        <RetireSecret
          client={client}
          secret={retiring}
          meaning={meaningOf(retiring.id)}
          onRetired={refresh}
          onClose={() => setRetiring(undefined)}
        />
      )}
    </Stack>
  )
}

function RetiredSecrets({ secrets }: { secrets: readonly SecretAnswer[] }) {
  return (
    <section>
      <h2 className="vk-h2">Retired</h2>
      <Text size="sm" c="dimmed" mb="xs">
        They open nothing. Their dates are kept to explain a request that still uses one.
      </Text>
      <ul className="vk-plain">
        {secrets.map(({ id, created_at, retires_at }) => (
          <li key={id}>
            <Text size="sm" component="span">
              Made <When at={created_at} />, retired {retires_at !== null && <When at={retires_at} />}
            </Text>
          </li>
        ))}
      </ul>
    </section>
  )
}

function SecretDates({ secret, meaning }: { secret: SecretAnswer; meaning: string | undefined }) {
  const { created_at, retires_at } = secret
  return (
    <div>
      <Group gap="sm">
        <Text fw={550}>
          Made <When at={created_at} />
        </Text>
        {retires_at === null ? (
          <OutcomeBadge outcome="good">Current</OutcomeBadge>
        ) : (
          <OutcomeBadge outcome="warn">Being replaced</OutcomeBadge>
        )}
      </Group>
      <Text size="sm" c="dimmed" mih="1.5em">
        {meaning ?? ''}
      </Text>
      {retires_at !== null && (
        <Text size="sm" c="dimmed">
          retires <When at={retires_at} /> (<When at={retires_at} ago />)
        </Text>
      )}
    </div>
  )
}

const isAhead = (at: string): boolean => Date.parse(at) > Date.now()
