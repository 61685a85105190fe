import { Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'

/** Nothing is there yet: why, and what to do about it. */
export function EmptyState({
  title,
  words,
  children,
}: {
  title: string
  words: ReactNode
  children?: ReactNode
}) {
  return (
    <div className="vk-empty">
      <Title order={2} size="h4">
        {title}
      </Title>
      <Text c="dimmed" maw="34rem" mx="auto" component="div">
        {words}
      </Text>
      {children !== undefined && <div className="vk-empty-actions">{children}</div>}
    </div>
  )
}
