/** How something went or stands, by its colour, its mark and, first of all, its word. */
export type Outcome = 'good' | 'bad' | 'warn' | 'plain'

const marks: Record<Outcome, string> = { good: '✓', bad: '✗', warn: '!', plain: '–' }

export function OutcomeBadge({ outcome, children }: { outcome: Outcome; children: string }) {
  return (
    <span className={`vk-badge vk-badge-${outcome}`}>
      <span aria-hidden="true">{marks[outcome]}</span> {children}
    </span>
  )
}
