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

test('a mark that Go escapes in a path is escaped', () => {
  // As net/url prints it; compared with Go itself in interop.
  expect(formatShareUrl({ ...form, bucket: 'b', key: "a!b'c(d)*e" })).toBe(
    'https://link.example/s/id/b/a%21b%27c%28d%29%2Ae',
  )
})
