import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { fromHex, toHex } from '../core/hex.js'
import { RmbError } from '../errors/rmb.js'
import { type Address, decodeEnvelope, type Envelope, encodeEnvelope, MAX_ENVELOPE_BYTES } from './envelope.js'

const text = fc.string({ unit: 'binary', maxLength: 40 })
const bytes = fc.uint8Array({ maxLength: 80 })
const u32 = fc.integer({ min: 0, max: 0xffffffff })
const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n })
const address: fc.Arbitrary<Address> = fc.record({ twin: u32, connection: text }, { requiredKeys: ['twin'] })
const message = fc.oneof(
  fc.record({ kind: fc.constant('request' as const), command: text }),
  fc.constant({ kind: 'response' as const }),
  fc.record({ kind: fc.constant('error' as const), code: u32, message: text }),
  fc.constant({ kind: 'ping' as const }),
  fc.constant({ kind: 'pong' as const }),
)
const payload = fc.record({ kind: fc.constantFrom('plain' as const, 'cipher' as const), bytes })
const envelope = fc.record(
  {
    uid: text,
    tags: text,
    timestamp: u64,
    expiration: u64,
    source: address,
    destination: address,
    message,
    signature: bytes,
    schema: text,
    federation: text,
    payload,
    relays: fc.array(text, { maxLength: 5 }),
  },
  { requiredKeys: ['uid', 'timestamp', 'expiration', 'relays'] },
)

const empty: Envelope = { uid: '', timestamp: 0n, expiration: 0n, relays: [] }

