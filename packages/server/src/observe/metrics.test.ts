import { fork } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { metricRows } from './metric-rows.ts'
import { createMetrics, type MetricsSnapshot, noMetrics, pageOfMany } from './metrics.ts'

test('what is counted is on the page, with Node’s own figures', async () => {
  const metrics = await createMetrics()
  metrics.count('token_requests', { dialect: 'storx', outcome: 'refused', reason: 'signature_wrong' })
  metrics.count('token_requests', { dialect: 'storx', outcome: 'refused', reason: 'signature_wrong' }, 2)
  metrics.observe('store_seconds', { method: 'codes.redeem' }, 0.004)
  let waiting = 3
  metrics.gauge('records_waiting', { kind: 'traces' }, () => waiting)
  const { text, content_type } = await metrics.page()
  expect(content_type).toMatch(/^text\/plain; version=0\.0\.4/)
  expect(text).toContain(
    'valetkey_token_requests_total{dialect="storx",outcome="refused",reason="signature_wrong"} 3',
  )
  expect(text).toContain('valetkey_store_seconds_bucket{le="0.005",method="codes.redeem"} 1')
  expect(text).toContain('valetkey_store_seconds_bucket{le="0.0025",method="codes.redeem"} 0')
  expect(text).toContain('valetkey_records_waiting{kind="traces"} 3')
  for (const name of [
    'process_resident_memory_bytes',
    'nodejs_eventloop_lag_p99_seconds',
    'process_start_time_seconds',
  ])
    expect(text).toContain(`# TYPE ${name} `)
  waiting = 5
  expect((await metrics.page()).text).toContain('valetkey_records_waiting{kind="traces"} 5')
})

test('a label that is no word of ours is not repeated', async () => {
  const metrics = await createMetrics()
  for (const reason of ['canary secret', 'canary"\n', 'c'.repeat(121), 'canary=', ''])
    metrics.count('refusals', { reason })
  const { text } = await metrics.page()
  expect(text).toContain('valetkey_refusals_total{reason="other"} 5')
  expect(text).not.toMatch(/canary|ccc/)
})

test('however many series are asked for, memory holds a number of them', async () => {
  const metrics = await createMetrics()
  for (let at = 0; at < 5_000; at++) metrics.count('refusals', { reason: `made_up_${at}` })
  const lines = (await metrics.page()).text
    .split('\n')
    .filter((line) => line.startsWith('valetkey_refusals_total{'))
  expect(lines).toHaveLength(2_001)
  expect(lines).toContain('valetkey_refusals_total{reason="other"} 3000')
})

test('names and labels are those of Prometheus: counters end in _total, times in _seconds, and none names a person', () => {
  for (const { name, kind, labels } of Object.values(metricRows)) {
    expect(name).toMatch(/^valetkey_[a-z0-9_]+$/)
    expect(name.endsWith('_total'), name).toBe(kind === 'counter')
    for (const label of labels) expect(label).not.toMatch(/client|user|developer|network|email|id$|path|url/)
  }
})

test('the figures of several processes are one page: sums, and the largest where a sum means nothing', async () => {
  const [one, other] = [await createMetrics(), await createMetrics()]
  for (const [metrics, times] of [
    [one, 2],
    [other, 5],
  ] as const) {
    metrics.count('redemptions', { result: 'done' }, times)
    metrics.gauge('hashing_running', { of: 'root_key' }, () => times)
    metrics.gauge('last_sweep', {}, () => times)
    metrics.observe('http_request_seconds', { method: 'GET', route: '/healthz', status: '200' }, 0.02)
  }
  const passed: MetricsSnapshot[] = JSON.parse(JSON.stringify([await one.snapshot(), await other.snapshot()]))
  const { text } = await pageOfMany(passed)
  expect(text).toContain('valetkey_redemptions_total{result="done"} 7')
  expect(text).toContain('valetkey_argon2id_running{of="root_key"} 7')
  expect(text).toContain('valetkey_last_sweep_timestamp_seconds 5')
  expect(text).toContain('valetkey_http_request_seconds_count{method="GET",route="/healthz",status="200"} 2')
})

test('a process whose figures nobody asks for loads nothing that counts them', async () => {
  expect(noMetrics.on).toBe(false)
  const child = fork(new URL('./testing/loaded-modules.ts', import.meta.url), {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  const [loaded] = (await once(child, 'message')) as [readonly string[]]
  await once(child, 'exit')
  expect(loaded).toContain('fastify')
  expect(loaded).not.toContain('prom-client')
})

test('processes that serve together show one page, whichever is asked, without those that do not answer', async () => {
  const primary = fork(new URL('./testing/cluster-process.ts', import.meta.url))
  const [{ gathered, shown }] = await once(primary, 'message')
  await once(primary, 'exit')
  for (const text of [gathered, shown]) expect(text).toContain('valetkey_redemptions_total{result="done"} 42')
})
