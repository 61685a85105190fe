import { availableParallelism } from 'node:os'
import { describe, expect, test } from 'vitest'
import { readSettings, SettingError, settingRows } from './settings.ts'

test('without flags and environment everything has its default', () => {
  const settings = readSettings({}, {})
  expect(settings).toMatchObject({
    port: 10002,
    host: '127.0.0.1',
    data: './data',
    code_ttl: 60,
    consent_ttl: 600,
  })
  expect(settings).toMatchObject({ assertion_max_ttl: 1800, clock_skew: 30, rate_limits: true })
})

test('a flag wins over the environment, the environment over the default, empty text counts as not said', () => {
  expect(readSettings({ port: '1234' }, { VALETKEY_PORT: '4321' }).port).toBe(1234)
  expect(readSettings({}, { VALETKEY_PORT: '4321' }).port).toBe(4321)
  expect(readSettings({}, { VALETKEY_PORT: '' }).port).toBe(10002)
})

describe('a bad value stops the start and names itself, never its value', () => {
  test.each([
    ['VALETKEY_PORT', 'eighty'],
    ['VALETKEY_PORT', '65536'],
    ['VALETKEY_PORT', '-1'],
    ['VALETKEY_CODE_TTL', '601'],
    ['VALETKEY_CODE_TTL', '1e2'],
    ['VALETKEY_DATABASE_URL', 'mysql://db'],
    ['VALETKEY_PUBLIC_URL', 'https://example.com/'],
    ['VALETKEY_PUBLIC_URL', 'https://example.com/path'],
    ['VALETKEY_PUBLIC_URL', 'example.com'],
    ['VALETKEY_MASTER_KEY', 'canary-too-short'],
    ['VALETKEY_SATELLITE_ADDRESS', 'localhost:7777'],
    ['VALETKEY_SATELLITE_ADDRESS', '1@example.org:7777'],
    ['VALETKEY_TRUSTED_PROXIES', 'nonsense'],
    ['VALETKEY_TRUSTED_PROXIES', '10.0.0.0/33'],
    ['VALETKEY_TRUSTED_PROXIES', '0.0.0.0/0'],
    ['VALETKEY_TRUSTED_PROXIES', 'fe80::1%eth0'],
    ['VALETKEY_SMTP_URL', 'smtp://'],
    ['VALETKEY_RATE_LIMITS', 'maybe'],
    ['VALETKEY_RATE_LIMIT_STORE', 'redis'],
    ['VALETKEY_TOKEN_LIMIT', '-1'],
    ['VALETKEY_SMTP_URL', 'http://mail'],
    ['VALETKEY_SMTP_URL', 'smtp://user%zz:pw@mail'],
    ['VALETKEY_PUBLIC_URL', 'https://Example.org'],
    ['VALETKEY_PUBLIC_URL', 'https://user:pw@example.org'],
    ['VALETKEY_PUBLIC_URL', 'https://example.org:443'],
    ['VALETKEY_SATELLITE_ADDRESS', '12EayRS2V1kEsWESU9QMRseFhdxYxKicsiFmxrsLZHeLUtdps3S@host:99999'],
    ['VALETKEY_WORKERS', '0'],
    ['VALETKEY_WORKERS', 'many'],
    ['VALETKEY_DATABASE_PREPARED', 'sometimes'],
    ['VALETKEY_DATABASE_CONNECTIONS', '1001'],
    ['VALETKEY_MAIL_FROM', 'not an address'],
  ])('%s=%s', (name, value) => {
    const start = () => readSettings({}, { [name]: value })
    expect(start).toThrow(SettingError)
    expect(start).toThrow(name)
    expect(start).not.toThrow(value)
  })
})

test('a misspelt setting is not silently ignored', () => {
  expect(() => readSettings({}, { VALETKEY_PROT: '1' })).toThrow('VALETKEY_PROT is not a setting')
})

test('several workers need PostgreSQL, and auto is one for each core', () => {
  const database_url = 'postgres://127.0.0.1/valetkey'
  expect(() => readSettings({ workers: '2' }, {})).toThrow(/VALETKEY_WORKERS.*PostgreSQL/)
  expect(readSettings({ workers: '2', database_url }, {}).workers).toBe(2)
  expect(readSettings({ workers: 'auto', database_url }, {}).workers).toBe(availableParallelism())
})

test('an end of grants beyond the longest is refused', () => {
  expect(() => readSettings({ grant_ttl: '40', grant_max_ttl: '30' }, {})).toThrow('VALETKEY_GRANT_TTL')
})

test('every setting says what it means and in which unit', () => {
  for (const row of Object.values(settingRows)) {
    expect(row.means.length).toBeGreaterThan(10)
    expect(row.unit).not.toBe('')
  }
})

describe('--dev explains refusals to whoever asks, so only this machine may ask', () => {
  test.each([
    {},
    { host: '::1' },
    { host: 'localhost', public_url: 'http://localhost:8080' },
    { public_url: 'http://127.0.0.1:10002' },
  ])('it starts with %o', (flags) => {
    expect(readSettings({ ...flags, dev: 'on' }, {}).dev).toBe(true)
  })

  test.each([
    { host: '0.0.0.0' },
    { host: '::' },
    { host: '192.168.1.5' },
    { host: '127.0.0.1.example.org' },
    { public_url: 'https://auth.example' },
    { trusted_proxies: 'loopback' },
  ])('it does not start with %o', (flags) => {
    expect(() => readSettings(flags, {})).not.toThrow()
    expect(() => readSettings({ ...flags, dev: 'on' }, {})).toThrow('VALETKEY_DEV')
  })
})
