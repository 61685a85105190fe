import { Button, Group, Stack, Text } from '@mantine/core'
import { type ReactNode, useEffect, useRef } from 'react'
import { CopyButton } from '../ui/copy-button.tsx'
import { Notice } from '../ui/notice.tsx'
import { LeaveGuard } from './leave-guard.tsx'

interface Value {
  readonly label: string
  /** What the button that copies it calls it. */
  readonly name: string
  readonly value: string
}

/** A new secret, the only time it is shown. Whoever leaves before it is stored is asked. */
export function ShownOnce({
  title,
  values,
  stored = false,
  onStored,
  besides,
  children,
}: {
  title: string
  values: readonly Value[]
  /** Nobody is asked any more. */
  stored?: boolean
  onStored: () => void
  /** Another way to store it. */
  besides?: ReactNode
  /** What is to be known of it. */
  children: ReactNode
}) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  return (
    <section className="vk-card" aria-labelledby="shown-once">
      {!stored && <LeaveGuard />}
      <Stack gap="md">
        <h2 id="shown-once" ref={heading} tabIndex={-1} className="vk-h2 vk-flush">
          {title}
        </h2>
        <Notice tone="warn" title="Shown only once">
          {children}
        </Notice>
        {values.map(({ label, name, value }) => (
          <div key={label}>
            <Text size="sm" fw={500} mb={4}>
              {label}
            </Text>
            <div className="vk-credential">
              <code>{value}</code>
              <CopyButton text={value} what={name} />
            </div>
          </div>
        ))}
        <Group justify={besides === undefined ? 'flex-end' : 'space-between'}>
          {besides}
          <Button onClick={onStored}>I have stored it</Button>
        </Group>
      </Stack>
    </section>
  )
}
