/** The files an operator imports speak of what the server really says. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { metricRows } from '../packages/server/src/observe/metric-rows.ts'
import { refusals } from '../packages/server/src/refusals.ts'
import { createDatabase } from './testing/database.ts'
import { aClient, aCode, aUser, call, redeem, startServer } from './testing/story.ts'

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
const alerts = read('ops/alerts.yml')
const dashboard = JSON.parse(read('ops/grafana-dashboard.json')) as {
  panels: { title: string; description?: string; targets?: { expr: string }[] }[]
}
const shown = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
const asked = `${alerts}\n${shown.join('\n')}`
/** Without what Prometheus adds to a histogram. */
const family = (name: string): string => name.replace(/_(?:bucket|sum|count)$/, '')
const names = [...new Set(asked.match(/\b(?:valetkey|nodejs|process)_[a-z0-9_]+/g))]

test('every metric that the dashboard and the alerts ask for is one that the server exposes', async () => {
  const server = await startServer({
    metrics_token: 'a-token-for-prometheus',
    database_url: await createDatabase(),
  })
  const client = await aClient(server)
  const { code } = await aCode(server, client, await aUser(server))
  expect((await redeem(server, client, code)).status).toBe(200)
  const headers = { authorization: 'Bearer a-token-for-prometheus' }
  const { text } = await call(server, 'GET', '/metrics', { headers })
  await server.stop()
  const exposed = new Set(text.match(/(?<=^# TYPE )\w+/gm))
  expect(names.length).toBeGreaterThan(25)
  expect(names.filter((name) => !exposed.has(name) && !exposed.has(family(name)))).toEqual([])
  expect(text).toMatch(/^valetkey_store_connections\{state="idle"\} \d+$/m)
})

test('every metric of the server is on the dashboard or in an alert', () => {
  const used = new Set(names.map(family))
  expect(Object.values(metricRows).filter(({ name }) => !used.has(name) && !names.includes(name))).toEqual([])
})

test('they select by labels that the metric has, and by reasons that there are', () => {
  const rows = Object.values(metricRows)
  for (const [, name = '', selector = ''] of asked.matchAll(/(valetkey_\w+)\{([^}]*)\}/g)) {
    const row = rows.find((one) => one.name === name || one.name === family(name))
    const known: readonly string[] = [...(row?.labels ?? []), 'job', 'instance']
    for (const [, label = ''] of selector.matchAll(/(\w+)(?:=~|!~|!=|=)"/g))
      expect(known, name).toContain(label)
  }
  for (const [, reasons = ''] of asked.matchAll(/reason=~?"([^"]*)"/g))
    for (const reason of reasons.split('|')) expect(Object.keys(refusals)).toContain(reason)
})

test('every alert says what to do, and its paragraph is in the document', () => {
  const told = [...read('docs/monitoring.md').matchAll(/^### (\w+)$/gm)].map(([, name]) => name)
  const rules = alerts.split('- alert: ').slice(1)
  expect(rules.map((rule) => rule.split('\n')[0])).toEqual(told)
  for (const rule of rules) {
    const name = rule.split('\n')[0] ?? ''
    expect(rule).toContain(`docs/monitoring.md#${name.toLowerCase()}'`)
    expect(rule).toMatch(/severity: (?:page|ticket)/)
  }
})

test('every panel says what it shows', () => {
  const panels = dashboard.panels.filter(({ targets }) => targets !== undefined)
  expect(panels.length).toBeGreaterThan(20)
  for (const { title, description = '' } of panels) expect(description, title).toMatch(/\.$/)
})
