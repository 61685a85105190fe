import { expect, test } from 'vitest'
import { formatNodeId, formatNodeUrl, parseNodeId, parseNodeUrl } from './node-url.ts'
import { codeOf } from './testing/vector.ts'

const id = '12vha9oTFnerxYRgeQ2BZqoFrLrnmmf5UWTCY2jA77dF3YvWew7'

test.each([
  `${id}@33.20.0.1:7777`,
  `${id}@?debounce=3`,
  `${id}@?f=ff`,
  `${id}@33.20.0.1:7777?noise_proto=2`,
  `${id}@33.20.0.1:7777?debounce=3&f=ffffffffffffffff&noise_proto=2&noise_pub=${id}`,
])('%s reads and prints back the same', (text) => {
  expect(formatNodeUrl(parseNodeUrl(text))).toBe(text)
})

test('the scheme of Storj and that of StorX are both understood and not kept', () => {
  for (const scheme of ['storj://', 'storxnetwork://', 'STORJ://']) {
    expect(formatNodeUrl(parseNodeUrl(`${scheme}${id}@host:1`))).toBe(`${id}@host:1`)
  }
})

test.each([
  ['another scheme', `http://${id}@host:1`],
  ['an empty id', '@host:1'],
  ['a path', `${id}@host:1/path`],
  ['a port that is no number', `${id}@host:http`],
  ['a control character', `${id}@ho\u0000st:1`],
  ['two questions', `${id}@host:1?f=1?f=2`],
  ['an odd bracket', `${id}@[::1:7777`],
  ['debounce in words', `${id}@host:1?debounce=three`],
  ['features beyond 64 bits', `${id}@host:1?f=10000000000000000`],
  ['a noise key that is mistyped', `${id}@host:1?noise_pub=12vha`],
])('a node URL with %s is refused', (_, text) => {
  expect(codeOf(() => parseNodeUrl(text))).toMatch(/^node_(?:url|id)$/u)
})

test('a node id is 32 bytes, neither one more nor one less', () => {
  expect(formatNodeId(parseNodeId(id))).toBe(id)
  expect(codeOf(() => formatNodeId(new Uint8Array(31)))).toBe('node_id')
  expect(codeOf(() => formatNodeId(new Uint8Array(33)))).toBe('node_id')
  expect(codeOf(() => parseNodeId(`${id.slice(0, -1)}8`))).toBe('node_id')
})
