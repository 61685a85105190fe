import { Button, TextInput, Title } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import type { AccountAnswer, RenameForm } from '@valetkey/protocol'
import { useState } from 'react'
import { call } from '../../api.ts'
import { accountQuery } from '../../queries.ts'
import { Failed } from '../../ui/failed.tsx'
import { useAction } from '../../ui/use-action.ts'
import { When } from '../../ui/when.tsx'

/** Who it is, and the name that can be changed. */
export function Name({ account }: { account: AccountAnswer }) {
  const queries = useQueryClient()
  const [fullName, setFullName] = useState(account.fullName)
  const [saved, setSaved] = useState(false)
  const { run, busy, failure } = useAction(async () => {
    setSaved(false)
    await call('/account', { method: 'PATCH', body: { fullName } satisfies RenameForm })
    await queries.invalidateQueries({ queryKey: accountQuery.queryKey })
    setSaved(true)
  })
  return (
    <section className="vk-card ac-card" aria-labelledby="ac-you">
      <Title order={2} id="ac-you">
        You
      </Title>
      <dl className="ac-facts">
        <dt>E-mail</dt>
        <dd className="vk-break">{account.email}</dd>
        <dt>Since</dt>
        <dd>
          <When at={account.createdAt} />
        </dd>
      </dl>
      <form
        className="ac-form"
        onSubmit={(event) => {
          event.preventDefault()
          if (!busy) run()
        }}
      >
        <TextInput
          label="Name"
          description="Users see it when your app asks."
          value={fullName}
          onChange={({ currentTarget }) => {
            setFullName(currentTarget.value)
            setSaved(false)
          }}
          autoComplete="name"
        />
        {failure !== undefined && <Failed error={failure} title="The name was not changed" />}
        <div className="ac-actions">
          <Button
            type="submit"
            loading={busy}
            disabled={fullName.trim() === '' || fullName === account.fullName}
          >
            Save
          </Button>
          <span role="status">{saved && 'Saved.'}</span>
        </div>
      </form>
    </section>
  )
}
