import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { fieldChanges } from './field-changes.js'

const SECRET = '‹secret›'

describe('two pieces of data', () => {
  const same: readonly (readonly [string, unknown, unknown])[] = [
    ['absent and an empty text', {}, { public_ip: '' }],
    ['absent and no', {}, { corex: false }],
    ['absent and zero', {}, { size: 0, more: 0n }],
    ['null and an empty list', { gpu: null }, { gpu: [] }],
    ['absent and an empty object', {}, { env: {} }],
    ['an object of zeros and none', { network: { public_ip: '', interfaces: [] } }, {}],
    ['a number and the same bigint', { size: 5 }, { size: 5n }],
    ['GPUs in another order', { gpu: ['a', 'b'] }, { gpu: ['b', 'a'] }],
    [
      'allowed addresses in another order',
      { allowed_ips: ['10.0.0.0/24', '100.64.0.0/32'] },
      { allowed_ips: ['100.64.0.0/32', '10.0.0.0/24'] },
    ],
    [
      'peers in another order',
      { peers: [{ wireguard_public_key: 'a', endpoint: '' }, { wireguard_public_key: 'b' }] },
      { peers: [{ wireguard_public_key: 'b' }, { wireguard_public_key: 'a' }] },
    ],
  ]
  it.each(same)('are the same: %s', (_, from, to) => {
    expect(fieldChanges(from, to)).toEqual([])
    expect(fieldChanges(to, from)).toEqual([])
  })

  const differ: readonly (readonly [string, unknown, unknown, unknown])[] = [
    ['a number', { cpu: 1 }, { cpu: 2 }, [{ path: 'cpu', from: 1, to: 2 }]],
    ['something new', {}, { cpu: 2 }, [{ path: 'cpu', from: undefined, to: 2 }]],
    [
      'a list that means its order',
      { backends: ['a', 'b'] },
      { backends: ['b', 'a'] },
      [
        { path: 'backends[0]', from: 'a', to: 'b' },
        { path: 'backends[1]', from: 'b', to: 'a' },
      ],
    ],
    [
      'one peer of several',
      { peers: [{ wireguard_public_key: 'b', endpoint: 'x' }, { wireguard_public_key: 'a' }] },
      { peers: [{ wireguard_public_key: 'a' }, { wireguard_public_key: 'b', endpoint: 'y' }] },
      [{ path: 'peers[1].endpoint', from: 'x', to: 'y' }],
    ],
    ['what a text and a number say', { a: '5' }, { a: 5 }, [{ path: 'a', from: '5', to: 5 }]],
    ['an object that was a text', { a: 'x' }, { a: { b: 1 } }, [{ path: 'a.b', from: undefined, to: 1 }]],
  ]
  it.each(differ)('differ in %s', (_, from, to, changes) => {
    expect(fieldChanges(from, to)).toEqual(changes)
  })

  const secrets: readonly (readonly [string, unknown, unknown, string])[] = [
    ['a WireGuard key', { wireguard_private_key: 'old' }, { wireguard_private_key: 'new' }, 'wireguard_private_key'],
    ['a Mycelium key that is new', {}, { mycelium: { hex_key: 'new' } }, 'mycelium.hex_key'],
    [
      'a password in a list',
      { backends: [{ password: 'old' }] },
      { backends: [{ password: 'new' }] },
      'backends[0].password',
    ],
    ['a key that is a list', { encryption: { key: ['old'] } }, { encryption: { key: ['new'] } }, 'encryption.key[0]'],
    ['a variable', { env: { SSH_KEY: 'old' } }, { env: { SSH_KEY: 'new' } }, 'env.SSH_KEY'],
    ['a variable with a dot in its name', { env: { 'a.b': 'old' } }, { env: { 'a.b': 'new' } }, 'env.a.b'],
    ['a variable that goes', { env: { TOKEN: 'old' } }, {}, 'env.TOKEN'],
  ]
  it.each(secrets)('never show %s', (_, from, to, path) => {
    expect(fieldChanges(from, to)).toEqual([{ path, from: SECRET, to: SECRET }])
  })

  it('that are anything at all never show what is under env, and are the same as themselves', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string({ minLength: 9 })), fc.jsonValue(), (env, other) => {
        const text = JSON.stringify(fieldChanges({ env: {}, other: null }, { env, other: null }))
        for (const value of Object.values(env)) expect(text).not.toContain(`:${JSON.stringify(value)}`)
        expect(fieldChanges(other, structuredClone(other))).toEqual([])
      }),
    )
  })
})
