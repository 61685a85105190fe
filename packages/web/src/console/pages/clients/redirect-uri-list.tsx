import { Button, CloseButton, Group, Stack } from '@mantine/core'
import { type ClientApplicationType, maxRedirectUris } from '@valetkey/protocol'
import { RedirectUriInput } from './redirect-uri-input.tsx'
import { redirectUriProblem } from './redirect-uri-problem.ts'

/** One line of the list; its key stays when another one goes. */
export interface RedirectUriField {
  readonly key: number
  readonly uri: string
}

export const oneEmptyField: readonly RedirectUriField[] = [{ key: 0, uri: '' }]

/** Those that were written, as they are to be registered. */
export const urisIn = (fields: readonly RedirectUriField[]): string[] =>
  fields.map(({ uri }) => uri.trim()).filter((uri) => uri !== '')

interface Rules {
  /** Of the client, where it says one. */
  readonly type: ClientApplicationType | undefined
  /** Whether there must be one. */
  readonly needed: boolean
}

/** Whether there is one at least, where that is needed, and nothing is wrong with any. */
export const areFit = (fields: readonly RedirectUriField[], { type, needed }: Rules): boolean =>
  (urisIn(fields).length > 0 || !needed) &&
  fields.every((field) => redirectUriProblem(field.uri, othersOf(fields, field), type) === undefined)

const othersOf = (fields: readonly RedirectUriField[], { key }: RedirectUriField): string[] =>
  urisIn(fields.filter((field) => field.key !== key))

/** The redirect URIs of a client that is not there yet. */
export function RedirectUriList({
  fields,
  onChange,
  tried,
  type,
  needed,
}: Rules & {
  fields: readonly RedirectUriField[]
  onChange: (fields: readonly RedirectUriField[]) => void
  /** Once it was sent, the first one is told to be missing. */
  tried: boolean
}) {
  const missing = tried && needed && urisIn(fields).length === 0
  const add = () => onChange([...fields, { key: Math.max(...fields.map(({ key }) => key)) + 1, uri: '' }])
  return (
    <Stack gap="sm">
      {fields.map((field, index) => (
        <RedirectUriInput
          key={field.key}
          label={fields.length === 1 ? 'Redirect URI' : `Redirect URI ${index + 1}`}
          {...(index === 0 && { description: 'Where users come back to. https, or http on localhost.' })}
          withAsterisk={needed && index === 0}
          type={type}
          value={field.uri}
          others={othersOf(fields, field)}
          error={missing && index === 0 ? 'At least one is needed.' : undefined}
          onChange={(uri) => onChange(fields.map((one) => (one === field ? { ...one, uri } : one)))}
          rightSection={
            fields.length > 1 && (
              <CloseButton
                aria-label={`Remove redirect URI ${index + 1}`}
                onClick={() => onChange(fields.filter((one) => one !== field))}
              />
            )
          }
        />
      ))}
      {fields.length < maxRedirectUris && (
        <Group>
          <Button size="xs" variant="default" onClick={add}>
            Add another redirect URI
          </Button>
        </Group>
      )}
    </Stack>
  )
}
