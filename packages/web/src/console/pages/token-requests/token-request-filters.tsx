import { Button, NativeSelect, TextInput } from '@mantine/core'
import { ClientSelect } from '../../client-select.tsx'
import { keysOf } from '../../keys-of.ts'
import { type Filters, outcomes, ranges } from './filters.ts'
import { localField, ofLocalField } from './local-time.ts'
import { reasons } from './reasons.ts'

type Change = (changes: { [Name in keyof Filters]: Filters[Name] | undefined }) => void

/** Which token requests are looked at; each choice is part of the address. */
export function TokenRequestFilters({ filters, change }: { filters: Filters; change: Change }) {
  const { client_id, outcome, reason, range, from, to } = filters
  const time = range ?? (from === undefined && to === undefined ? '' : 'custom')
  return (
    <search aria-label="Filters" className="tr-filters">
      <ClientSelect client_id={client_id} onChange={(chosen) => change({ client_id: chosen })} />
      <NativeSelect
        label="Outcome"
        value={outcome ?? ''}
        onChange={({ currentTarget }) =>
          change({ outcome: outcomes.find((one) => one === currentTarget.value) })
        }
        data={[
          { value: '', label: 'All outcomes' },
          { value: 'granted', label: 'Granted' },
          { value: 'refused', label: 'Refused' },
          { value: 'failed', label: 'Failed' },
        ]}
      />
      <NativeSelect
        label="Reason"
        value={reason ?? ''}
        onChange={({ currentTarget }) => change({ reason: currentTarget.value || undefined })}
      >
        <option value="">All reasons</option>
        {reason !== undefined && !reasons.some((group) => group.reasons.includes(reason)) && (
          <option value={reason}>{reason}</option>
        )}
        {reasons.map((group) => (
          <optgroup key={group.group} label={group.group}>
            {group.reasons.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </optgroup>
        ))}
      </NativeSelect>
      <NativeSelect
        label="Time"
        value={time}
        onChange={({ currentTarget: { value } }) => change(timeOf(value))}
        data={[
          { value: '', label: 'All times' },
          ...Object.entries(ranges).map(([name, { label }]) => ({ value: name, label })),
          { value: 'custom', label: 'From … to …' },
        ]}
      />
      {time === 'custom' && (
        <>
          <TextInput
            type="datetime-local"
            label="From"
            value={localField(from)}
            onChange={({ currentTarget }) => change({ from: ofLocalField(currentTarget.value) })}
          />
          <TextInput
            type="datetime-local"
            label="To"
            value={localField(to)}
            onChange={({ currentTarget }) => change({ to: ofLocalField(currentTarget.value) })}
          />
        </>
      )}
      {Object.keys(filters).length > 0 && (
        <Button variant="subtle" onClick={() => change(noFilters)}>
          Clear filters
        </Button>
      )}
    </search>
  )
}

export const noFilters = {
  client_id: undefined,
  outcome: undefined,
  reason: undefined,
  range: undefined,
  from: undefined,
  to: undefined,
}

/** A day back is where somebody who chooses for themselves begins. */
function timeOf(
  value: string,
): Pick<{ [Name in keyof Filters]: Filters[Name] | undefined }, 'range' | 'from' | 'to'> {
  const range = keysOf(ranges).find((one) => one === value)
  const from = value === 'custom' ? new Date(Date.now() - 86_400_000).toISOString() : undefined
  return { range, from, to: undefined }
}
