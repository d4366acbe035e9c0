import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { isProbingOver, type NicProgress } from './probe-progress.js'

const times = { graceMs: 3_000, limitMs: 25_000, routerMs: 600, carrierMs: 10_000 }
const silent: NicProgress = { nic: 'eth0', carrier: true, ipv6: [], routerMacs: [] }
const leased: NicProgress = { ...silent, lease: { address: '10.0.0.2/24', router: '10.0.0.1', dns: [] } }
const routed: NicProgress = { ...silent, ipv6: ['2001:db8::2/64'], gateway6: 'fe80::1' }
const unplugged: NicProgress = { ...silent, carrier: false }
const refused: NicProgress = { ...silent, lease: null }

describe('probing', () => {
  it.each<[string, boolean, NicProgress[], number, number | undefined]>([
    ['is over with a lease and a router', true, [{ ...leased, ...routed, lease: leased.lease as never }], 100, 50],
    ['waits for routers after a lease', false, [leased], 500, 50],
    ['is over when routers have had their time', true, [leased], 600, 50],
    ['waits for a lease after a router', false, [routed], 2_000, 50],
    ['is over when nobody leases', true, [{ ...routed, lease: null }], 2_000, 50],
    ['waits for a second NIC', false, [leased, silent], 2_000, 50],
    ['does so for the time of grace', true, [leased, silent], 3_050, 50],
    ['is not delayed by one without carrier', true, [leased, unplugged], 600, 50],
    ['waits for one without carrier when it has nothing else', false, [refused, unplugged], 5_000, undefined],
    ['does so for a while', true, [refused, unplugged], 10_000, undefined],
    ['is over when all segments are dead', true, [refused, refused], 5_000, undefined],
    ['has a limit', true, [silent], 25_000, undefined],
  ])('%s', (_what, over, nics, elapsed, usable) => {
    expect(isProbingOver(nics, times, elapsed, usable)).toBe(over)
  })

  it('stays over when time goes on', () => {
    const nic = fc.constantFrom(silent, leased, routed, unplugged, refused)
    fc.assert(
      fc.property(fc.array(nic, { minLength: 1 }), fc.nat(26_000), fc.nat(5_000), (nics, at, later) => {
        if (isProbingOver(nics, times, at, 50)) expect(isProbingOver(nics, times, at + later, 50)).toBe(true)
      }),
    )
  })
})
