import { Button } from '@mantine/core'
import { useInterval } from '@mantine/hooks'
import { tokenRequestsKeptDays } from '@valetkey/protocol'
import { useState } from 'react'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Failed } from '../../ui/failed.tsx'
import { Loading } from '../../ui/loading.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { useAddressQuery } from '../../use-address-query.ts'
import { Announcer } from './announcer.tsx'
import { filtersOf } from './filters.ts'
import { FirstRequest } from './first-request.tsx'
import { LiveState } from './live-state.tsx'
import { OpenTrace } from './open-trace.tsx'
import { noFilters, TokenRequestFilters } from './token-request-filters.tsx'
import { TokenRequestList } from './token-request-list.tsx'
import { useTokenRequests } from './use-token-requests.ts'
import './token-requests.css'

/** The token requests of the developer's clients, newest first, while they come. */
export function TokenRequestsPage() {
  const [query, change] = useAddressQuery()
  const filters = filtersOf(query)
  const watched = useTokenRequests(filters)
  useMinutes()
  return (
    <>
      <PageHeader
        title="Token requests"
        lead={`What your clients asked for, and why it was refused. Kept ${tokenRequestsKeptDays} days.`}
      >
        <OpenTrace />
      </PageHeader>
      <div className="tr-tools">
        <TokenRequestFilters filters={filters} change={change} />
        <LiveState {...watched} />
      </div>
      <Announcer came={watched.came} meant={watched.meant} />
      <Requests
        {...watched}
        shown={JSON.stringify(filters)}
        filtered={Object.keys(filters).length > 0}
        clear={() => change(noFilters)}
      />
    </>
  )
}

type Watched = ReturnType<typeof useTokenRequests>

function Requests({
  list,
  requests,
  meant,
  shown,
  filtered,
  clear,
}: Watched & {
  /** Names what is looked at: another look begins anew. */
  shown: string
  filtered: boolean
  clear: () => void
}) {
  if (requests.length === 0) {
    if (list.isPending) return <Loading lines={8} height={60} />
    if (list.isError) return <Failed error={list.error} retry={() => void list.refetch()} />
    return filtered ? (
      <EmptyState title="No token request matches" words="What comes and matches appears here by itself.">
        <Button variant="default" onClick={clear}>
          Clear filters
        </Button>
      </EmptyState>
    ) : (
      <FirstRequest />
    )
  }
  const fresh = new Set(meant.map(({ trace_id }) => trace_id))
  return (
    <>
      <TokenRequestList key={shown} requests={requests} fresh={fresh} />
      {list.isError && <Failed error={list.error} retry={() => void list.refetch()} />}
      {list.hasNextPage && (
        <Button
          variant="default"
          className="tr-older"
          loading={list.isFetchingNextPage}
          onClick={() => void list.fetchNextPage()}
        >
          Show older
        </Button>
      )}
    </>
  )
}

/** "3 minutes ago" becomes 4. */
function useMinutes(): void {
  const [, again] = useState(0)
  useInterval(() => again((count) => count + 1), 30_000, { autoInvoke: true })
}
