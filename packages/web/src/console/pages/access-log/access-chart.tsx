import '@mantine/charts/styles.css'
import { BarChart } from '@mantine/charts'
import type { AccessTimelineAnswer } from '@valetkey/protocol'

const series = [
  { name: 'approved', label: 'Approved', color: 'var(--vk-good)' },
  { name: 'pending', label: 'Pending', color: 'var(--vk-warn)' },
  { name: 'rejected', label: 'Rejected', color: 'var(--vk-bad)' },
]

/** Every day a bar of its outcomes, for the eye alone: the same numbers stand in a table beside it. */
export default function AccessChart({
  days,
  height,
}: {
  days: AccessTimelineAnswer['days']
  height: number
}) {
  return (
    <div aria-hidden="true">
      <BarChart
        h={height}
        data={days}
        dataKey="date"
        type="stacked"
        series={series}
        withLegend
        maxBarWidth={36}
        yAxisProps={{ allowDecimals: false, width: 36 }}
        xAxisProps={{ tickFormatter: shortDay, minTickGap: 16 }}
        barProps={{ isAnimationActive: false }}
        barChartProps={{ accessibilityLayer: false }}
        tooltipAnimationDuration={0}
      />
    </div>
  )
}

const dayForm = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', timeZone: 'UTC' })
const shortDay = (date: string): string => dayForm.format(new Date(date))
