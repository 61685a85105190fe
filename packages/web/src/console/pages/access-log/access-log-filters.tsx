import { NativeSelect, SegmentedControl, TextInput } from '@mantine/core'
import { ClientSelect } from '../../client-select.tsx'
import { dayOf, type Filters, periodOf, ranges } from './filters.ts'

/** What of the log is looked at; each choice is part of the address, and begins at the first page. */
export function AccessLogFilters({
  filters,
  change,
}: {
  filters: Filters
  change: (changes: Readonly<Record<string, string | undefined>>) => void
}) {
  const { client_id, status, range, from, to } = filters
  const choose = (changes: Readonly<Record<string, string | undefined>>) =>
    change({ ...changes, page: undefined })
  const today = dayOf(Date.now())
  return (
    <search aria-label="Filters" className="al-filters">
      <SegmentedControl
        aria-label="Time"
        value={range}
        onChange={(value) => choose(rangeChosen(value, filters))}
        data={Object.entries(ranges).map(([value, { label }]) => ({ value, label }))}
      />
      {range === 'custom' && (
        <>
          <TextInput
            type="date"
            label="From"
            max={to ?? today}
            value={from ?? ''}
            onChange={({ currentTarget }) => choose({ from: currentTarget.value || undefined })}
          />
          <TextInput
            type="date"
            label="To"
            min={from}
            max={today}
            value={to ?? ''}
            onChange={({ currentTarget }) => choose({ to: currentTarget.value || undefined })}
          />
        </>
      )}
      <ClientSelect client_id={client_id} onChange={(chosen) => choose({ client_id: chosen })} />
      <NativeSelect
        label="Outcome"
        value={status ?? ''}
        onChange={({ currentTarget }) => choose({ status: currentTarget.value || undefined })}
        data={[
          { value: '', label: 'All outcomes' },
          { value: 'approved', label: 'Approved' },
          { value: 'pending', label: 'Pending' },
          { value: 'rejected', label: 'Rejected' },
        ]}
      />
    </search>
  )
}

/** A range of one's own begins as the one that was there. */
function rangeChosen(range: string, filters: Filters): Readonly<Record<string, string | undefined>> {
  if (range !== 'custom')
    return { range: range === 'month' ? undefined : range, from: undefined, to: undefined }
  const { start_date, end_date } = periodOf(filters, Date.now())
  return { range, from: start_date?.slice(0, 10), to: end_date?.slice(0, 10) }
}
