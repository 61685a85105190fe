import { expect, test } from 'vitest'
import { searchClients } from './search-clients.ts'

const aClient = (name: string, change: object = {}) => ({
  name,
  description: '',
  client_id: '0198c5f0-7e1a-7cc2-9a55-3f2b6f0f1a11',
  redirect_uris: ['https://app.example/callback'],
  created_at: '2026-01-01T00:00:00Z',
  ...change,
})
const photos = aClient('Photo Album', { redirect_uris: ['https://photos.example/cb'] })
const backup = aClient('Backup', { description: 'Nightly copies', created_at: '2026-02-01T00:00:00Z' })
const found = (text: string) => searchClients([photos, backup], text).map(({ name }) => name)

test('without a word all are found, newest first', () => {
  expect(found('')).toEqual(['Backup', 'Photo Album'])
  expect(found('  ')).toEqual(['Backup', 'Photo Album'])
})

test('every word counts, wherever it stands and however it is written', () => {
  expect(found('ALBUM photo')).toEqual(['Photo Album'])
  expect(found('nightly')).toEqual(['Backup'])
  expect(found('photos.example')).toEqual(['Photo Album'])
  expect(found('0198c5f0-7e1a')).toEqual(['Backup', 'Photo Album'])
  expect(found('photo nightly')).toEqual([])
})
