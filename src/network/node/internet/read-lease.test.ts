import { spawnSync } from 'node:child_process'

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { readLease } from './read-lease.js'
import { udhcpc } from './udhcpc.js'

const printed = (values: Record<string, string>) =>
  Object.entries(values)
    .map(([key, value]) => `lease.${key}=${value}`)
    .join('\n')
const good = {
  ip: '192.168.7.99',
  mask: '24',
  router: '192.168.7.1 192.168.7.2',
  dns: '1.1.1.1 9.9.9.9',
  seconds: '120',
}

describe('a lease that a script has printed', () => {
  it('is read among whatever else was printed', () => {
    expect(readLease(`udhcpc: started\n${printed(good)}\nudhcpc: lease obtained\n`)).toEqual({
      address: '192.168.7.99/24',
      router: '192.168.7.1',
      leaseSeconds: 120,
      dns: ['1.1.1.1', '9.9.9.9'],
    })
  })

  it.each<[string, Record<string, string>]>([
    ['no address', { ip: '' }],
    ['an address that is none', { ip: '192.168.7.999' }],
    ['a command instead of an address', { ip: '$(reboot)' }],
    ['the address of nobody', { ip: '0.0.0.0' }],
    ['a loopback address', { ip: '127.0.0.1' }],
    ['a multicast address', { ip: '224.0.0.1' }],
    ['no prefix length', { mask: '' }],
    ['a prefix length of 0', { mask: '0' }],
    ['a prefix length of 33', { mask: '33' }],
    ['a mask in words', { mask: '255.255.255.0' }],
  ])('is none with %s', (_what, values) => {
    expect(readLease(printed({ ...good, ...values }))).toBeUndefined()
  })

  it.each<[string, string]>([
    ['no router', ''],
    ['a router of no address', '0.0.0.0'],
    ['words', 'dev eth0 && reboot'],
  ])('has no router with %s', (_what, router) => {
    expect(readLease(printed({ ...good, router }))).not.toHaveProperty('router')
  })

  it('is an address or nothing, whatever was printed', () => {
    const value = fc.oneof(fc.string(), fc.constantFrom(...Object.values(good)), fc.ipV4())
    fc.assert(
      fc.property(fc.record({ ip: value, mask: value, router: value, dns: value, seconds: value }), values => {
        const lease = readLease(printed(values))
        if (!lease) return
        expect(lease.address).toMatch(/^\d+\.\d+\.\d+\.\d+\/\d+$/)
        for (const one of [...lease.dns, lease.router ?? '9.9.9.9']) expect(one).toMatch(/^\d+\.\d+\.\d+\.\d+$/)
      }),
    )
  })
})

describe("udhcpc's keeper script", () => {
  const script = udhcpc().keeper('eth0', 'root', { dns: true, folder: '/run' }).files?.[0]?.content.reveal() as string
  /** With an `ip` that says what it was called with, and a file instead of /etc/resolv.conf. */
  const run = (env: Record<string, string>) => {
    const traced = `ip() { case "$*" in *show*) ;; *) echo "ip $*" ;; esac; }\n${script.replace('> /etc/resolv.conf', '')}`
    const { stdout } = spawnSync('sh', ['-c', traced, 'script', 'bound'], {
      env: { PATH: '/usr/bin:/bin', ...env },
      encoding: 'utf8',
    })
    return stdout.trim().split('\n')
  }

  it('sets what the server said', () => {
    const env = {
      interface: 'eth0',
      ip: '10.0.0.9',
      mask: '8',
      router: '10.0.0.1 10.0.0.2',
      lease: '60',
      dns: '1.1.1.1',
    }
    expect(run(env)).toEqual([
      'ip -4 address replace 10.0.0.9/8 broadcast + dev eth0 valid_lft 60 preferred_lft 60',
      'ip -4 route replace default via 10.0.0.1 dev eth0 onlink proto dhcp',
      'nameserver 1.1.1.1',
    ])
  })

  it('takes nothing but addresses and numbers', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme-ascii' }), { minLength: 5, maxLength: 5 }), texts => {
        const [ip = '', mask = '', router = '', lease = '', dns = ''] = texts
        for (const line of run({ interface: 'eth0', ip, mask, router: `${router} x`, lease, dns })) {
          expect(line).toMatch(/^$|^ip -4 (address|route) replace [0-9a-z./ +_]*$|^nameserver [0-9.]+$/)
        }
      }),
      { numRuns: 40 },
    )
  })
})
