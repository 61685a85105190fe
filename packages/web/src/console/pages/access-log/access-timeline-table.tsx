import { Table } from '@mantine/core'
import type { AccessTimelineAnswer } from '@valetkey/protocol'

/** The chart in numbers: the days on which there was something. */
export function AccessTimelineTable({ days }: { days: AccessTimelineAnswer['days'] }) {
  const busy = days.filter(({ approved, pending, rejected }) => approved + pending + rejected > 0)
  return (
    <details className="al-numbers">
      <summary>The numbers by day</summary>
      {busy.length === 0 ? (
        <p>No client asked anything in this time.</p>
      ) : (
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Day</Table.Th>
              <Table.Th scope="col">Approved</Table.Th>
              <Table.Th scope="col">Pending</Table.Th>
              <Table.Th scope="col">Rejected</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {busy.toReversed().map(({ date, approved, pending, rejected }) => (
              <Table.Tr key={date}>
                <Table.Th scope="row">{date}</Table.Th>
                <Table.Td>{approved}</Table.Td>
                <Table.Td>{pending}</Table.Td>
                <Table.Td>{rejected}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </details>
  )
}
