/** One object worked out by peers, from its text to the hash of its blob, through everything that makes one. */
import { readFileSync } from 'node:fs'

import { describe, expect, it } from '@jest/globals'

import { concatBytes, utf8 } from '../../core/bytes.js'
import { fromHex, toHex } from '../../core/hex.js'
import { loadHasher, openSealed, seal } from '../crypto/index.js'
import { createCodec } from '../erasure/index.js'
import { cutShards, pad, paddedBytes, unpad } from '../object/sealed-bytes.js'
import { decodeMetadata, encodeMetadata, type FileMetadata } from './index.js'

const { object } = JSON.parse(readFileSync(new URL('../../../test/vectors/cdn.json', import.meta.url), 'utf8'))

function fileWith(place: { namespace: string } | { db: number }): FileMetadata {
  const { host, ports, name, mime, endOffset } = object.file
  const hashes = {
    contentHash: fromHex(object.contentHash),
    encryptedHash: fromHex(object.encryptedHash),
    nonce: fromHex(object.nonce),
  }
  const shards = ports.map((port: number) => ({ address: { host, port }, ...place }))
  const block = { shards, requiredShards: object.required, startOffset: 0, endOffset, ...hashes }
  return { kind: 'file', contentHash: hashes.contentHash, name, mime, blocks: [block] }
}

describe('the worked object', () => {
  it('has these hashes and these sealed bytes', async () => {
    const hasher = await loadHasher()
    const plain = utf8(object.plain)
    const key = hasher.hash(plain, 16)
    expect(toHex(key)).toBe(object.contentHash)
    const sealed = await seal({ key, nonce: fromHex(object.nonce), plain })
    expect(toHex(sealed)).toBe(object.sealed)
    expect(toHex(hasher.hash(sealed, 16))).toBe(object.encryptedHash)
  })

  it('has these shards, and comes back from any three', async () => {
    const sealed = fromHex(object.sealed)
    const padded = new Uint8Array(paddedBytes(sealed.length, object.required))
    padded.set(sealed)
    pad(padded, sealed.length)
    const codec = await createCodec({ required: object.required, total: 4 })
    const data = cutShards(padded, object.required)
    const shards = [...data, ...codec.encode(data)]
    expect(shards.map(toHex)).toEqual(object.shards)
    for (let lost = 0; lost < 4; lost++) {
      const left = shards.map((shard, i) => (i === lost ? undefined : shard))
      const again = concatBytes(...codec.reconstruct(left, [0, 1, 2]))
      expect(toHex(unpad(again, object.required) as Uint8Array)).toBe(object.sealed)
    }
  })

  it('has this metadata in either layout, and this blob', async () => {
    const hasher = await loadHasher()
    const plain = encodeMetadata(fileWith({ namespace: object.file.namespace }), 'namespaces-16')
    expect([plain.length, toHex(hasher.hash(plain, 16))]).toEqual([object.namespaces16.length, object.namespaces16.key])
    const databases = encodeMetadata(fileWith({ db: object.databases16.db }), 'databases-16')
    expect([databases.length, toHex(hasher.hash(databases, 16))]).toEqual([
      object.databases16.length,
      object.databases16.key,
    ])
    expect(decodeMetadata(plain, { hashBytes: 16 }).layout).toBe('namespaces-16')
    expect(decodeMetadata(databases, { hashBytes: 16 }).layout).toBe('databases-16')

    const nonce = fromHex(object.blob.nonce)
    const key = fromHex(object.namespaces16.key)
    const blob = concatBytes(await seal({ key, nonce, plain }), nonce)
    expect([blob.length, toHex(hasher.hash(blob, 16))]).toEqual([object.blob.length, object.blob.encryptedHash])
    expect(await openSealed({ key, nonce, sealed: blob.subarray(0, -12) })).toEqual(plain)
  })

  it('has this directory around it', async () => {
    const hasher = await loadHasher()
    const entry = { encryptedHash: fromHex(object.blob.encryptedHash), key: fromHex(object.namespaces16.key) }
    const plain = encodeMetadata({ kind: 'directory', name: object.directory.name, files: [entry] }, 'namespaces-16')
    expect([plain.length, toHex(hasher.hash(plain, 16))]).toEqual([object.directory.length, object.directory.key])
  })
})
