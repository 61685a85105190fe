import { expect } from 'vitest'
import { decodeBase58, decodeBase58Check, encodeBase58, encodeBase58Check } from '../base58.ts'
import { allowedPathToJson } from '../caveat.ts'
import { formatNodeId, formatNodeUrl, knownSatelliteId, parseNodeId, parseNodeUrl } from '../node-url.ts'
import { MessageWriter } from '../protobuf.ts'
import { fallbackSalt } from '../root-key.ts'
import { formatShareUrl } from '../share-url.ts'
import { encodeUtf8 } from '../text.ts'
import { durationOf, nanosecondsOf } from '../time.ts'
import { type Checks, codeOf, hex } from './vector.ts'

export const encodingChecks: Checks = {
  base58: ({ inputs, expected }) => {
    if (inputs.has('string')) {
      expect(hex(decodeBase58(inputs.text('string')))).toBe(expected.text('bytes_hex'))
      return
    }
    expect(encodeBase58(inputs.bytes('bytes_hex'))).toBe(expected.text('value'))
    expect(hex(decodeBase58(expected.text('value')))).toBe(inputs.text('bytes_hex'))
  },

  base58check: ({ inputs, expected }) => {
    const version = inputs.number('version')
    const payload = inputs.bytes('payload_hex')
    expect(encodeBase58Check(payload, version)).toBe(expected.text('value'))
    expect(decodeBase58Check(expected.text('value'))).toEqual({ version, payload })
  },

  'base58check-errors': ({ inputs, expected }) => {
    expect(codeOf(() => decodeBase58Check(inputs.text('string')))).toBe(expected.text('error'))
  },

  'node-id': ({ inputs, expected }) => {
    expect(formatNodeId(inputs.bytes('id_hex'))).toBe(expected.text('value'))
    expect(hex(parseNodeId(expected.text('value')))).toBe(inputs.text('id_hex'))
  },

  'node-url': ({ inputs, expected }) => {
    const text = inputs.text('url')
    if (expected.has('error')) {
      expect(codeOf(() => parseNodeUrl(text))).toMatch(/^node_(?:url|id)$/u)
      return
    }
    const url = parseNodeUrl(text)
    expect(url.id ? hex(url.id) : null).toBe(expected.raw('id_hex'))
    expect(url.address).toBe(expected.text('address'))
    expect(formatNodeUrl(url)).toBe(text)
  },

  'known-satellite': ({ inputs, expected }) => {
    expect(knownSatelliteId(inputs.text('address'))).toBe(expected.text('value'))
  },

  json: ({ inputs, expected }) => {
    const path = {
      bucket: encodeUtf8(inputs.text('bucket')),
      encrypted_path_prefix: encodeUtf8(inputs.text('encrypted_path_prefix')),
    }
    expect(JSON.stringify(allowedPathToJson(path))).toBe(expected.text('value'))
  },

  duration: ({ inputs, expected }) => {
    const writer = new MessageWriter()
    writer.message(1, () => {
      writer.int64(1, inputs.integer('seconds'))
      writer.int32(2, inputs.number('nanos'))
    })
    expect(hex(writer.finish())).toBe(expected.text('value'))
  },

  'duration-saturate': ({ inputs, expected }) => {
    const nanoseconds = nanosecondsOf({ seconds: inputs.integer('seconds'), nanos: inputs.number('nanos') })
    expect(nanoseconds).toBe(expected.integer('nanoseconds'))
    expect(nanosecondsOf(durationOf(nanoseconds))).toBe(nanoseconds)
  },

  'salt-fallback': ({ inputs, expected }) => {
    expect(hex(fallbackSalt(inputs.bytes('project_id_hex')))).toBe(expected.text('value'))
  },

  'share-url': ({ inputs, expected }) => {
    const act = () =>
      formatShareUrl({
        base_url: inputs.text('base_url'),
        access_key_id: inputs.text('access_key_id'),
        bucket: inputs.text('bucket'),
        key: inputs.text('key'),
        raw: inputs.raw('raw') === true,
      })
    if (expected.has('error')) expect(codeOf(act)).toBe('share_url')
    else expect(act()).toBe(expected.text('value'))
  },
}
