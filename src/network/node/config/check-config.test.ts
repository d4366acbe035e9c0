import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { ModelError } from '../../../errors/model.js'
import { checkConfig } from './check-config.js'

const KEY = 'eBXsRBoOUEHBmGTJCGLxyfJpNpyeVlJTmuyKEa6UtlQ='
const PUBLIC = 'bxHBtGYPBPYXZwrlOg0mWAbGm4K2lVVmIaCoGZcxEUI='
const SEED = '050d109829d8492d48bfb33b711056080571c69e46bfde6b4294c4c5bf468a76'

const network = (more: object = {}) => ({
  twin: 1,
  name: 'mynet',
  type: 'network',
  data: {
    ip_range: '10.1.0.0/16',
    subnet: '10.1.2.0/24',
    wireguard_private_key: KEY,
    wireguard_listen_port: 3011,
    peers: [],
    ...more,
  },
})
const machine = (more: object = {}) => ({ id: '1-100-vm', twin: 1, network: 'mynet', ip: '10.1.2.2', ...more })

/** Paths and rules of everything that is wrong. */
function problemsOf(input: unknown): readonly string[] {
  try {
    checkConfig(input)
    return []
  } catch (error) {
    if (!(error instanceof ModelError)) throw error
    return error.problems.map(({ path, rule }) => `${path} ${rule}`)
  }
}

describe('a configuration', () => {
  it('needs no more than the identity of its node', () => {
    expect(checkConfig({ node: 'node-1' })).toEqual({
      node: 'node-1',
      blockedPorts: [25],
      duplicateAddressDetection: true,
      networks: [],
      machines: [],
    })
  })

  it('is made canonical', () => {
    const { public: given, networks } = checkConfig({
      node: 'n',
      public: { ipv6: '2A02:1802:5E:0::223/64', gateway6: 'fe80:0::1' },
      networks: [
        network({
          subnet: '10.1.2.7/24',
          peers: [
            {
              subnet: '10.1.3.0/24',
              wireguard_public_key: PUBLIC,
              allowed_ips: ['100.64.1.3/32', '10.1.3.9/24'],
              endpoint: '[2A02:0::1]:51820',
            },
          ],
        }),
      ],
    })
    expect(given).toEqual({ ipv6: '2a02:1802:5e::223/64', gateway6: 'fe80::1' })
    expect(networks?.[0]?.data.subnet).toBe('10.1.2.0/24')
    expect(networks?.[0]?.data.peers[0]).toMatchObject({
      allowed_ips: ['10.1.3.0/24', '100.64.1.3/32'],
      endpoint: '[2a02::1]:51820',
    })
  })

  it.each<[string, unknown, readonly string[]]>([
    ['no object', 'eth0', ['configuration object']],
    ['no identity', {}, ['node text']],
    ['an empty identity', { node: '' }, ['node text']],
    ['an unknown key', { node: 'n', uplnk: {} }, ['uplnk unknownKey']],
    ['a line break in the identity', { node: 'a\nb' }, ['node text']],
    ['a NIC that no interface can be called', { node: 'n', uplink: { nic: 'eth0"; drop' } }, ['uplink.nic nic']],
    ['a NIC that is not among nics', { node: 'n', nics: ['eth0'], uplink: { nic: 'eth1' } }, ['uplink.nic reference']],
    ['one NIC for both', { node: 'n', uplink: { nic: 'eth0' }, exit: { nic: 'eth0' } }, ['exit.nic conflict']],
    ['a VLAN out of range', { node: 'n', uplink: { vlan: 4095 } }, ['uplink.vlan integer']],
    [
      'a port out of range',
      { node: 'n', blockedPorts: [0, 25, 65_536] },
      ['blockedPorts[0] port', 'blockedPorts[2] port'],
    ],
    ['an address without its gateway', { node: 'n', public: { ipv4: '198.51.100.2/24' } }, ['public.gateway4 missing']],
    [
      'a gateway elsewhere',
      { node: 'n', public: { ipv4: '198.51.100.2/24', gateway4: '203.0.113.1' } },
      ['public.gateway4 gateway4'],
    ],
    ['an empty public configuration', { node: 'n', public: {} }, ['public missing']],
    [
      'a Mycelium peer by name',
      { node: 'n', mycelium: { peers: ['tcp://host:9651'] } },
      ['mycelium.peers[0] endpoint'],
    ],
  ])('with %s is refused', (_, input, expected) => {
    expect(problemsOf(input)).toEqual(expected)
  })

  it('tells everything that is wrong at once, and what may have been meant', () => {
    const input = { node: 'n', blockdPorts: [25], exit: { vlan: 0 }, networks: [{}], inboundIpv6: 'opn' }
    expect(problemsOf(input).length).toBeGreaterThan(5)
    expect(() => checkConfig(input)).toThrow(/blockdPorts.*did you mean blockedPorts.*inboundIpv6.*did you mean open/s)
  })

  it('is a configuration or a list of problems, whatever it is given', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.jsonValue(),
          fc.record({ node: fc.string(), networks: fc.jsonValue(), machines: fc.jsonValue(), public: fc.jsonValue() }),
        ),
        input => {
          problemsOf(input)
        },
      ),
    )
  })
})

