import { List } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { WebhookAnswer } from '@valetkey/protocol'
import { useState } from 'react'
import { Refused } from '../../api.ts'
import { focusHeading } from '../../ui/focus-heading.ts'
import { LinkButton } from '../../ui/link-button.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Loading } from '../../ui/loading.tsx'
import { Notice } from '../../ui/notice.tsx'
import { OutcomeBadge } from '../../ui/outcome-badge.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { When } from '../../ui/when.tsx'
import { Deliveries } from './deliveries.tsx'
import { SendTest } from './send-test.tsx'
import { webhookQuery } from './webhook-queries.ts'
import { WebhookSecretOnce } from './webhook-secret-once.tsx'
import { WebhookSettings } from './webhook-settings.tsx'
import { standingOf } from './webhook-words.ts'
import './webhooks.css'

const route = getRouteApi('/webhooks/$id')

/** One endpoint: what was delivered to it, and its settings. */
export function WebhookPage() {
  const { id } = route.useParams()
  const query = useQuery({ ...webhookQuery(id), refetchInterval: 10_000 })
  const [secret, setSecret] = useState<string>()
  const { data: webhook, error } = query
  if (error instanceof Refused && error.status === 404) return <NoSuchWebhook />
  return (
    <>
      <PageHeader
        title={webhook?.description || 'Webhook'}
        lead={<code className="vk-break">{webhook?.url ?? ''}</code>}
      >
        {webhook !== undefined && <Standing webhook={webhook} />}
      </PageHeader>
      {secret === undefined ? (
        <Loaded query={query} loading={<Loading lines={4} height={84} />}>
          {(loaded) => (
            <div className="wh-page">
              <Trouble webhook={loaded} />
              <Deliveries webhook={loaded} action={<SendTest webhook={loaded} />} />
              <WebhookSettings webhook={loaded} onRotated={setSecret} />
            </div>
          )}
        </Loaded>
      ) : (
        <WebhookSecretOnce
          secret={secret}
          onStored={() => {
            setSecret(undefined)
            requestAnimationFrame(focusHeading)
          }}
        />
      )}
    </>
  )
}

function Standing({ webhook }: { webhook: WebhookAnswer }) {
  const { outcome, words } = standingOf(webhook)
  return <OutcomeBadge outcome={outcome}>{words}</OutcomeBadge>
}

function Trouble({ webhook: { state, failing_since, disabled_because } }: { webhook: WebhookAnswer }) {
  if (state === 'failing' && failing_since !== null)
    return (
      <Notice tone="warn" title="Nothing gets through">
        No delivery was taken since <When at={failing_since} />. Each is tried ten times in about three days;
        if it goes on, the webhook is switched off. Below is what went wrong.
      </Notice>
    )
  if (state !== 'disabled') return null
  return (
    <Notice tone="warn" title="This webhook is switched off">
      {disabled_because === 'gone' && 'It answered 410 Gone. '}
      {disabled_because === 'failing' && 'Nothing got through for days. '}
      It is told nothing, and nothing is kept for it, until it is switched on again.
    </Notice>
  )
}

function NoSuchWebhook() {
  return (
    <>
      <PageHeader title="No such webhook" lead="There is none with this id that you may see.">
        <LinkButton to="/webhooks" variant="default">
          All webhooks
        </LinkButton>
      </PageHeader>
      <List>
        <List.Item>It may be of somebody else: are you signed in as its developer?</List.Item>
        <List.Item>It may have been deleted.</List.Item>
      </List>
    </>
  )
}
