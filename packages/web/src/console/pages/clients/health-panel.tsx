import { Anchor, Group, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import {
  type ClientDetailAnswer,
  type ClientHealthAnswer,
  durationInWords,
  suspendedInWords,
  tokenRequestsKeptDays,
} from '@valetkey/protocol'
import { clientHealthQuery } from '../../queries.ts'
import { Figure, Figures } from '../../ui/figures.tsx'
import { LinkButton } from '../../ui/link-button.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Loading } from '../../ui/loading.tsx'
import { Notice } from '../../ui/notice.tsx'
import { OutcomeBadge } from '../../ui/outcome-badge.tsx'
import { When } from '../../ui/when.tsx'
import { refusedIn } from './standing.ts'

/** How the token requests of the client go, and what to look after. */
export function HealthPanel({ client }: { client: ClientDetailAnswer }) {
  const health = useQuery({ ...clientHealthQuery(client.client_id), refetchInterval: 30_000 })
  return (
    <Loaded query={health} loading={<Loading lines={3} height={92} />}>
      {(answer) => (
        <Stack gap="lg">
          {answer.hints
            // The page says it above every tab.
            .filter((hint) => hint !== suspendedInWords.whole)
            .map((hint) => (
              <Notice key={hint} tone="warn">
                {hint}
              </Notice>
            ))}
          <Numbers health={answer} />
          <Failures health={answer} />
        </Stack>
      )}
    </Loaded>
  )
}

function Numbers({ health }: { health: ClientHealthAnswer }) {
  const { last_success_at, granted, clock_skew } = health
  return (
    <Figures label="Numbers">
      <Figure name="Last success">
        {last_success_at === null ? (
          `None in ${tokenRequestsKeptDays} days`
        ) : (
          <When at={last_success_at} ago />
        )}
      </Figure>
      <Figure name="Last 24 hours">
        {granted} granted, {refusedIn(health)} refused
      </Figure>
      <Figure name="The app's clock">{clockInWords(clock_skew)}</Figure>
    </Figures>
  )
}

function Failures({ health: { client_id, failures, last_success_at } }: { health: ClientHealthAnswer }) {
  if (failures.length === 0)
    return (
      <Text c="dimmed">
        {last_success_at === null
          ? `Nothing was granted in ${tokenRequestsKeptDays} days, nor refused in the last 24 hours. The quickstart has a program that sends a token request.`
          : 'Nothing was refused in the last 24 hours.'}
      </Text>
    )
  return (
    <section>
      <Group justify="space-between" mb="sm">
        <h2 className="vk-h2 vk-flush">Refused in the last 24 hours</h2>
        <LinkButton
          to="/token-requests"
          search={{ client_id, outcome: 'refused', range: 'day' }}
          variant="default"
          size="xs"
        >
          See these requests
        </LinkButton>
      </Group>
      <ul className="vk-failures">
        {failures.map(({ reason, requests, means, fix }) => (
          <li key={reason}>
            <Group gap="sm">
              <OutcomeBadge outcome="bad">{`${requests} ×`}</OutcomeBadge>
              <Anchor
                href={`/errors/${encodeURIComponent(reason)}`}
                ff="monospace"
                size="sm"
                className="vk-break"
              >
                {reason}
              </Anchor>
            </Group>
            <Text size="sm" mt={6}>
              {means}
            </Text>
            <Text size="sm" mt={4}>
              <b>Fix:</b> {fix}
            </Text>
          </li>
        ))}
      </ul>
    </section>
  )
}

function clockInWords(skew: ClientHealthAnswer['clock_skew']): string {
  if (skew === null) return 'Not known yet'
  const { seconds } = skew
  if (seconds === 0) return 'Right'
  return `${durationInWords(Math.abs(seconds))} ${seconds > 0 ? 'ahead' : 'behind'}`
}
