import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { Secret } from '../../../core/secret.js'
import { fingerprintOf } from './fingerprint.js'
import type { ServiceSpec } from './port.js'

const spec: ServiceSpec = {
  name: 'dhcp-zos',
  namespace: 'root',
  command: ['udhcpc', '-i', 'zos'],
  after: ['a', 'b'],
  files: [
    { path: '/run/a', content: new Secret('alpha') },
    { path: '/run/b', content: new Secret('beta'), executable: true },
  ],
}
const [alpha, beta] = spec.files as readonly [
  NonNullable<ServiceSpec['files']>[0],
  NonNullable<ServiceSpec['files']>[0],
]

describe('the fingerprint of a service', () => {
  it('is the same for the same content, as text or bytes, in any order', () => {
    const other = {
      ...spec,
      after: ['b', 'a'],
      files: [beta, { ...alpha, content: new Secret(new TextEncoder().encode('alpha')) }],
    }
    expect(fingerprintOf(other)).toBe(fingerprintOf(spec))
    expect(fingerprintOf(spec)).toMatch(/^[0-9a-f]{64}$/)
  })

  it.each<[string, Partial<ServiceSpec>]>([
    ['its name', { name: 'dhcp-zoz' }],
    ['its namespace', { namespace: 'ndmz' }],
    ['an argument', { command: ['udhcpc', '-i', 'zoz'] }],
    ['where an argument ends', { command: ['udhcpc', '-i zos'] }],
    ['what it waits for', { after: ['a'] }],
    ['the content of a file', { files: [{ ...alpha, content: new Secret('alphb') }, beta] }],
    ['the place of a file', { files: [{ ...alpha, path: '/run/c' }, beta] }],
    ['the mode of a file', { files: [{ ...alpha, executable: true }, beta] }],
    ['a file', { files: [beta] }],
  ])('is another when %s changes', (_what, change) => {
    expect(fingerprintOf({ ...spec, ...change })).not.toBe(fingerprintOf(spec))
  })

  it('tells any two commands apart', () => {
    const command = fc.array(fc.string(), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(command, command, (a, b) => {
        const of = (one: string[]) => fingerprintOf({ ...spec, command: one as [string, ...string[]] })
        expect(of(a) === of(b)).toBe(JSON.stringify(a) === JSON.stringify(b))
      }),
    )
  })
})
