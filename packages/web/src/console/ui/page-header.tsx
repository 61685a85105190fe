import { Text, Title } from '@mantine/core'
import { useDocumentTitle } from '@mantine/hooks'
import type { ReactNode } from 'react'

/**
 * The heading of a page, its document title, and what can be done here. Every page has one in each of its states: the
 * focus goes there after navigation.
 */
export function PageHeader({
  title,
  lead,
  children,
}: {
  title: string
  /** One sentence below the heading. */
  lead?: ReactNode
  /** Buttons, at the end of the line. */
  children?: ReactNode
}) {
  useDocumentTitle(`${title} - Valetkey`)
  return (
    <div className="vk-page-header">
      <div className="vk-page-title">
        <Title order={1} tabIndex={-1} className="vk-break">
          {title}
        </Title>
        {lead !== undefined && (
          <Text component="div" c="dimmed" className="vk-break">
            {lead}
          </Text>
        )}
      </div>
      {Boolean(children) && <div className="vk-page-actions">{children}</div>}
    </div>
  )
}
