import { expect, test } from 'vitest'
import { formatShareUrl } from './share-url.ts'
import { codeOf } from './testing/vector.ts'

const form = { base_url: 'https://link.example', access_key_id: 'id' }

test('names are escaped so that no name can leave the path', () => {
  const url = formatShareUrl({ ...form, bucket: 'b', key: 'ü ?#%/x' })
  expect(url).toBe('https://link.example/s/id/b/%C3%BC%20%3F%23%25/x')
})

test('a key without a bucket has no address', () => {
  expect(codeOf(() => formatShareUrl({ ...form, key: 'x' }))).toBe('share_url')
})
