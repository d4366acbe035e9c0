import { describe, expect, it } from '@jest/globals'

import { planNetwork } from '../plan/plan-network.js'
import { type DesiredLink, ROOT } from '../state/desired.js'
import type { Operation } from '../state/operation.js'
import { applyOperations } from './apply-operations.js'
import type { Command, CommandRunner } from './runner.js'
import { bareNode, exampleNetwork } from './testing/example-network.js'

/** What would run, with a kernel that has WireGuard. */
async function commandsFor(operations: readonly Operation[]): Promise<readonly Command[]> {
  const commands: Command[] = []
  const runner: CommandRunner = {
    started: 0,
    nameOf: namespace => (namespace === ROOT ? '1' : namespace),
    argvOf: (_, command) => command,
    async run(command) {
      commands.push(command)
      return { code: 0, stdout: '', stderr: '' }
    },
  }
  const services = { list: async () => [], start: async () => {}, stop: async () => {}, log: async () => [] }
  const wireguard = {
    inKernel: async () => true,
    start: async () => {},
    stop: async () => {},
    running: async () => new Set<string>(),
  }
  await applyOperations({ runner, services, wireguard, stateDir: '/nonexistent' }, operations)
  return commands
}

const because = 'of the test'

describe('operations as child processes', () => {
  it('make everything in one batch of the root namespace, then one of a kind for each namespace', async () => {
    const { operations } = planNetwork(exampleNetwork({ networks: 1, plain: true }), bareNode)
    const commands = await commandsFor(operations)
    expect(commands.map(({ namespace, program }) => `${namespace} ${program}`).sort()).toEqual([
      'n-0 ip',
      'n-0 nft',
      'n-0 sysctl',
      'ndmz ip',
      'ndmz nft',
      'ndmz sysctl',
      'root ip',
      'root ip',
      'root nft',
      'root sysctl',
    ])
    expect(commands[0]?.input?.split('\n').slice(0, 6)).toEqual([
      'netns add ndmz',
      'netns add n-0',
      'link add zos address 02:00:00:00:00:11 type bridge',
      'link set dev zos alias zos:test:zos',
      'link add br-ndmz type bridge',
      'link set dev br-ndmz alias zos:test:br-ndmz mtu 1400',
    ])
    expect(commands[0]?.input).toContain('link add v-root type veth peer name v-ndmz netns ndmz\n')
    expect(commands[0]?.input).toContain(
      'link add link zos name npub4 netns ndmz address 02:00:00:00:00:12 type macvlan mode bridge\n',
    )
  })

  it('speak of VLANs to bridge, and only of them', async () => {
    const vlan = { id: 304, pvid: true, untagged: true }
    const port = { namespace: ROOT, name: 'eth0' }
    const commands = await commandsFor([
      { kind: 'vlan-add', place: { namespace: ROOT, name: 'zos' }, vlan, self: true, because },
      { kind: 'vlan-add', place: port, vlan: { ...vlan, pvid: false, untagged: false }, self: false, because },
      { kind: 'vlan-delete', place: port, id: 1, self: false, because },
    ])
    expect(commands).toMatchObject([
      {
        program: 'bridge',
        args: ['-batch', '-'],
        input: 'vlan add dev zos vid 304 pvid untagged self\nvlan add dev eth0 vid 304\nvlan delete dev eth0 vid 1\n',
      },
    ])
  })

  it('make a device of the kernel where it is born, and move it', async () => {
    const { operations } = planNetwork(exampleNetwork({ networks: 1 }), bareNode)
    const device = operations.filter(one =>
      'name' in one ? one.name === 'w-0' : one.kind === 'link-add' && one.link.name === 'w-0',
    )
    const [batch] = await commandsFor(device.filter(({ kind }) => kind === 'link-add' || kind === 'link-move'))
    expect(batch).toMatchObject({ namespace: ROOT, program: 'ip' })
    expect(batch?.input).toBe(
      'link add w-0 type wireguard\nlink set dev w-0 alias zos:test:w-0 mtu 1420\nlink set dev w-0 netns n-0\n',
    )
  })

  it('refuse what is no word of a batch, before anything runs', async () => {
    const bridge: DesiredLink = {
      name: 'zos',
      mark: 'a mark',
      up: true,
      addressing: 'static',
      addresses: [],
      kind: 'bridge',
      vlanFiltering: false,
    }
    const sysctl = { kind: 'sysctl-set', namespace: ROOT, because } as const
    const address = { kind: 'address-add', namespace: ROOT, link: 'zos', because } as const
    for (const operation of [
      { kind: 'link-add', namespace: ROOT, link: bridge, because },
      { kind: 'namespace-add', namespace: '../etc', because },
      { ...sysctl, key: 'kernel.core_pattern', value: '1' },
      { ...sysctl, key: 'net.ipv4.ip_forward', value: '1\nkernel.core_pattern=x' },
      { ...address, address: { cidr: '10.0.0.1/24 dev lo', duplicateDetection: true } },
    ] as Operation[]) {
      await expect(commandsFor([operation])).rejects.toMatchObject({ code: 'NODE_NET_NAME' })
    }
  })
})
