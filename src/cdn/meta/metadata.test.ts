import { readFileSync } from 'node:fs'

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { fromHex, toHex } from '../../core/hex.js'
import { CdnError } from '../../errors/cdn.js'
import {
  decodeMetadata,
  encodeMetadata,
  hashBytesOf,
  LAYOUTS,
  type Layout,
  type Location,
  type Metadata,
} from './index.js'

interface Vector {
  readonly name: string
  readonly layout: Layout
  readonly bytes: string
  readonly length: number
  readonly metadata: unknown
}

const { metadata: vectors } = JSON.parse(
  readFileSync(new URL('../../../test/vectors/cdn.json', import.meta.url), 'utf8'),
) as { metadata: readonly Vector[] }

const BYTES = ['contentHash', 'encryptedHash', 'nonce', 'key']
const fromPlain = (plain: unknown) =>
  JSON.parse(JSON.stringify(plain), (key, value) => (BYTES.includes(key) ? fromHex(value) : value)) as Metadata
const bytesOf = ({ bytes }: Vector) => fromHex(bytes.replaceAll(' ', ''))

describe.each(vectors)('$name', vector => {
  const bytes = bytesOf(vector)
  const metadata = fromPlain(vector.metadata)
  const hashBytes = hashBytesOf(vector.layout)

  it('is written as peers write it', () => {
    expect(bytes.length).toBe(vector.length)
    expect(toHex(encodeMetadata(metadata, vector.layout))).toBe(toHex(bytes))
  })

  it('is read, and its layout is told', () => {
    expect(decodeMetadata(bytes, { hashBytes })).toEqual({ metadata, layout: vector.layout, trailingBytes: 0 })
    expect(decodeMetadata(Buffer.from(bytes), { hashBytes }).metadata).toEqual(metadata)
  })

  it('is read with bytes behind it, as peers do', () => {
    const longer = Uint8Array.of(...bytes, 1, 2, 3)
    expect(decodeMetadata(longer, { hashBytes })).toEqual({ metadata, layout: vector.layout, trailingBytes: 3 })
  })

  it('is refused when cut anywhere, with the byte and the field', () => {
    for (let length = 0; length < bytes.length; length++) {
      const error = errorOf(() => decodeMetadata(bytes.subarray(0, length), { hashBytes }))
      expect(error.code).toBe('CDN_META')
      expect(error.details).toEqual({ offset: expect.any(Number), field: expect.stringMatching(/\w/) })
      expect(error.details?.offset as number).toBeLessThanOrEqual(length)
    }
  })

  it('keeps no memory of the blob alive, and does not follow later changes of it', () => {
    const copy = bytes.slice()
    const decoded = decodeMetadata(copy, { hashBytes }).metadata
    copy.fill(0)
    expect(decoded).toEqual(metadata)
  })
})

describe('what is not metadata', () => {
  const good = bytesOf(vectors[0] as Vector)
  const changed = (at: number, ...bytes: number[]) => {
    const copy = good.slice()
    copy.set(bytes, at)
    return copy
  }
  const FULL = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]

  it.each([
    ['an empty blob', new Uint8Array(), 'magic', 0],
    ['other magic', changed(0, 0x58), 'magic', 0],
    ['another version', changed(4, 2), 'version', 4],
    ['a third kind', changed(5, 0, 0, 0, 2), 'kind', 5],
    ['a name longer than the blob', changed(25, ...FULL), 'name', 25],
    ['a name that is not UTF-8', changed(33, 0xff), 'name', 33],
    ['an option that is neither', changed(38, 2), 'mime', 38],
    ['more blocks than bytes', changed(57, ...FULL), 'blocks', 57],
    ['as many blocks as bytes', changed(57, 0, 0, 0, 0, 0, 0, 0, 136), 'blocks', 57],
    ['more shards than bytes', changed(65, 0, 1), 'blocks[0].shards', 65],
    ['a third family of addresses', changed(73, 0, 0, 0, 9), 'blocks[0].shards[0].address', 73],
    ['none of the shards required', changed(139, 0, 0), 'blocks[0].requiredShards', 139],
    ['more shards required than there are', changed(139, 0, 3), 'blocks[0].requiredShards', 139],
    ['an offset beyond any file', changed(141, ...FULL), 'blocks[0].startOffset', 141],
    ['an end before the start', changed(141, 0, 0, 0, 1), 'blocks[0].endOffset', 149],
  ])('is %s', (_, bytes, field, offset) => {
    expect(errorOf(() => decodeMetadata(bytes, { hashBytes: 16 })).details).toEqual({ field, offset })
  })

  it('says so in words', () => {
    expect(() => decodeMetadata(changed(73, 0, 0, 0, 9), { hashBytes: 16 })).toThrow(
      'not metadata: blocks[0].shards[0].address at byte 73: tag 9 is none of 0 (IPv4), 1 (IPv6)',
    )
  })

  it('repeats no secret', () => {
    const secretAt = toHex(good).indexOf('7077') / 2
    const error = errorOf(() => decodeMetadata(changed(secretAt + 2, 9, 9), { hashBytes: 16 }))
    expect(JSON.stringify(error)).not.toContain('pw')
  })
})

