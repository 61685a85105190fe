import type { ReactNode } from 'react'

/** Something to know before going on, or what went wrong; a `bad` one is said aloud when it comes. */
export function Notice({
  tone,
  title,
  children,
}: {
  tone: 'warn' | 'bad'
  title?: string
  children: ReactNode
}) {
  return (
    <div className={`vk-notice vk-notice-${tone} vk-break`} role={tone === 'bad' ? 'alert' : undefined}>
      {title !== undefined && <strong>{title}</strong>}
      {children}
    </div>
  )
}
