import { Checkbox, Radio, Stack, Textarea } from '@mantine/core'
import { actions, actionsInWords } from '@valetkey/protocol'
import { asSentence } from '../../ui/words-of.ts'
import { type ScopeChoice, scopesOf } from './scope-choice.ts'

/** What the client may ask users for: anything, or these rights, in these places. */
export function ScopesField({
  choice,
  onChange,
  tried = false,
}: {
  choice: ScopeChoice
  onChange: (choice: ScopeChoice) => void
  /** Once it was sent, a choice that is missing is told. */
  tried?: boolean
}) {
  const chosen = scopesOf(choice)
  const told = (field: 'actions' | 'places') =>
    !chosen.ok && chosen.field === field && (tried || field === 'places')
      ? asSentence(chosen.problem)
      : undefined
  return (
    <Stack gap="md">
      <Radio.Group
        label="What it may ask users for"
        value={choice.anything ? 'anything' : 'these'}
        onChange={(value) => onChange({ ...choice, anything: value === 'anything' })}
      >
        <Stack gap="xs" mt="xs">
          <Radio value="anything" label="Anything; each request says what" />
          <Radio value="these" label="Only what is chosen here" />
        </Stack>
      </Radio.Group>
      {!choice.anything && (
        <Stack gap="md" pl="1.75rem">
          <Checkbox.Group
            label="Rights"
            description="To replace a file that is there an app needs write and delete."
            value={[...choice.actions]}
            error={told('actions')}
            onChange={(values) =>
              onChange({ ...choice, actions: actions.filter((action) => values.includes(action)) })
            }
          >
            <Stack gap="xs" mt="xs">
              {actions.map((action) => (
                <Checkbox
                  key={action}
                  value={action}
                  label={
                    <>
                      <b>{action}</b>: {actionsInWords[action]}
                    </>
                  }
                />
              ))}
            </Stack>
          </Checkbox.Group>
          <Textarea
            label="Only in these buckets (optional)"
            description="One a line, as photos or photos;2024/trips. Without any: wherever the user allows."
            autosize
            minRows={2}
            maxRows={8}
            spellCheck={false}
            value={choice.places}
            error={told('places')}
            onChange={(event) => onChange({ ...choice, places: event.currentTarget.value })}
          />
        </Stack>
      )}
    </Stack>
  )
}