describe('metadata that cannot be written', () => {
  const file = fromPlain(vectors[0]?.metadata) as Extract<Metadata, { kind: 'file' }>
  const [block] = file.blocks
  const [location] = block?.shards ?? []
  const withBlock = (more: object) => ({ ...file, blocks: [{ ...block, ...more }] }) as Metadata
  const withLocation = (more: object) => withBlock({ shards: [{ ...location, ...more }] })
  const address = (host: string, port: number) => withLocation({ address: { host, port } })

  it.each<[string, Metadata, Layout, string]>([
    ['a hash of the other layouts', file, 'namespaces-32', 'contentHash'],
    ['half a character in the name', { ...file, name: '\ud800' }, 'namespaces-16', 'name'],
    ['half a character in the type', { ...file, mime: 'a\udc00' }, 'namespaces-16', 'mime'],
    ['a host name', address('zdb.example.org', 1), 'namespaces-16', 'blocks[0].shards[0].address.host'],
    ['an IPv6 zone', address('fe80::1%eth0', 1), 'namespaces-16', 'blocks[0].shards[0].address.host'],
    ['a port that is none', address('1.2.3.4', 65536), 'namespaces-16', 'blocks[0].shards[0].address.port'],
    ['no namespace', withLocation({ namespace: undefined }), 'namespaces-16', 'blocks[0].shards[0].namespace'],
    ['a namespace in a database', file, 'databases-16', 'blocks[0].shards[0].namespace'],
    ['a database in a namespace', withLocation({ db: 1 }), 'namespaces-16', 'blocks[0].shards[0].db'],
    ['a token in a namespace', withLocation({ auth: 'x' }), 'namespaces-16', 'blocks[0].shards[0].auth'],
    ['no shard required', withBlock({ requiredShards: 0 }), 'namespaces-16', 'blocks[0].requiredShards'],
    ['half a shard required', withBlock({ requiredShards: 1.5 }), 'namespaces-16', 'blocks[0].requiredShards'],
    ['an end before the start', withBlock({ startOffset: 9, endOffset: 8 }), 'namespaces-16', 'blocks[0].endOffset'],
    ['an offset below zero', withBlock({ startOffset: -1 }), 'namespaces-16', 'blocks[0].startOffset'],
    ['a short nonce', withBlock({ nonce: new Uint8Array(11) }), 'namespaces-16', 'blocks[0].nonce'],
    [
      'more shards than the code has',
      withBlock({ shards: new Array(257).fill(location) }),
      'namespaces-16',
      'blocks[0].shards',
    ],
  ])('has %s', (_, metadata, layout, field) => {
    const error = errorOf(() => encodeMetadata(metadata, layout))
    expect([error.code, error.details]).toEqual(['CDN_META', { field }])
  })
})

describe('any metadata', () => {
  it.each(LAYOUTS)('comes back as it was from %s', layout => {
    fc.assert(
      fc.property(metadataOf(layout), metadata => {
        const decoded = decodeMetadata(encodeMetadata(metadata, layout), { hashBytes: hashBytesOf(layout) })
        expect(decoded.metadata).toEqual(metadata)
        expect(decoded.trailingBytes).toBe(0)
        const ambiguous = metadata.kind === 'directory' || metadata.blocks.length === 0
        expect(decoded.layout).toBe(ambiguous && layout === 'databases-16' ? 'namespaces-16' : layout)
      }),
      { numRuns: 500 },
    )
  })

  it('keeps byte order marks, long names and the family of mapped addresses', () => {
    const metadata: Metadata = {
      kind: 'file',
      contentHash: new Uint8Array(32),
      name: `\ufeff${'ü'.repeat(10_000)}`,
      blocks: [
        {
          shards: [{ address: { host: '::ffff:10.0.0.1', port: 0 }, namespace: '' }],
          requiredShards: 1,
          startOffset: 0,
          endOffset: Number.MAX_SAFE_INTEGER,
          contentHash: new Uint8Array(32),
          encryptedHash: new Uint8Array(32),
          nonce: new Uint8Array(12),
        },
      ],
    }
    expect(decodeMetadata(encodeMetadata(metadata), { hashBytes: 32 }).metadata).toEqual(metadata)
  })
})

