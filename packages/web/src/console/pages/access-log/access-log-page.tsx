import { Button } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { AccessLogAnswer, AccessStatisticsAnswer, AccessTimelineAnswer } from '@valetkey/protocol'
import { lazy, Suspense } from 'react'
import { addressOf, call } from '../../api.ts'
import { Loaded } from '../../ui/loaded.tsx'
import { Loading } from '../../ui/loading.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { useAddressQuery } from '../../use-address-query.ts'
import { AccessLogFilters } from './access-log-filters.tsx'
import { AccessLogTable } from './access-log-table.tsx'
import { AccessStatistics } from './access-statistics.tsx'
import { AccessTimelineTable } from './access-timeline-table.tsx'
import { type Filters, filtersOf, periodOf, rowsPerPage, tableQueryOf } from './filters.ts'
import './access-log.css'

// What draws is half as large as all the rest of the console.
const AccessChart = lazy(() => import('./access-chart.tsx'))

/** What the developer's clients asked of users, and what the users said. */
export function AccessLogPage() {
  const [query, change] = useAddressQuery()
  const filters = filtersOf(query)
  const { log, statistics, timeline } = useAccessLog(filters)
  return (
    <>
      <PageHeader
        title="Access log"
        lead="What your clients asked of users, and how it ended. Days are those of UTC."
      >
        <Button
          component="a"
          variant="default"
          href={addressOf('/access-logs/export', tableQueryOf(filters, Date.now()))}
          download
        >
          Download CSV
        </Button>
      </PageHeader>
      <AccessLogFilters filters={filters} change={change} />
      <div className="al-page">
        <Loaded query={statistics} loading={<Loading lines={1} height={96} />}>
          {(answer) => <AccessStatistics statistics={answer} />}
        </Loaded>
        <section className="vk-card" aria-label="By day">
          <Loaded query={timeline} loading={<Loading lines={1} height={chartHeight + 37} />}>
            {({ days }) => (
              <>
                <Suspense fallback={<Loading lines={1} height={chartHeight} />}>
                  <AccessChart days={days} height={chartHeight} />
                </Suspense>
                <AccessTimelineTable days={days} />
              </>
            )}
          </Loaded>
        </section>
        <Loaded query={log} loading={<Loading lines={8} height={48} />}>
          {(answer) => (
            <AccessLogTable
              answer={answer}
              filtered={filters.client_id !== undefined || filters.status !== undefined}
              open={(page) => change({ page: page === 1 ? undefined : String(page) })}
            />
          )}
        </Loaded>
      </div>
    </>
  )
}

const chartHeight = 220

/** Chart and numbers show every outcome, the table those that are looked for. What was there stays until the next comes. */
function useAccessLog(filters: Filters) {
  const { client_id, range, from, to } = filters
  const period = { client_id, range, from, to }
  const common = { placeholderData: keepPreviousData }
  return {
    log: useQuery({
      ...common,
      queryKey: ['access-log', filters],
      queryFn: () =>
        call<AccessLogAnswer>('/access-logs', {
          query: { ...tableQueryOf(filters, Date.now()), limit: rowsPerPage, page: filters.page },
        }),
    }),
    statistics: useQuery({
      ...common,
      queryKey: ['access-log', 'statistics', period],
      queryFn: () =>
        call<AccessStatisticsAnswer>('/access-logs/statistics', { query: periodOf(filters, Date.now()) }),
    }),
    timeline: useQuery({
      ...common,
      queryKey: ['access-log', 'timeline', period],
      queryFn: () =>
        call<AccessTimelineAnswer>('/access-logs/timeline', { query: periodOf(filters, Date.now()) }),
    }),
  }
}
