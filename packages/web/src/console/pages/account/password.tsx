import { Button, PasswordInput, Text, Title } from '@mantine/core'
import { type ChangePasswordForm, passwordRule } from '@valetkey/protocol'
import { useState } from 'react'
import { call } from '../../api.ts'
import { Failed } from '../../ui/failed.tsx'
import { useAction } from '../../ui/use-action.ts'

/** Another password. It ends every session, so that whoever else was signed in is not any more. */
export function Password({ onChanged }: { onChanged: () => void }) {
  const [password, setPassword] = useState('')
  const [newPassword, setNewPassword] = useState('')
  const { run, busy, failure } = useAction(async () => {
    const body: ChangePasswordForm = { password, newPassword }
    await call('/account/change-password', { method: 'POST', body })
    onChanged()
  })
  return (
    <section className="vk-card ac-card" aria-labelledby="ac-password">
      <Title order={2} id="ac-password">
        Password
      </Title>
      <Text c="dimmed" size="sm">
        Changing it signs you out everywhere, here too.
      </Text>
      <form
        className="ac-form"
        onSubmit={(event) => {
          event.preventDefault()
          if (!busy) run()
        }}
      >
        <PasswordInput
          label="Current password"
          value={password}
          onChange={({ currentTarget }) => setPassword(currentTarget.value)}
          autoComplete="current-password"
          visibilityToggleButtonProps={{ 'aria-label': 'Show the current password', tabIndex: 0 }}
        />
        <PasswordInput
          label="New password"
          description={passwordRule}
          value={newPassword}
          onChange={({ currentTarget }) => setNewPassword(currentTarget.value)}
          autoComplete="new-password"
          visibilityToggleButtonProps={{ 'aria-label': 'Show the new password', tabIndex: 0 }}
        />
        {failure !== undefined && <Failed error={failure} title="The password was not changed" />}
        <div className="ac-actions">
          <Button type="submit" loading={busy} disabled={password === '' || newPassword === ''}>
            Change password
          </Button>
        </div>
      </form>
    </section>
  )
}
