import { Button, Group, Modal, Stack, TextInput } from '@mantine/core'
import { type ReactNode, useEffect, useState } from 'react'
import { Failed } from './failed.tsx'
import { focusHeading } from './focus-heading.ts'
import { useAction } from './use-action.ts'

/** Asks before something that cannot be undone, or that others notice. */
export function Confirm({
  title,
  children,
  action,
  danger = false,
  typed,
  onConfirm,
  onClose,
}: {
  title: string
  /** What it ends, and what stays. */
  children: ReactNode
  /** The word on the button. */
  action: string
  danger?: boolean
  /** What has to be typed first, exactly. */
  typed?: string
  /** Resolves when it is done; the dialog then closes. A refusal is shown in it. */
  onConfirm: () => Promise<void>
  onClose: () => void
}) {
  const [text, setText] = useState('')
  useFocusReturn()
  const { run, busy, failure } = useAction(async () => {
    await onConfirm()
    onClose()
  })
  const ready = typed === undefined || text.trim() === typed
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ 'aria-label': 'Close' }} centered>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (ready && !busy) run()
        }}
      >
        <Stack gap="md">
          <div className="vk-break">{children}</div>
          {typed !== undefined && (
            <TextInput
              label={
                <>
                  Type <b className="vk-break">{typed}</b> to confirm
                </>
              }
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
              autoComplete="off"
              spellCheck={false}
              data-autofocus
            />
          )}
          {failure !== undefined && <Failed error={failure} title="This was refused" />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose} data-autofocus={typed === undefined || undefined}>
              Cancel
            </Button>
            <Button type="submit" color={danger ? 'red' : 'key'} loading={busy} disabled={!ready}>
              {action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

/** When the dialog goes the focus returns to the button that asked for it, if that is still there, unless it has gone on. */
function useFocusReturn(): void {
  const [before] = useState(() => document.activeElement)
  useEffect(
    () => () => {
      requestAnimationFrame(() => {
        if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true })
        else if (document.activeElement === document.body) focusHeading()
      })
    },
    [before],
  )
}
