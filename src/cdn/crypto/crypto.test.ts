import { createCipheriv } from 'node:crypto'
import { readFileSync } from 'node:fs'

import { describe, expect, it } from '@jest/globals'
import { blake3 } from '@noble/hashes/blake3.js'

import { utf8 } from '../../core/bytes.js'
import { fromHex, toHex } from '../../core/hex.js'
import { loadHasher, openSealed, seal } from './index.js'

const { object } = JSON.parse(readFileSync(new URL('../../../test/vectors/cdn.json', import.meta.url), 'utf8')) as {
  object: { plain: string; contentHash: string; nonce: string; sealed: string; encryptedHash: string }
}
const LENGTHS = [0, 1, 63, 64, 65, 1023, 1024, 1025, 2048, 16_384, 100_001]

describe.each(['native', 'wasm'] as const)('BLAKE3 by the %s implementation', implementation => {
  it('is BLAKE3', async () => {
    const hasher = await loadHasher({ implementation })
    expect(hasher.implementation).toBe(implementation)
    for (const length of LENGTHS) {
      expect(toHex(hasher.hash(bytesOf(length)))).toBe(toHex(blake3(bytesOf(length))))
    }
    expect(toHex(hasher.hash(utf8(object.plain), 16))).toBe(object.contentHash)
    expect(toHex(hasher.hash(fromHex(object.sealed), 16))).toBe(object.encryptedHash)
  })

  it('takes bytes in any pieces, of many streams at once, and whole ones between', async () => {
    const hasher = await loadHasher({ implementation })
    const whole = bytesOf(300_000)
    const streams = await Promise.all(Array.from({ length: 12 }, () => hasher.stream()))
    for (const [index, stream] of streams.entries()) {
      const step = 1_000 * index + 777
      for (let at = 0; at < whole.length; at += step) {
        stream.update(whole.subarray(at, at + step))
        if (at === 0) hasher.hash(whole.subarray(0, 10))
      }
    }
    const expected = toHex(blake3(whole))
    expect(streams.map(stream => toHex(stream.digest()))).toEqual(new Array(12).fill(expected))
    const again = await hasher.stream()
    expect(toHex(again.digest(16))).toBe(toHex(blake3(new Uint8Array())).slice(0, 32))
  })

  it('gives hashes that later ones do not change', async () => {
    const hasher = await loadHasher({ implementation })
    const first = hasher.hash(bytesOf(10))
    const text = toHex(first)
    hasher.hash(bytesOf(11))
    expect(toHex(first)).toBe(text)
    expect(first.buffer.byteLength).toBe(32)
    expect(Object.getPrototypeOf(first)).toBe(Uint8Array.prototype)
  })

  it('ends a stream once', async () => {
    const hasher = await loadHasher({ implementation })
    const stream = await hasher.stream()
    stream.digest()
    expect(() => stream.digest()).toThrow('already taken')
    expect(() => stream.update(bytesOf(1))).toThrow('already taken')
  })

  it.each([0, 33, 1.5])('has no %d bytes', async length => {
    const hasher = await loadHasher({ implementation })
    expect(() => hasher.hash(bytesOf(1), length)).toThrow(expect.objectContaining({ code: 'INPUT_OPTION' }))
  })
})

describe('the hasher', () => {
  it('is the native one where there is one, and one for all', async () => {
    expect((await loadHasher()).implementation).toBe('native')
    expect(await loadHasher()).toBe(await loadHasher())
  })
})

describe.each(['node', 'webcrypto'] as const)('AES-GCM by %s', implementation => {
  const key = fromHex(object.contentHash)
  const nonce = fromHex(object.nonce)

  it('seals and opens the known object', async () => {
    const sealed = await seal({ key, nonce, plain: utf8(object.plain) }, { implementation })
    expect(toHex(sealed)).toBe(object.sealed)
    expect(await openSealed({ key, nonce, sealed }, { implementation })).toEqual(utf8(object.plain))
  })

  it.each([16, 32])('is that of OpenSSL with keys of %i bytes and any length', async keyBytes => {
    const long = bytesOf(keyBytes)
    for (const length of [0, 1, 15, 16, 17, 65_535, 65_536, 65_537, 200_000]) {
      const plain = bytesOf(length)
      const cipher = createCipheriv(keyBytes === 16 ? 'aes-128-gcm' : 'aes-256-gcm', long, nonce)
      const expected = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
      const sealed = await seal({ key: long, nonce, plain }, { implementation })
      expect(Buffer.compare(sealed, expected)).toBe(0)
      const opened = await openSealed({ key: long, nonce, sealed }, { implementation })
      expect(Buffer.compare(opened as Uint8Array, plain)).toBe(0)
    }
  })

  it('shows what it seals piece by piece, in order, to the last byte of the tag', async () => {
    for (const length of [0, 17, 131_072, 300_000]) {
      const hash = await (await loadHasher()).stream()
      const onPiece = (piece: Uint8Array) => hash.update(piece)
      const sealed = await seal({ key, nonce, plain: bytesOf(length), onPiece }, { implementation })
      expect(toHex(hash.digest())).toBe(toHex(blake3(sealed)))
    }
  })

  it('writes where it is told to, and nowhere else', async () => {
    const room = new Uint8Array(100).fill(0xee)
    const sealed = await seal({ key, nonce, plain: utf8(object.plain), into: room.subarray(1) }, { implementation })
    expect([sealed.buffer, sealed.byteOffset, sealed.length]).toEqual([room.buffer, 1, 30])
    expect(toHex(room.subarray(0, 32))).toBe(`ee${object.sealed}ee`)
    const into = new Uint8Array(20)
    const opened = await openSealed({ key, nonce, sealed, into }, { implementation })
    expect([opened?.buffer, opened?.length]).toEqual([into.buffer, 14])
  })

  it('opens nothing that was changed, and leaves nothing of it behind', async () => {
    const sealed = fromHex(object.sealed)
    for (let at = 0; at < sealed.length; at++) {
      const changed = sealed.slice()
      changed[at] = (changed[at] as number) ^ 1
      const into = new Uint8Array(14).fill(1)
      expect(await openSealed({ key, nonce, sealed: changed, into }, { implementation })).toBeUndefined()
      expect(into).toEqual(new Uint8Array(14))
    }
    const otherNonce = nonce.map(byte => byte ^ 1)
    expect(await openSealed({ key, nonce: otherNonce, sealed }, { implementation })).toBeUndefined()
    expect(await openSealed({ key: key.map(byte => byte ^ 1), nonce, sealed }, { implementation })).toBeUndefined()
    for (const length of [0, 15, 16, 29]) {
      const cut = sealed.subarray(0, length)
      expect(await openSealed({ key, nonce, sealed: cut }, { implementation })).toBeUndefined()
    }
  })

  it('refuses keys and nonces of other lengths, and too little room', async () => {
    const plain = bytesOf(4)
    const badKey = { code: 'INPUT_KEY' }
    await expect(seal({ key: bytesOf(24), nonce, plain }, { implementation })).rejects.toMatchObject(badKey)
    await expect(seal({ key, nonce: bytesOf(16), plain }, { implementation })).rejects.toMatchObject(badKey)
    await expect(openSealed({ key: bytesOf(0), nonce, sealed: plain }, { implementation })).rejects.toMatchObject(
      badKey,
    )
    await expect(seal({ key, nonce, plain, into: bytesOf(19) }, { implementation })).rejects.toMatchObject({
      code: 'INPUT_OPTION',
    })
  })
})

function bytesOf(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 251 + (i >> 8)) & 0xff)
}