describe('an envelope', () => {
  it('is the same after encoding and decoding', () => {
    fc.assert(fc.property(envelope, value => expect(decodeEnvelope(encodeEnvelope(value))).toEqual(value)))
  })

  it('of defaults has no bytes, and no bytes are an envelope of defaults', () => {
    expect(encodeEnvelope(empty)).toHaveLength(0)
    expect(decodeEnvelope(new Uint8Array())).toEqual(empty)
  })

  it('is read out of a Buffer as plain bytes', () => {
    const frame = Buffer.from(encodeEnvelope({ ...empty, payload: { kind: 'plain', bytes: Uint8Array.of(1, 2) } }))
    expect(decodeEnvelope(frame).payload?.bytes.constructor).toBe(Uint8Array)
  })

  // Bytes made by npm @threefold/rmb_direct_client 2.9.2.
  const foreign: [string, string, Envelope][] = [
    [
      'a request with everything in it',
      '0a2435663164326333622d303030302d343030302d383030302d3030303030303030303030311203612c621880e2cfaa0620782a0e082a' +
        '120a6b336a326831673066393202080b3a140a127a6f732e6465706c6f796d656e742e6765744a41' +
        '07'.repeat(65) +
        '52106170706c69636174696f6e2f6a736f6e5a036665646a117b22636f6e74726163745f6964223a377d8a011277733a2f3132372e30' +
        '2e302e313a393935358a010d72656c61792e677269642e7466',
      {
        uid: '5f1d2c3b-0000-4000-8000-000000000001',
        tags: 'a,b',
        timestamp: 1700000000n,
        expiration: 120n,
        source: { twin: 42, connection: 'k3j2h1g0f9' },
        destination: { twin: 11 },
        message: { kind: 'request', command: 'zos.deployment.get' },
        signature: new Uint8Array(65).fill(7),
        schema: 'application/json',
        federation: 'fed',
        payload: { kind: 'plain', bytes: Uint8Array.from(Buffer.from('{"contract_id":7}')) },
        relays: ['ws:/127.0.0.1:9955', 'relay.grid.tf'],
      },
    ],
    [
      'a ping to nobody',
      '0a01701881e2cfaa0620282a0e082a120a6b336a3268316730663932007a00',
      {
        uid: 'p',
        timestamp: 1700000001n,
        expiration: 40n,
        source: { twin: 42, connection: 'k3j2h1g0f9' },
        destination: { twin: 0 },
        message: { kind: 'ping' },
        relays: [],
      },
    ],
    [
      'an error with text beyond ASCII',
      '0a01781882e2cfaa0620ac02320808ffffffff0f1200621908681215696e76616c6964207369676e617475726520e29c97',
      {
        uid: 'x',
        timestamp: 1700000002n,
        expiration: 300n,
        destination: { twin: 4294967295, connection: '' },
        message: { kind: 'error', code: 104, message: 'invalid signature ✗' },
        relays: [],
      },
    ],
    [
      'an encrypted response',
      '0a017218ffffffffffffff0f20012a02080b3202082a42007203010203',
      {
        uid: 'r',
        timestamp: 9007199254740991n,
        expiration: 1n,
        source: { twin: 11 },
        destination: { twin: 42 },
        message: { kind: 'response' },
        payload: { kind: 'cipher', bytes: Uint8Array.of(1, 2, 3) },
        relays: [],
      },
    ],
  ]
  it.each(foreign)('of the peer client is read and written byte for byte: %s', (_name, hex, value) => {
    expect(decodeEnvelope(fromHex(hex))).toEqual(value)
    expect(decodeEnvelope(encodeEnvelope(value))).toEqual(value)
    expect([...encodeEnvelope(value)].sort()).toEqual([...fromHex(hex)].sort())
  })

  it.each<[string, string, Partial<Envelope>]>([
    ['the last of a repeated text counts', '0a01610a0162', { uid: 'b' }],
    ['the last of a repeated number counts', '18011802', { timestamp: 2n }],
    ['repeated addresses merge', '2a0208052a03120178', { source: { twin: 5, connection: 'x' } }],
    ['repeated requests merge', '3a030a01613a00', { message: { kind: 'request', command: 'a' } }],
    ['repeated errors merge', '62020807' + '6203120178', { message: { kind: 'error', code: 7, message: 'x' } }],
    ['another member of a oneof replaces the first', '3a030a01614200', { message: { kind: 'response' } }],
    ['a cipher replaces a plain text', '6a0101720102', { payload: { kind: 'cipher', bytes: Uint8Array.of(2) } }],
    ['an unknown number is skipped', 'a00601' + '0a0161', { uid: 'a' }],
    ['unknown bytes are skipped', 'a20602ffff' + '0a0161', { uid: 'a' }],
    ['unknown fixed numbers are skipped', 'a10600000000000000000a0161a50600000000', { uid: 'a' }],
    ['an unknown group is skipped', 'a306a306a4060801a4060a0161', { uid: 'a' }],
    ['a number may be written too long', '188180808000', { timestamp: 1n }],
  ])('%s', (_name, hex, part) => {
    expect(decodeEnvelope(fromHex(hex))).toEqual({ ...empty, ...part })
  })

  it.each<[string, string, RegExp]>([
    ['ends inside a tag', '80', /the bytes end inside a field tag/],
    ['ends inside a number', '1880', /the bytes end inside timestamp/],
    ['ends inside a text', '0a0561', /uid claims 5 bytes, 1 are left/],
    ['claims four gigabytes', '0affffffff0f', /uid claims 4294967295 bytes, 0 are left/],
    ['claims more than four gigabytes', '0affffffffff0f', /the length of uid does not fit into 32 bits/],
    ['has field 0', '0201', /number 0/],
    ['has text that is not UTF-8', '0a02c328', /uid is not UTF-8/],
    ['has a number of 11 bytes', '18ffffffffffffffffffff01', /timestamp is a number of more than 10 bytes/],
    ['has a number of 65 bits', '18ffffffffffffffffff02', /timestamp does not fit into 64 bits/],
    ['has a twin of 33 bits', '2a06088080808010', /undecodable envelope.source: twin does not fit into 32 bits/],
    ['has a text where a number belongs', '1a0161', /field timestamp has wire type 2, it needs 0/],
    ['has a number where a text belongs', '0801', /field uid has wire type 0, it needs 2/],
    ['has wire type 7', 'a706', /wire type 7/],
    ['closes a group that is not open', 'a406', /wire type 4/],
    ['leaves a group open', 'a306', /group 100 is not closed/],
    ['closes another group', 'a306ac06', /group 100 is closed as 101/],
    ['nests groups too deep', 'a306'.repeat(30), /nested/],
    ['has too many relays', '8a0100'.repeat(65), /more than 64 relays/],
  ])('that %s is refused with the reason', (_name, hex, reason) => {
    const decode = () => decodeEnvelope(fromHex(hex))
    expect(decode).toThrow(reason)
    expect(decode).toThrow(RmbError)
    expect(decode).toThrow(expect.objectContaining({ code: 'RMB_ENVELOPE', where: expect.stringContaining('byte') }))
  })

  it('that is too large is refused before it is looked at', () => {
    expect(() => decodeEnvelope(new Uint8Array(MAX_ENVELOPE_BYTES + 1))).toThrow(/is the most/)
    const huge = { ...empty, payload: { kind: 'plain' as const, bytes: new Uint8Array(MAX_ENVELOPE_BYTES) } }
    expect(() => encodeEnvelope(huge)).toThrow(/is the most/)
  })

  it.each<[string, Partial<Envelope>]>([
    ['a negative time', { timestamp: -1n }],
    ['a time beyond 64 bits', { expiration: 1n << 64n }],
    ['a twin that is no whole number', { source: { twin: 1.5 } }],
    ['a twin beyond 32 bits', { destination: { twin: 2 ** 32 } }],
  ])('with %s cannot be written', (_name, part) => {
    expect(() => encodeEnvelope({ ...empty, ...part })).toThrow(RmbError)
  })

  it('decodes or refuses any bytes, and nothing else happens', () => {
    const decodes = (frame: Uint8Array) => {
      try {
        return encodeEnvelope(decodeEnvelope(frame)) !== undefined
      } catch (error) {
        if (error instanceof RmbError && error.code === 'RMB_ENVELOPE') return false
        throw error
      }
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), frame => {
        decodes(frame)
      }),
      { numRuns: 5_000 },
    )
    // Near misses reach deeper than noise: true envelopes with bytes changed, cut and repeated.
    const damaged = fc
      .tuple(envelope, fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }), fc.nat())
      .map(([value, changes, cut]) => {
        const frame = encodeEnvelope(value)
        if (frame.length === 0) return frame
        for (const [at, byte] of changes) frame[at % frame.length] = byte
        return frame.subarray(0, cut % (frame.length + 1))
      })
    fc.assert(
      fc.property(damaged, frame => {
        decodes(frame)
      }),
      { numRuns: 3_000 },
    )
  })

  it('names the same bytes in hex whatever order the fields had', () => {
    const value = decodeEnvelope(fromHex('18050a0161'))
    expect(toHex(encodeEnvelope(value))).toBe('0a01611805')
  })
})
