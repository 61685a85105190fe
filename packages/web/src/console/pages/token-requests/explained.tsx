import { Title } from '@mantine/core'
import type { ExplanationAnswer, FindingAnswer } from '@valetkey/protocol'
import { type ReactNode, useId } from 'react'
import { capital } from '../../ui/words-of.ts'
import { Evidence, Finding, Fix } from './finding.tsx'
import { findingsIn, type Row, rowsOf } from './steps.ts'
import { results } from './words.ts'

/** What of an explanation is said differently for a request that was never sent. */
interface Manner {
  /** When nothing is wrong. */
  readonly fine: string
  /** At the step that the request ended at. */
  readonly stops: string
}

/**
 * Why a token request was refused: first the one thing to mend first, then every step with all that is wrong in it.
 * `children` stand between the two.
 */
export function Explained({
  explanation,
  children,
  ...manner
}: { explanation: ExplanationAnswer; children?: ReactNode } & Manner) {
  const { steps, first_failure } = explanation
  const first = steps.find(({ step }) => step === first_failure)?.findings[0]
  return (
    <>
      <Headline first={first} {...manner} />
      {children}
      <Steps explanation={explanation} told={first} {...manner} />
    </>
  )
}

function Headline({ first, fine }: { first: FindingAnswer | undefined } & Manner) {
  const id = useId()
  if (first === undefined)
    return (
      <section className="tr-headline tr-headline-good" aria-labelledby={id}>
        <Title order={2} id={id}>
          <span aria-hidden="true">✓ </span>
          {fine}
        </Title>
      </section>
    )
  return (
    <section className="tr-headline tr-headline-bad" aria-labelledby={id}>
      <Title order={2} id={id} className="vk-break">
        <span aria-hidden="true">✗ </span>
        {first.means}
      </Title>
      <Evidence finding={first} />
      <Fix finding={first} />
    </section>
  )
}

function Steps({
  explanation,
  told,
  stops,
}: { explanation: ExplanationAnswer; told: FindingAnswer | undefined } & Manner) {
  const { first_failure } = explanation
  const { client, code } = rowsOf(explanation)
  const count = findingsIn(explanation)
  const list = (rows: readonly Row[]) => (
    <ol className="tr-steps">
      {rows.map((row) => (
        <Step
          key={row.number}
          row={row}
          told={told}
          stops={row.step.step === first_failure ? stops : undefined}
        />
      ))}
    </ol>
  )
  return (
    <section className="tr-all" aria-label="All steps">
      {count > 1 && <p className="tr-count">{count} things to mend, all marked below.</p>}
      <Title order={3}>Is it the client?</Title>
      {list(client)}
      {code.length > 0 && (
        <>
          <Title order={3}>Is it a good code?</Title>
          {list(code)}
        </>
      )}
    </section>
  )
}

function Step({
  row: { number, title, step },
  told,
  stops,
}: {
  row: Row
  told: FindingAnswer | undefined
  stops: string | undefined
}) {
  const { result, note, findings } = step
  const { mark, words } = results[result]
  return (
    <li className={`tr-step tr-${result}`}>
      <span className="tr-mark" aria-hidden="true">
        {mark}
      </span>
      <div className="tr-step-body">
        <div className="tr-step-line">
          <span className="tr-step-title">
            {number}. {capital(title)}
          </span>
          <span className="tr-result">{words}</span>
          {stops !== undefined && <strong className="tr-stops">{stops}</strong>}
        </div>
        {note !== '' && note !== words && <p className="tr-note vk-break">{note}</p>}
        {findings.map((finding, at) => (
          // The findings of a step have nothing that names them, and stay in their order.
          // biome-ignore lint/suspicious/noArrayIndexKey: they never change
          <Finding key={at} finding={finding} told={finding === told} />
        ))}
      </div>
    </li>
  )
}