describe('any bytes', () => {
  const readOrRefuse = (bytes: Uint8Array) => {
    for (const hashBytes of [16, 32] as const) {
      try {
        decodeMetadata(bytes, { hashBytes })
      } catch (error) {
        // Plain checks: this runs twenty thousand times.
        const { offset, field } = error instanceof CdnError ? (error.details ?? {}) : {}
        if (typeof offset !== 'number' || typeof field !== 'string' || offset > bytes.length) throw error
      }
    }
  }

  it('are read or refused', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), readOrRefuse), { numRuns: 2000 })
    const header = [0x4d, 0x43, 0x44, 0x4e, 1, 0, 0, 0]
    const headed = fc.uint8Array({ maxLength: 400 }).map(bytes => Uint8Array.of(...header, ...bytes))
    fc.assert(fc.property(headed, readOrRefuse), { numRuns: 2000 })
  })

  it('that were metadata before a few of them changed are read or refused', () => {
    const change = fc.tuple(fc.nat(300), fc.integer({ min: 0, max: 255 }))
    const changed = fc
      .tuple(fc.constantFrom(...vectors.map(bytesOf)), fc.array(change, { minLength: 1, maxLength: 6 }))
      .map(([bytes, changes]) => {
        const copy = bytes.slice()
        for (const [at, value] of changes) copy[at % copy.length] = value
        return copy
      })
    fc.assert(fc.property(changed, readOrRefuse), { numRuns: 5000 })
  })

  it('take memory and time in proportion to their number, whatever they claim', () => {
    // A name as long as can be claimed, and as many entries as fit: nothing is made for what is not there.
    const entries = 60_000
    const blob = new Uint8Array(5 + 4 + 8 + entries * 17)
    blob.set([0x4d, 0x43, 0x44, 0x4e, 1, 0, 0, 0, 1])
    new DataView(blob.buffer).setBigUint64(9, BigInt(entries))
    const before = process.memoryUsage().heapUsed
    const startedAt = performance.now()
    expect(errorOf(() => decodeMetadata(blob, { hashBytes: 16 })).details?.field).toBe('name')
    expect(performance.now() - startedAt).toBeLessThan(2_000)
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(200 * 1024 * 1024)

    new DataView(blob.buffer).setBigUint64(9, BigInt(entries + 1))
    expect(errorOf(() => decodeMetadata(blob, { hashBytes: 16 })).details).toEqual({ field: 'files', offset: 9 })
  })
})

function metadataOf(layout: Layout): fc.Arbitrary<Metadata> {
  const hash = fixed(hashBytesOf(layout))
  const text = fc.string({ unit: 'grapheme', maxLength: 30 })
  const address = fc.record({
    host: fc.oneof(fc.ipV4(), fc.constantFrom('::', '::1', '2001:db8::1', '1:0:0:2::3', '::ffff:1.2.3.4')),
    port: fc.nat(0xffff),
  })
  const location =
    layout === 'databases-16'
      ? fc.record({ address, db: fc.nat(0xffff), auth: text }, { requiredKeys: ['address', 'db'] })
      : fc.record({ address, namespace: text, secret: text }, { requiredKeys: ['address', 'namespace'] })
  const block = fc
    .record({
      shards: fc.array(location as fc.Arbitrary<Location>, { minLength: 1, maxLength: 6 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      startOffset: fc.maxSafeNat().map(offset => Math.floor(offset / 2)),
      blockBytes: fc.nat(5_242_879),
      contentHash: hash,
      encryptedHash: hash,
      nonce: fixed(12),
    })
    .map(({ share, blockBytes, ...one }) => ({
      ...one,
      requiredShards: 1 + Math.floor(share * (one.shards.length - 1)),
      endOffset: one.startOffset + blockBytes,
    }))
  const file = fc.record(
    {
      kind: fc.constant('file' as const),
      contentHash: hash,
      name: text,
      mime: text,
      blocks: fc.array(block, { maxLength: 4 }),
    },
    { requiredKeys: ['kind', 'contentHash', 'name', 'blocks'] },
  )
  const entry = fc.record({ encryptedHash: hash, key: hash }, { requiredKeys: ['encryptedHash'] })
  const directory = fc.record({ kind: fc.constant('directory' as const), name: text, files: fc.array(entry) })
  return fc.oneof(file, directory) as fc.Arbitrary<Metadata>
}

function fixed(length: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: length, maxLength: length }).map(bytes => new Uint8Array(bytes))
}

function errorOf(run: () => unknown): CdnError {
  try {
    run()
  } catch (error) {
    if (error instanceof CdnError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}
