import { Button, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import type { ClientApplicationType } from '@valetkey/protocol'
import type { ReactNode, Ref } from 'react'
import { asSentence } from '../../ui/words-of.ts'
import { redirectUriProblem } from './redirect-uri-problem.ts'

/** One redirect URI, checked by the server's own rule while it is typed: at a pause, since half of one is never right. */
export function RedirectUriInput({
  label,
  value,
  others,
  onChange,
  description,
  rightSection,
  error,
  withAsterisk = false,
  type,
  ref,
}: {
  label: string
  value: string
  /** The rest of the list, which it must not repeat. */
  others: readonly string[]
  onChange: (uri: string) => void
  description?: string
  rightSection?: ReactNode
  /** Said before anything else. */
  error?: string | undefined
  withAsterisk?: boolean
  /** Of the client, where it says one. */
  type?: ClientApplicationType | undefined
  ref?: Ref<HTMLInputElement>
}) {
  const [paused] = useDebouncedValue(value, 350)
  const problem = redirectUriProblem(value, others, type)
  const { form } = problem ?? {}
  const told = paused === value && problem !== undefined ? asSentence(problem.words) : error
  return (
    <div>
      <TextInput
        ref={ref}
        label={label}
        description={description}
        // In an error's colour it would read like a wrong value.
        {...(told === undefined && { placeholder: 'https://app.example/callback' })}
        withAsterisk={withAsterisk}
        inputMode="url"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        value={value}
        error={told}
        errorProps={{ 'aria-live': 'polite', className: 'vk-break' }}
        onChange={(event) => onChange(event.currentTarget.value)}
        rightSection={rightSection}
      />
      {told !== undefined && form !== undefined && (
        <Button size="compact-xs" variant="light" mt={6} onClick={() => onChange(form)} className="vk-wrap">
          Use {form}
        </Button>
      )}
    </div>
  )
}
