import type { AccessStatisticsAnswer } from '@valetkey/protocol'
import { Figure, Figures } from '../../ui/figures.tsx'

const form = new Intl.NumberFormat('en')

/** How it ended, in numbers. */
export function AccessStatistics({ statistics }: { statistics: AccessStatisticsAnswer }) {
  const { total, approved, pending, rejected, success_rate } = statistics
  return (
    <Figures label="Statistics">
      <Figure name="Requests">{form.format(total)}</Figure>
      <Figure name="Approved">{form.format(approved)}</Figure>
      <Figure name="Pending">{form.format(pending)}</Figure>
      <Figure name="Rejected">{form.format(rejected)}</Figure>
      <Figure name="Success rate">{total === 0 ? '–' : `${form.format(success_rate)} %`}</Figure>
    </Figures>
  )
}
