import type { ReactNode } from 'react'

/** A few numbers side by side, each with its name. */
export function Figures({ label, children }: { label: string; children: ReactNode }) {
  return (
    <dl className="vk-figures" aria-label={label}>
      {children}
    </dl>
  )
}

export function Figure({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="vk-card">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}
