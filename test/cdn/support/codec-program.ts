/** Seals, hashes, codes and describes a block, in Node and in a browser alike; answers with JSON of what came out. */

import { loadHasher, openSealed, seal } from '../../../src/cdn/crypto/index.js'
import { createCodec } from '../../../src/cdn/erasure/index.js'
import { decodeMetadata, encodeMetadata, formatReferenceUrl, parseReference } from '../../../src/cdn/meta/index.js'

const hex = (bytes: Uint8Array | undefined) =>
  Array.from(bytes ?? [], byte => byte.toString(16).padStart(2, '0')).join('')

export async function work(kernel: 'simd' | 'portable'): Promise<string> {
  const hasher = await loadHasher({ implementation: 'wasm' })
  const any = await loadHasher()
  const plain = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 31) & 0xff)
  const key = hasher.hash(plain)
  const nonce = new Uint8Array(12)
  const sealed = await seal({ key, nonce, plain })
  const opened = await openSealed({ key, nonce, sealed })
  const refused = await openSealed({ key, nonce, sealed: sealed.map(byte => byte ^ 1) })
  const stream = await any.stream()
  stream.update(sealed)
  const encryptedHash = stream.digest()
  const length = 33_339
  const padded = new Uint8Array(3 * length)
  padded.set(sealed)
  const data = [0, 1, 2].map(i => padded.subarray(i * length, (i + 1) * length))
  const codec = await createCodec({ required: 3, total: 5, kernel })
  const parity = codec.encode(data)
  const [again] = codec.reconstruct([undefined, data[1], data[2], undefined, parity[1]], [0])
  const address = { host: '2001:db8::1', port: 9900 }
  const block = {
    shards: [{ address, namespace: 'ü' }],
    requiredShards: 1,
    startOffset: 0,
    endOffset: 99_999,
    contentHash: key,
    encryptedHash,
    nonce,
  }
  const blob = encodeMetadata({ kind: 'file', name: 'a', contentHash: key, blocks: [block] })
  const { metadata } = decodeMetadata(blob, { hashBytes: 32 })
  const url = formatReferenceUrl({ encryptedHash, key, registry: 'http://cdn.localhost:8080' })
  return JSON.stringify({
    kernel: codec.kernel,
    sealed: hex(encryptedHash),
    opened: hex(opened && hasher.hash(opened)) === hex(key),
    refused: refused === undefined,
    parity: parity.map(shard => hex(hasher.hash(shard))),
    again: hex(again) === hex(data[0]),
    verdict: codec.verify([data[0], data[1], parity[0], parity[0], parity[1]]),
    blob: hex(blob),
    host: metadata.kind === 'file' && metadata.blocks[0]?.shards[0]?.address.host,
    url,
    key: hex(parseReference(url).key) === hex(key),
  })
}
