import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { canBuildLabs } from '../../../../test/support/node-lab.js'
import { type LabMachine, startMachine } from '../lab/machine.js'
import { interestOf } from '../plan/interest-of.js'
import { planNetwork } from '../plan/plan-network.js'
import { type Reconciled, reconcile } from '../reconcile.js'
import { createSupervisor, type Supervisor } from '../services/supervisor.js'
import { type DesiredState, ROOT } from '../state/desired.js'
import type { Operation } from '../state/operation.js'
import { linuxSystem } from './linux-system.js'
import type { CommandRunner } from './runner.js'
import { EXAMPLE_KEY, exampleNetwork } from './testing/example-network.js'

const canBuild = canBuildLabs('wg', 'wireguard-go')
const describeMachines = canBuild ? describe : describe.skip
// Taps and WireGuard in user space need /dev/net/tun.
const describeAsRoot = canBuild && process.geteuid?.() === 0 ? describe : describe.skip

/** A node with a NIC and a supervisor. */
interface Node {
  readonly machine: LabMachine
  readonly services: Supervisor
  readonly stateDir: string
  /** Every command of a service, with the way into the machine. */
  readonly commands: readonly (readonly string[])[]
  system(runner?: CommandRunner): ReturnType<typeof linuxSystem>
  /** What a program printed. */
  run(program: string, ...args: readonly string[]): Promise<string>
  end(): Promise<void>
}

async function aNode(options: { userNamespace?: boolean } = {}): Promise<Node> {
  const folder = mkdtempSync(join(tmpdir(), 'hyphae-node-'))
  const machine = await startMachine({ name: 'node1', folder, ...options })
  const commands: (readonly string[])[] = []
  const argvOf: CommandRunner['argvOf'] = (...given) => {
    const argv = machine.runner.argvOf(...given)
    commands.push(argv)
    return argv
  }
  const services = createSupervisor({ folder: join(folder, 'services'), runner: { argvOf }, settleMs: 5 })
  const stateDir = join(folder, 'state')
  const run = async (program: string, ...args: readonly string[]) => (await machine.run(program, ...args)).stdout
  await run('ip', 'netns', 'add', 'cable')
  await run('ip', 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'far', 'netns', 'cable')
  return {
    ...{ machine, services, stateDir, commands, run },
    system: (runner = machine.runner) => linuxSystem({ runner, services, stateDir }),
    async end() {
      await services.close({ keep: false })
      await machine.stop()
      rmSync(folder, { recursive: true })
    },
  }
}

const NOTHING: DesiredState = {
  namespaces: [{ name: ROOT, links: [], routes: [], sysctls: {}, nft: [] }],
  services: [],
}

