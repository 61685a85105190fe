import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { type ExplainedTokenRequestAnswer, tokenRequestsKeptDays } from '@valetkey/protocol'
import { call, Refused } from '../../api.ts'
import { LinkButton } from '../../ui/link-button.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Loading } from '../../ui/loading.tsx'
import { OutcomeBadge } from '../../ui/outcome-badge.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { TextLink } from '../../ui/text-link.tsx'
import { When } from '../../ui/when.tsx'
import { Explained } from './explained.tsx'
import { OpenTrace } from './open-trace.tsx'
import { RequestFacts } from './request-facts.tsx'
import { isTraceId, traceIdIn } from './trace-id.ts'
import { tokenRequestKey } from './use-token-requests.ts'
import { badgeOf } from './words.ts'
import './token-requests.css'

/** One token request: what was wrong with it and what to do, then every step, and what is known of the request. */
export function TokenRequestPage() {
  const { trace_id: written } = useParams({ from: '/token-requests/$trace_id' })
  const trace_id = traceIdIn(written) ?? written
  const wellFormed = isTraceId(trace_id)
  const query = useQuery({
    queryKey: tokenRequestKey(trace_id),
    queryFn: () => call<ExplainedTokenRequestAnswer>(`/token-requests/${trace_id}`),
    enabled: wellFormed,
    staleTime: Number.POSITIVE_INFINITY,
  })
  const missing = query.error instanceof Refused && query.error.status === 404
  if (!wellFormed || missing) return <NoSuchRequest wellFormed={wellFormed} />
  return (
    <>
      <PageHeader
        title={query.data === undefined ? 'Token request' : `Token request ${query.data.outcome}`}
        lead={query.data === undefined ? <code>{trace_id}</code> : <Lead request={query.data} />}
      >
        <LinkButton to="/token-requests" variant="default">
          All token requests
        </LinkButton>
      </PageHeader>
      <Loaded query={query} loading={<Loading lines={6} height={64} />}>
        {(request) => (
          <div className="tr-columns">
            <div className="tr-why">
              <Explained
                explanation={request.explanation}
                fine="Nothing was wrong with this request."
                stops="the server stopped here"
              />
            </div>
            <RequestFacts request={request} />
          </div>
        )}
      </Loaded>
    </>
  )
}

function Lead({ request }: { request: ExplainedTokenRequestAnswer }) {
  const { outcome, status, at, client_name, client_id } = request
  return (
    <>
      <OutcomeBadge outcome={badgeOf(outcome)}>{`${outcome}, HTTP ${status}`}</OutcomeBadge>{' '}
      {client_name ?? client_id ?? 'no client named'}, <When at={at} seconds />
    </>
  )
}

function NoSuchRequest({ wellFormed }: { wellFormed: boolean }) {
  return (
    <>
      <PageHeader
        title="No such token request"
        lead={
          wellFormed
            ? 'There is none with this trace id that you may see.'
            : 'This is no trace id: one has 32 hex digits.'
        }
      />
      {wellFormed && (
        <ul className="tr-reasons">
          <li>It may name a client of somebody else: are you signed in as the developer of that client?</li>
          <li>It may be older than {tokenRequestsKeptDays} days, after which requests are forgotten.</li>
          <li>The trace id may be cut or mistyped.</li>
        </ul>
      )}
      <OpenTrace />
      <Text mt="lg">
        Without it: look through <TextLink to="/token-requests">the requests of your clients</TextLink>, or
        paste the request itself to <TextLink to="/diagnose">have it diagnosed</TextLink>.
      </Text>
    </>
  )
}
