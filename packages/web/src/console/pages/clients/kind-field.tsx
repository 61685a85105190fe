import { Checkbox, Radio, Stack } from '@mantine/core'
import { type KindChoice, kinds, type WaysChoice } from './client-kind.ts'

/** Where the app runs, in plain words; how it proves who it is follows. */
export function KindField({
  choice,
  onChange,
}: {
  choice: KindChoice
  onChange: (choice: KindChoice) => void
}) {
  return (
    <Stack gap="md">
      <Radio.Group
        label="Kind of app"
        description="How it proves who it is follows from this, and stays."
        value={choice.type}
        onChange={(value) => {
          const chosen = kinds.find(({ type }) => type === value)
          if (chosen !== undefined) onChange({ ...choice, type: chosen.type })
        }}
      >
        <Stack gap="xs" mt="xs">
          {kinds.map(({ type, words, means }) => (
            <Radio key={type} value={type} label={words} description={means} />
          ))}
        </Stack>
      </Radio.Group>
      <WaysField choice={choice} onChange={(ways) => onChange({ ...choice, ...ways })} />
    </Stack>
  )
}

export function WaysField({
  choice,
  onChange,
}: {
  choice: WaysChoice
  onChange: (choice: WaysChoice) => void
}) {
  const { refreshes, devices } = choice
  return (
    <Stack gap="xs">
      <Checkbox
        label="Keep access while the user is away (refresh tokens)"
        checked={refreshes}
        onChange={(event) => onChange({ devices, refreshes: event.currentTarget.checked })}
      />
      <Checkbox
        label="Signs in on devices without a browser"
        description="The user enters a short code on another machine."
        checked={devices}
        onChange={(event) => onChange({ refreshes, devices: event.currentTarget.checked })}
      />
    </Stack>
  )
}
