import { Pagination, Table } from '@mantine/core'
import type { AccessLogAnswer, AccessLogEntryAnswer } from '@valetkey/protocol'
import { EmptyState } from '../../ui/empty-state.tsx'
import { type Outcome, OutcomeBadge } from '../../ui/outcome-badge.tsx'
import { When } from '../../ui/when.tsx'

/** One page of the log; on a narrow screen it scrolls in its box. */
export function AccessLogTable({
  answer,
  filtered,
  open,
}: {
  answer: AccessLogAnswer
  /** Whether there may be more without the filters. */
  filtered: boolean
  open: (page: number) => void
}) {
  const { logs, totalCount, pageCount, currentPage } = answer
  if (logs.length === 0 && currentPage === 1)
    return (
      <EmptyState
        title="Nothing in this time"
        words={
          filtered
            ? 'No request matches. Choose other filters or more days.'
            : 'A line appears here when a client of yours sends a user to the consent page.'
        }
      />
    )
  return (
    <>
      <section
        className="al-scroll"
        aria-label="Requests"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        tabIndex={0}
      >
        <Table miw="52rem" verticalSpacing="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Time</Table.Th>
              <Table.Th scope="col">Client</Table.Th>
              <Table.Th scope="col">Outcome</Table.Th>
              <Table.Th scope="col">Asked for</Table.Th>
              <Table.Th scope="col">Given</Table.Th>
              <Table.Th scope="col">Redirect URI</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {logs.map((entry) => (
              <Entry key={entry.id} entry={entry} />
            ))}
          </Table.Tbody>
        </Table>
      </section>
      <div className="al-paging">
        <span role="status">
          {totalCount === 1 ? '1 request' : `${totalCount} requests`}
          {pageCount > 1 && `, page ${currentPage} of ${pageCount}`}
        </span>
        {pageCount > 1 && (
          <Pagination
            aria-label="Pages"
            total={pageCount}
            value={currentPage}
            onChange={open}
            getControlProps={(control) => ({ 'aria-label': `${control} page` })}
            getItemProps={(page) => ({ 'aria-label': `Page ${page}` })}
          />
        )}
      </div>
    </>
  )
}

const badges: Readonly<Record<AccessLogEntryAnswer['access_status'], Outcome>> = {
  approved: 'good',
  pending: 'plain',
  rejected: 'bad',
}

function Entry({ entry }: { entry: AccessLogEntryAnswer }) {
  const { timestamp, client_name, client_id, access_status, rejection_reason, redirect_uri } = entry
  return (
    <Table.Tr>
      <Table.Td className="al-time">
        <When at={timestamp} />
      </Table.Td>
      <Table.Td className="al-text vk-break">{client_name || client_id}</Table.Td>
      <Table.Td className="al-text">
        <OutcomeBadge outcome={badges[access_status]}>{access_status}</OutcomeBadge>
        {rejection_reason !== undefined && <div className="al-why vk-break">{rejection_reason}</div>}
      </Table.Td>
      <Table.Td className="al-text vk-break">{entry.scopes.join(', ') || '–'}</Table.Td>
      <Table.Td className="al-text vk-break">{entry.approved_scopes.join(', ') || '–'}</Table.Td>
      <Table.Td className="al-uri vk-break">{redirect_uri}</Table.Td>
    </Table.Tr>
  )
}