describeAsRoot('a Linux machine', () => {
  let node: Node
  const desired = exampleNetwork({ networks: 2 })
  beforeAll(async () => {
    node = await aNode()
  })
  afterAll(() => node.end())

  const bring = (state: DesiredState): Promise<Reconciled> =>
    reconcile({ system: node.system(), interest: interestOf(state), desired: () => state })
  const planFor = async (state: DesiredState) => planNetwork(state, await node.system().observe(interestOf(state)))

  it('is brought to what is desired in one go, and a second time nothing is done', async () => {
    expect((await bring(desired)).attempts).toBe(1)
    expect((await bring(desired)).applied).toEqual([])
    expect(readdirSync(node.stateDir)).toEqual(['look.batch']) // and no key
  })

  it.each([
    ['an address that was deleted', ['ip', '-n', 'ndmz', 'address', 'delete', '100.127.0.1/16', 'dev', 'tonrs']],
    ['an address that nobody wants', ['ip', '-n', 'n-1', 'address', 'add', '10.7.7.7/24', 'dev', 'n-1']],
    ['a first address of the same subnet', ['ip', '-n', 'n-1', 'address', 'add', '10.1.2.77/16', 'dev', 'n-1']],
    ['a link that was set down', ['ip', '-n', 'n-1', 'link', 'set', 'public', 'down']],
    ['a link that was deleted', ['ip', '-n', 'ndmz', 'link', 'delete', 'npub4']],
    ['one end of a veth that was deleted', ['ip', 'link', 'delete', 'v-root']],
    ['a parent that was deleted with its macvlans', ['ip', 'link', 'delete', 'br-ndmz']],
    ['a tap that was taken from its bridge', ['ip', 'link', 'set', 't-0', 'nomaster']],
    ['another MAC', ['ip', 'link', 'set', 'zos', 'address', '02:00:00:00:00:99']],
    ['another MTU', ['ip', 'link', 'set', 'br-ndmz', 'mtu', '1300']],
    ['a route that was deleted', ['ip', '-n', 'n-0', 'route', 'delete', 'default']],
    [
      'a route over another hop',
      ['ip', '-n', 'n-0', 'route', 'replace', 'default', 'via', '100.127.0.9', 'proto', 'static'],
    ],
    [
      'a route that nobody wants',
      ['ip', '-n', 'n-0', 'route', 'add', '10.6.0.0/16', 'dev', 'public', 'proto', 'static'],
    ],
    [
      'forwarding that was turned off',
      ['ip', 'netns', 'exec', 'ndmz', 'sysctl', '-w', 'net.ipv6.conf.all.forwarding=0'],
    ],
    ['a table of nft that was deleted', ['ip', 'netns', 'exec', 'ndmz', 'nft', 'delete', 'table', 'inet', 'filter']],
    ['a rule that somebody added', ['nft', 'add', 'rule', 'inet', 'zos-host', 'forward', 'drop']],
    ['a table that nobody wants', ['ip', 'netns', 'exec', 'n-0', 'nft', 'add', 'table', 'ip', 'mine']],
    ['a namespace that was deleted', ['ip', 'netns', 'delete', 'n-1']],
    ['a WireGuard device that was deleted', ['ip', '-n', 'n-0', 'link', 'delete', 'w-0']],
    ['another port of a WireGuard device', ['wg', 'set', 'w-1', 'listen-port', '4000']],
    ['a mark that was taken away', ['ip', 'link', 'set', 'b-1', 'alias', '']],
    ['something of another kind under a marked name', ['ip', 'link', 'set', 'b-0', 'name', 'zos-renamed']],
  ] as [string, [string, ...string[]]][])('is put right: %s', async (_what, command) => {
    await node.run(...command)
    expect((await planFor(desired)).operations).not.toEqual([])
    const { attempts } = await bring(desired)
    expect(attempts).toBeGreaterThan(0)
    expect((await planFor(desired)).operations).toEqual([])
  })

  it('finds a WireGuard device whose process was killed gone, and makes it anew', async () => {
    await node.services.stop('wireguard-w-0')
    expect((await planFor(desired)).operations.map(({ kind }) => kind)).toContain('link-add')
    await bring(desired)
    expect((await planFor(desired)).operations).toEqual([])
  })

  it('keeps what belongs to others', async () => {
    await node.run('ip', 'link', 'add', 'docker0', 'type', 'bridge')
    await node.run('ip', 'address', 'add', '172.17.0.1/16', 'dev', 'docker0')
    await node.run('nft', 'add', 'table', 'ip', 'docker')
    await node.run('ip', 'netns', 'add', 'blue')
    await bring(exampleNetwork({ networks: 1 }))
    await bring(desired)
    expect(await node.run('ip', 'address', 'show', 'dev', 'docker0')).toContain('172.17.0.1/16')
    expect(await node.run('nft', 'list', 'tables')).toContain('table ip docker')
    expect(await node.run('ip', 'netns', 'list')).toContain('blue')
  })

  it('says that something of others is in the way, and does nothing', async () => {
    await bring(exampleNetwork({ networks: 1 }))
    await node.run('ip', 'link', 'add', 'b-1', 'type', 'veth', 'peer', 'name', 'other')
    const failure = bring(desired)
    await expect(failure).rejects.toMatchObject({ code: 'NODE_NET_CONFLICT', where: 'b-1 in namespace root' })
    expect(await node.run('ip', 'netns', 'list')).not.toContain('n-1')
    await node.run('ip', 'link', 'delete', 'b-1')
    await bring(desired)
  })

  it('brings a NIC back from a namespace that a crash left behind', async () => {
    await node.run('ip', 'netns', 'add', 'probe-eth0')
    await node.run('ip', 'link', 'set', 'eth0', 'netns', 'probe-eth0')
    const { operations } = await planFor(desired)
    const steps = operations.map(({ kind }) => kind)
    expect(steps.indexOf('link-move')).toBe(0)
    expect(steps.at(-1)).toBe('namespace-delete')
    await bring(desired)
    expect(await node.run('ip', 'netns', 'list')).not.toContain('probe-eth0')
  })

  it('says which operation of a batch failed', async () => {
    const bad: Operation[] = ['10.5.0.1/24', '10.5.0.1/24'].map(cidr => ({
      kind: 'address-add',
      namespace: 'ndmz',
      link: 'v-ndmz',
      address: { cidr, duplicateDetection: false },
      because: 'of the test',
    }))
    bad.push({ ...(bad[0] as Operation), link: 'nope' } as Operation)
    await expect(node.system().apply(bad)).rejects.toMatchObject({
      code: 'NODE_NET_COMMAND',
      details: { operation: 'address-add 10.5.0.1/24 on v-ndmz in ndmz', exitCode: 1 },
    })
    await bring(desired)
  })

  it.each(['two words', 'line\nlink delete dev zos', '-all', 'a#b', '"quoted"', 'sixteen-letters-'])(
    'refuses the name %j before anything runs',
    async name => {
      const { runner } = node.machine
      const before = runner.started
      const operation: Operation = { kind: 'link-delete', namespace: 'ndmz', name, because: 'of the test' }
      await expect(node.system(runner).apply([operation])).rejects.toMatchObject({ code: 'NODE_NET_NAME' })
      expect(runner.started).toBe(before)
    },
  )

  // In the model every operation is tried: here every fourth one, because the kernel takes its time to remove links.
  it('converges from wherever an apply was broken off', async () => {
    const one = exampleNetwork({ networks: 1 })
    const before = exampleNetwork({ networks: 0 })
    await bring(before)
    const { operations } = await planFor(one)
    for (let done = 1; done < operations.length; done += 4) {
      await bring(before)
      await node.system().apply(operations.slice(0, done))
      await bring(one)
      expect((await planFor(one)).operations).toEqual([])
    }
  }, 120_000)

  it('gives the node back as it was', async () => {
    await bring(NOTHING)
    expect(await node.run('ip', 'netns', 'list')).toMatch(/^blue( .*)?\ncable( .*)?\n$/)
    expect(await node.run('ip', '-br', 'link')).not.toMatch(/zos|br-ndmz|b-0|t-0|w-0/)
    expect(await node.services.list()).toEqual([])
  })

  it('has no key in any argument', async () => {
    const { runner } = node.machine
    const seen: string[] = []
    const watched = {
      ...runner,
      nameOf: runner.nameOf,
      argvOf: runner.argvOf,
      run: (command: Parameters<typeof runner.run>[0]) => {
        seen.push(...command.args)
        return runner.run(command)
      },
    }
    const system = node.system(watched)
    await reconcile({ system, interest: interestOf(desired), desired: () => desired })
    expect(seen).toContain('syncconf')
    expect(JSON.stringify([seen, node.commands])).not.toContain(EXAMPLE_KEY)
    await bring(NOTHING)
  })

  it('belongs to one process at a time', async () => {
    const system = node.system()
    const [first, second] = [system.lock(), system.lock()]
    expect(() => node.system().lock()).toThrow(expect.objectContaining({ code: 'NODE_NET_LOCKED' }))
    first()
    expect(() => node.system().lock()).toThrow(expect.objectContaining({ code: 'NODE_NET_LOCKED' }))
    second()
    node.system().lock()()
  })
})

