/** NICs as they could be found, for properties. */
import fc from 'fast-check'

import type { NicProbe } from '../../src/network/node/decide/probe.js'

const octet = fc.integer({ min: 1, max: 254 })
const ipv4 = fc
  .tuple(fc.constantFrom('10.0', '192.168', '172.20', '169.254', '100.64', '198.51', '203.0'), octet, octet)
  .map(([head, c, d]) => `${head}.${c}.${d}`)
const lease = fc.record(
  { address: ipv4.map(address => `${address}/24`), router: ipv4 },
  { requiredKeys: ['address'] },
) as fc.Arbitrary<NicProbe['leases'][number]>
const ipv6 = fc
  .tuple(fc.constantFrom('2001:db8', 'fd12', '2a02:1802', '400'), octet)
  .map(([head, id]) => `${head}::${id.toString(16)}/64`)

/** A few NICs, each name once. */
export const probesArbitrary: fc.Arbitrary<readonly NicProbe[]> = fc.uniqueArray(
  fc.record(
    {
      nic: fc.constantFrom('eth0', 'eth1', 'eth2', 'eth10', 'enp3s0', 'wan'),
      carrier: fc.boolean(),
      enslaved: fc.boolean(),
      leases: fc.array(lease, { maxLength: 2 }),
      ipv6: fc.array(ipv6, { maxLength: 2 }),
      gateway6: fc.constantFrom('fe80::1', 'fd12::1', '2001:db8::1'),
      routerMacs: fc.array(fc.constantFrom('52:54:00:00:00:01', '52:54:00:00:00:02'), { maxLength: 2 }),
    },
    { requiredKeys: ['nic', 'carrier', 'leases', 'ipv6'] },
  ) as fc.Arbitrary<NicProbe>,
  { selector: probe => probe.nic, maxLength: 5 },
)

/** The same NICs, and the same in another order. */
export const shuffledProbes = probesArbitrary.chain(probes =>
  fc.tuple(
    fc.constant(probes),
    fc.shuffledSubarray([...probes], { minLength: probes.length, maxLength: probes.length }),
  ),
)
