import type { FindingAnswer } from '@valetkey/protocol'
import { keysOf } from '../../keys-of.ts'
import { CodeBlock } from '../../ui/code-block.tsx'
import { TextLink } from '../../ui/text-link.tsx'
import { placeOfFix } from './place-of-fix.ts'

/** One thing that is wrong. Where the headline `told` it, the way out of it is there. */
export function Finding({ finding, told }: { finding: FindingAnswer; told: boolean }) {
  return (
    <div className="tr-finding">
      <p className="tr-means vk-break">
        {finding.means} <code className="tr-cause">{finding.cause}</code>
      </p>
      <Evidence finding={finding} />
      {!told && <Fix finding={finding} />}
    </div>
  )
}

const names = { seen: 'Seen', expected: 'Expected', apart: 'Difference' } as const

/** The value that came, the one that should have, and what lies between them: strangers' text, as text. */
export function Evidence({ finding }: { finding: FindingAnswer }) {
  const evidence = keysOf(names).flatMap((name) => {
    const value = finding[name]
    return value === null || value === '' ? [] : [{ name, value }]
  })
  if (evidence.length === 0) return null
  return (
    <dl className="tr-evidence">
      {evidence.map(({ name, value }) => (
        <div key={name}>
          <dt>{names[name]}</dt>
          <dd className="vk-break">{value}</dd>
        </div>
      ))}
    </dl>
  )
}

/** What to do about it. */
export function Fix({ finding: { fix, snippet } }: { finding: FindingAnswer }) {
  const place = snippet === null ? undefined : placeOfFix(snippet)
  return (
    <div className="tr-fix">
      <p className="vk-break">
        <span aria-hidden="true">→ </span>
        {fix}
      </p>
      {snippet !== null && <CodeBlock code={snippet} what="the fix" />}
      {place !== undefined && (
        <p>
          <TextLink
            to="/clients/$client_id"
            params={{ client_id: place.client_id }}
            search={{ tab: place.tab }}
          >
            {place.words}
          </TextLink>
        </p>
      )}
    </div>
  )
}
