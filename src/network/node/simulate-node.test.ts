import { describe, expect, it } from '@jest/globals'

import { checkConfig } from './config/check-config.js'
import { simulateNode } from './simulate-node.js'

const network = {
  twin: 7,
  name: 'mynet',
  type: 'network',
  data: {
    ip_range: '10.20.0.0/16',
    subnet: '10.20.2.0/24',
    wireguard_private_key: 'eBXsRBoOUEHBmGTJCGLxyfJpNpyeVlJTmuyKEa6UtlQ=',
    wireguard_listen_port: 3011,
    peers: [],
  },
}

describe('a simulated node', () => {
  it.each([
    ['with one NIC', {}, 'public-dual', '2001:db8:1:'],
    ['with an exit of its own', { uplink: { nic: 'eth0' }, exit: { nic: 'eth1' } }, 'oob-split', '2001:db8:2:'],
    [
      'with static public addresses',
      { public: { ipv4: '198.51.100.9/24', gateway4: '198.51.100.1' } },
      'public-dual',
      '2001:db8:1:',
    ],
  ])('%s has leases, from ranges that nobody has', (_, more, label, prefix) => {
    const { planned, status } = simulateNode(checkConfig({ node: 'node-1', ...more }))
    expect(status.layout.label).toBe(label)
    expect(status.readiness.ipv4).toEqual({ ready: true, address: '192.0.2.11/24', gateway: '192.0.2.1' })
    expect(status.readiness.ipv6).toMatchObject({ ready: true, address: expect.stringContaining(prefix) })
    expect(status.pending).toBe(0)
    expect(planned.operations.length).toBeGreaterThan(30)
    expect(planned.probes).toEqual('exit' in more ? ['eth0', 'eth1'] : ['eth0'])
  })

  it('has the networks of its configuration', () => {
    const { status } = simulateNode(checkConfig({ node: 'node-1', networks: [network] }))
    expect(status.networks).toMatchObject([{ name: 'mynet', exists: true, lease: '100.127.0.2' }])
  })
})