describe('a network of a configuration', () => {
  const refused = (data: object) => problemsOf({ node: 'n', networks: [network(data)] })

  it.each<[string, object, readonly string[]]>([
    ['a subnet outside of its range', { subnet: '10.2.1.0/24' }, ['networks[0].data ranges']],
    ['a range as small as a subnet', { ip_range: '10.1.2.0/24' }, ['networks[0].data ranges']],
    [
      'a key that is none',
      { wireguard_private_key: 'secret' },
      ['networks[0].data.wireguard_private_key wireguard_private_key'],
    ],
    [
      'a key that stands for none',
      { wireguard_private_key: Buffer.alloc(32).toString('base64') },
      ['networks[0].data.wireguard_private_key wireguard_private_key'],
    ],
    ['a port of the node itself', { wireguard_listen_port: 9651 }, ['networks[0].data.wireguard_listen_port port']],
    [
      'a Mycelium key of zeros',
      { mycelium: { hex_key: '0'.repeat(64), peers: [] } },
      ['networks[0].data.mycelium.hex_key hex_key'],
    ],
    [
      'Mycelium peers',
      { mycelium: { hex_key: SEED, peers: ['tcp://1.2.3.4:1'] } },
      ['networks[0].data.mycelium.peers empty'],
    ],
  ])('with %s is refused', (_, data, expected) => {
    expect(refused(data)).toEqual(expected)
  })

  it('repeats no secret when it is refused', () => {
    const secret = 'c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I'
    const seed = 'ab'.repeat(31)
    try {
      checkConfig({
        node: 'n',
        networks: [network({ wireguard_private_key: secret, mycelium: { hex_key: seed, peers: [] } })],
      })
      throw new Error('it was accepted')
    } catch (error) {
      const shown = JSON.stringify(error) + String(error)
      expect(shown).toContain('hex_key')
      expect(shown).not.toContain(secret)
      expect(shown).not.toContain(seed)
    }
  })

  it('has a port that no other has', () => {
    const other = { ...network({ ip_range: '10.9.0.0/16', subnet: '10.9.1.0/24' }), name: 'other' }
    expect(problemsOf({ node: 'n', networks: [network(), other] })).toEqual([
      'networks[1].data.wireguard_listen_port port',
    ])
  })

  it('may have the ranges of another: they never meet', () => {
    const other = { ...network({ wireguard_listen_port: 3012 }), name: 'other' }
    expect(problemsOf({ node: 'n', networks: [network(), other] })).toEqual([])
  })

  it('is there once', () => {
    expect(problemsOf({ node: 'n', networks: [network(), network()] })).toEqual(['networks[1] duplicate'])
  })

  it('that is light has Mycelium always and WireGuard where it has a key', () => {
    const light = (data: object) => ({ ...network(data), type: 'network-light' })
    const mycelium = { hex_key: SEED, peers: [] }
    expect(problemsOf({ node: 'n', networks: [light({ wireguard_private_key: '', mycelium })] })).toEqual([])
    expect(problemsOf({ node: 'n', networks: [light({})] })).toEqual(['networks[0].data.mycelium missing'])
  })
})

describe('a machine of a configuration', () => {
  const refused = (...machines: readonly object[]) => problemsOf({ node: 'n', networks: [network()], machines })

  it.each<[string, object, readonly string[]]>([
    ['in a network that is not there', { network: 'other' }, ['machines[0].network reference']],
    ["with the gateway's address", { ip: '10.1.2.1' }, ['machines[0].ip ip']],
    ['with an address outside of the subnet', { ip: '10.1.3.5' }, ['machines[0].ip ip']],
    [
      'with a seed in a network without Mycelium',
      { myceliumSeed: '001122334455' },
      ['machines[0].myceliumSeed reference'],
    ],
    ['with a name that devices cannot be derived from', { id: 'vm;reboot' }, ['machines[0].id workloadId']],
    [
      'with a private public address',
      { publicIp: { id: '1-100-ip', ipv4: '10.0.0.2/24', gateway4: '10.0.0.1' } },
      ['machines[0].publicIp.ipv4 range'],
    ],
    ['with a public address of no family', { publicIp: { id: '1-100-ip' } }, ['machines[0].publicIp missing']],
  ])('%s is refused', (_, more, expected) => {
    expect(refused(machine(more))).toEqual(expected)
  })

  it('has an id and an address that no other has', () => {
    expect(refused(machine(), machine())).toEqual(['machines[1].id duplicate', 'machines[1].ip duplicate'])
  })
})