describeMachines('a machine of a user without rights', () => {
  it('has everything but what needs /dev/net/tun', async () => {
    const node = await aNode({ userNamespace: true })
    try {
      const desired = exampleNetwork({ networks: 1, plain: true })
      const options = { system: node.system(), interest: interestOf(desired), desired: () => desired }
      expect(await reconcile(options)).toMatchObject({ attempts: 1 })
      expect(await reconcile(options)).toMatchObject({ attempts: 0 })
    } finally {
      await node.end()
    }
  })
})

describeAsRoot('the cost of user networks', () => {
  it('is printed', async () => {
    const node = await aNode()
    const { runner } = node.machine
    try {
      const figures: string[] = []
      const bring = async (what: string, desired: DesiredState) => {
        const before = runner.started
        const { attempts, elapsedMs, applied } = await reconcile({
          system: node.system(),
          interest: interestOf(desired),
          desired: () => desired,
        })
        figures.push(
          `${what}: ${elapsedMs.toFixed()} ms, ${attempts} attempts, ${applied.length} operations, ${runner.started - before} children`,
        )
      }
      await bring('node', exampleNetwork({ networks: 0 }))
      await bring('first network', exampleNetwork({ networks: 1 }))
      await bring('20 networks', exampleNetwork({ networks: 20 }))
      await bring('nothing to do', exampleNetwork({ networks: 20 }))
      process.stderr.write(`${figures.join('; ')}\n`)
    } finally {
      await node.end()
    }
  }, 60_000)
})
