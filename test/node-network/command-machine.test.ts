/** `hyphae node net` in machines of a lab, as root of a node would type it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { machineNamespace } from '../../src/network/node/compile/machine.js'
import { devicesOf } from '../../src/network/node/compile/network-devices.js'
import type { NodeNetworkConfig } from '../../src/network/node/config/config.js'
import { askEcho } from '../../src/network/node/lab/echo.js'
import type { LabMachine } from '../../src/network/node/lab/machine.js'
import { findScenario } from '../../src/network/node/lab/scenarios/index.js'
import { type Lab, startLab } from '../../src/network/node/lab/start-lab.js'
import { toolPath } from '../../src/network/node/lab/tool-path.js'
import { eventually } from '../support/eventually.js'
import { installedPackage } from '../support/installed-package.js'
import { canBuildWholeLabs, ipJson } from '../support/node-lab.js'
import { type CommandOptions, jsonLines, nodeNet } from './support/command-run.js'
import { watchArguments } from './support/command-secrets.js'
import { xmlProblem } from './support/command-xml.js'

const describeWithLab = canBuildWholeLabs() ? describe : describe.skip
/** Where the supervisor of a node writes, in every machine for itself. */
const LOCK = '/run/hyphae/node-network/services/lock'
const HOSTILE = `"><script>alert('x')</script>&`
const HEX_KEY = '050d109829d8492d48bfb33b711056080571c69e46bfde6b4294c4c5bf468a76'

describeWithLab('hyphae node net in a machine', () => {
  let lab: Lab
  let file = ''
  let config: NodeNetworkConfig
  const secrets: string[] = []

  const writeConfig = (name: string, content: unknown) => {
    const path = join(lab.folder, name)
    writeFileSync(path, JSON.stringify(content), { mode: 0o600 })
    return path
  }
  const on = (machine: LabMachine, args: readonly string[], options: CommandOptions = {}) =>
    nodeNet(args, { ...options, enter: [...machine.enter, ...(options.enter ?? [])] })
  const node1 = () => lab.machine('node1')
  const node2 = () => lab.machine('node2')
  const supervisorOf = async (machine: LabMachine) =>
    (JSON.parse((await machine.run('cat', LOCK)).stdout) as { pid: number }).pid
  const servicesOf = async (machine: LabMachine) =>
    (await machine.run('ps', '-e', '-o', 'pid=,args=')).stdout
      .split('\n')
      .map(line => line.trim())
      .filter(line => /^\d+ (udhcpc|dhcpcd|wireguard-go) /.test(line))
      .sort()

  beforeAll(async () => {
    installedPackage()
    lab = await startLab(findScenario('two-nodes'), { names: { 'grid.test': '198.51.100.1' } })
    const spec = lab.scenario.nodes[0]?.config as NodeNetworkConfig
    const [network] = spec.networks ?? []
    config = {
      ...spec,
      networks: (spec.networks ?? []).concat(
        network === undefined
          ? []
          : {
              ...network,
              name: HOSTILE,
              data: {
                ...network.data,
                wireguard_listen_port: 3033,
                peers: [],
                mycelium: { hex_key: HEX_KEY, peers: [] },
              },
            },
      ),
    }
    secrets.push(network?.data.wireguard_private_key ?? '', HEX_KEY)
    file = writeConfig('node1.json', config)
  }, 120_000)
  afterAll(() => lab?.stop(), 30_000)

  describe('on a node that has nothing yet', () => {
    it('plans without touching it', async () => {
      const look = async () => (await node1().run('ip', '-o', 'link')).stdout
      const before = await look()
      const ended = await on(node1(), ['plan', '--config', file, '--json'])
      expect({ code: ended.code, err: ended.err }).toEqual({ code: 0, err: '' })
      const [plan] = jsonLines(ended) as { operations: unknown[]; probes: string[]; choice: { made: string } }[]
      expect(plan).toMatchObject({ probes: ['eth0', 'eth1'], choice: { made: 'assumed' } })
      expect(plan?.operations.length).toBeGreaterThan(50)
      expect(await look()).toBe(before)
    }, 30_000)

    it('sets it up, with one line of JSON for everything that happens, and no secret anywhere', async () => {
      const watching = watchArguments(secrets)
      const ended = await on(node1(), ['apply', '--config', file, '--json'])
      const seen = await watching.stop()
      expect({ code: ended.code, err: ended.err }).toEqual({ code: 0, err: '' })
      expect(jsonLines(ended).map(({ code }) => code)).toEqual([
        'NODE_NET_PROBING',
        'NODE_NET_CHOSEN',
        'NODE_NET_APPLIED',
      ])
      expect(seen.found).toEqual([])
      // It looked while things were done.
      expect(seen.programs).toEqual(expect.arrayContaining([expect.stringMatching(/udhcpc|wireguard-go|nft|ip/)]))
    }, 30_000)
  })

  describe('on a node that is set up', () => {
    it('has nothing to do', async () => {
      const again = await on(node1(), ['apply', '--config', file, '--json'])
      expect(jsonLines(again)).toMatchObject([{ code: 'NODE_NET_APPLIED', data: { operations: 0, attempts: 0 } }])
      const plan = await on(node1(), ['plan', '--config', file, '--json'])
      expect(jsonLines(plan)).toMatchObject([{ operations: [], conflicts: [], probes: [] }])
    }, 30_000)

    it('tells what is there: for people, for machines, and as a picture', async () => {
      const picture = join(lab.folder, 'node.svg')
      const json = await on(node1(), ['status', '--config', file, '--json', '--svg', picture])
      expect({ code: json.code, err: json.err }).toEqual({ code: 0, err: '' })
      expect(jsonLines(json)).toMatchObject([
        {
          pending: 0,
          conflicts: [],
          readiness: { ipv4: { ready: true } },
          networks: [{ name: 'lab' }, { name: HOSTILE }],
        },
      ])
      const svg = readFileSync(picture, 'utf8')
      expect(xmlProblem(svg)).toBeUndefined()
      expect(svg).not.toMatch(/<script|javascript:|<foreignObject| on[a-z]+\s*=/i)
      expect(svg).toContain('alert(')

      const text = await on(node1(), ['status', '--config', file])
      expect(text.code).toBe(0)
      expect(text.out).toContain('10.77.1.0/24')
      for (const secret of secrets) expect(text.out + json.out + svg).not.toContain(secret)
      const nowhere = await on(node1(), ['status', '--config', file, '--json', '--svg', '/nowhere/node.svg'])
      expect(nowhere.code).toBe(6)
    }, 30_000)

    it('explains where the node stands', async () => {
      const json = await on(node1(), ['explain', '--config', file, '--json'])
      expect(jsonLines(json)).toMatchObject([{ layout: { label: 'oob-split', uplink: 'eth0', exit: 'eth1' } }])
      expect((await on(node1(), ['explain', '--config', file])).out).toContain('oob-split')
    }, 30_000)

    it('goes on with the same services when their supervisor is killed', async () => {
      const [supervisor, services] = [await supervisorOf(node1()), await servicesOf(node1())]
      expect(services.length).toBeGreaterThanOrEqual(4)
      await node1().run('kill', '-KILL', String(supervisor))
      await eventually('its end', async () => {
        // Nobody takes the dead away in a machine whose first process is `cat`.
        const { stdout } = await node1().run('ps', '-e', '-o', 'pid=,stat=')
        return !new RegExp(`^ *${supervisor} +[^Z ]`, 'm').test(stdout)
      })
      expect(await servicesOf(node1())).toEqual(services)
      const again = await on(node1(), ['apply', '--config', file, '--json'])
      expect(jsonLines(again)).toMatchObject([{ data: { operations: 0 } }])
      expect(await supervisorOf(node1())).not.toBe(supervisor)
      expect(await servicesOf(node1())).toEqual(services)
    }, 30_000)

    it('says which program failed, how, and what it printed', async () => {
      const bad = join(lab.folder, 'bad')
      mkdirSync(bad, { recursive: true })
      const script =
        '#!/bin/sh\ncase "$*" in *-f*) echo "no room for rules" >&2; exit 7 ;; esac\nexec /usr/sbin/nft "$@"\n'
      writeFileSync(join(bad, 'nft'), script, { mode: 0o755 })
      await node1().run('nft', 'delete', 'table', 'inet', 'zos-host')
      const path = { enter: ['env', `PATH=${bad}:${toolPath()}`] }
      const ended = await on(node1(), ['apply', '--config', file, '--json'], path)
      expect(ended.code).toBe(1)
      const failure = jsonLines(ended).at(-1)
      expect(failure).toMatchObject({
        exitCode: 1,
        error: {
          code: 'NODE_NET_COMMAND',
          details: { command: 'nft -f -', exitCode: 7, output: 'no room for rules', namespace: 'root' },
        },
      })
      expect(ended.err).toContain('nft -f - ended with 7: no room for rules')
      const mended = await on(node1(), ['apply', '--config', file, '--json'])
      expect(jsonLines(mended)).toMatchObject([{ data: { operations: 1 } }])
    }, 30_000)
  })

  describe('on another node', () => {
    const plain = () => lab.scenario.nodes[1]?.config as NodeNetworkConfig
    const nicsOf = async () => (await ipJson<{ ifname: string }>(node2(), 'link')).map(({ ifname }) => ifname)

    it('ends with 8 when it is interrupted, and the NIC is back', async () => {
      const own = writeConfig('node2.json', plain())
      await lab.fabric.unplug({ machine: node2(), nic: 'eth0' })
      const ended = await on(node2(), ['apply', '--config', own, '--json'], {
        when: { matches: /NODE_NET_PROBING/, act: signal => signal('SIGINT') },
      })
      expect(ended.code).toBe(8)
      expect(jsonLines(ended).at(-1)).toMatchObject({ error: { code: 'CANCELLED' }, exitCode: 8 })
      expect(await nicsOf()).toEqual(['lo', 'eth0'])
      expect((await node2().run('ip', 'netns', 'list')).stdout).toBe('')
      await lab.fabric.plug({ machine: node2(), nic: 'eth0' })
    }, 60_000)

    it('works alone: another one at the same time is told who does', async () => {
      const own = writeConfig('node2.json', plain())
      let second: Promise<Awaited<ReturnType<typeof nodeNet>>> | undefined
      const first = await on(node2(), ['apply', '--config', own, '--json'], {
        when: {
          matches: /NODE_NET_PROBING/,
          act: signal => {
            // Otherwise it might be done before the other one has begun.
            signal('SIGSTOP')
            second = on(node2(), ['apply', '--config', own, '--json']).finally(() => signal('SIGCONT'))
          },
        },
      })
      const refused = await second
      expect(refused?.code).toBe(1)
      expect(jsonLines(refused ?? first)).toMatchObject([
        { error: { code: 'NODE_NET_LOCKED', details: { pid: expect.any(Number) } }, exitCode: 1 },
      ])
      expect(first.code).toBe(0)
      expect(jsonLines(first).at(-1)).toMatchObject({ code: 'NODE_NET_APPLIED' })
    }, 60_000)
  })

  describe('in a named namespace', () => {
    it('sets up a whole node there, and touches nothing of the machine around it', async () => {
      const machine = await lab.restart('node2')
      const spec = lab.scenario.nodes[1]?.config as NodeNetworkConfig
      const own = writeConfig('inner.json', spec)
      await machine.run('ip', 'netns', 'add', 'outer')
      await machine.run('ip', 'link', 'set', 'eth0', 'netns', 'outer')
      const around = () => lookAround(machine)
      const before = await around()
      const flags = ['--config', own, '--root-namespace', 'outer', '--json']
      const ended = await on(machine, ['apply', ...flags])
      expect({ code: ended.code, err: ended.err }).toEqual({ code: 0, err: '' })

      const vm = machineNamespace({ id: '7-2-vm', network: 'lab' })
      const { namespace } = devicesOf({ twin: 7, name: 'lab', type: 'network' })
      const names = (await ipJson<{ name: string }>(machine, 'netns', 'list')).map(({ name }) => name).sort()
      expect(names).toEqual(['outer', 'outer.ndmz', `outer.${namespace}`, `outer.${vm}`].sort())
      expect(await around()).toEqual(before)
      const asked = await askEcho(machine, { address: lab.internet.ipv4, namespace: `outer.${vm}` })
      expect(asked).toEqual({ seen: '198.51.100.2' })

      expect(jsonLines(await on(machine, ['plan', ...flags]))).toMatchObject([{ operations: [], conflicts: [] }])
      expect(jsonLines(await on(machine, ['status', ...flags]))).toMatchObject([{ pending: 0 }])
      const bare = writeConfig('inner-bare.json', { ...spec, networks: [], machines: [] })
      const removed = await on(machine, ['apply', '--config', bare, '--root-namespace', 'outer', '--json'])
      expect(removed.code).toBe(0)
      const left = (await ipJson<{ name: string }>(machine, 'netns', 'list')).map(({ name }) => name).sort()
      expect(left).toEqual(['outer', 'outer.ndmz'])
      expect(await around()).toEqual(before)
    }, 60_000)
  })

  it('brings a node up by watching it, until it is told to end; its services run on', async () => {
    const machine = await lab.restart('node2')
    const own = writeConfig('watched.json', lab.scenario.nodes[1]?.config)
    const vm = machineNamespace({ id: '7-2-vm', network: 'lab' })
    let reached: Promise<unknown> | undefined
    const ended = await on(machine, ['watch', '--config', own, '--json'], {
      when: {
        matches: /NODE_NET_/,
        act: signal => {
          reached = eventually(
            'a machine to get out',
            async () => (await askEcho(machine, { address: lab.internet.ipv4, namespace: vm })).seen,
            20_000,
          ).finally(() => signal('SIGTERM'))
        },
      },
    })
    expect(await reached).toBe('198.51.100.2')
    expect(ended.code).toBe(0)
    expect(jsonLines(ended).length).toBeGreaterThan(0)
    expect((await servicesOf(machine)).length).toBe(3)
    expect(jsonLines(await on(machine, ['plan', '--config', own, '--json']))).toMatchObject([{ operations: [] }])
  }, 60_000)

  it('leaves no key in the folder of its state', async () => {
    const { stdout } = await node1().run('find', '/run/hyphae/node-network', '-name', 'wireguard-*', '-type', 'f')
    // Records and logs of services are called so too.
    expect(stdout.split('\n').filter(path => path !== '' && !path.includes('/services/'))).toEqual([])
  })
})

/** What a machine has of its own. */
function lookAround(machine: LabMachine): Promise<readonly string[]> {
  const looks = ['ip -o link', 'ip -o address', 'ip route show table all', 'nft list ruleset', 'cat /etc/resolv.conf']
  const sysctl = 'sysctl net.ipv4.ip_forward net.ipv6.conf.all.forwarding net.ipv6.conf.default.disable_ipv6'
  return Promise.all(
    [...looks, sysctl].map(async words => {
      const [program = '', ...args] = words.split(' ')
      return (await machine.run(program, ...args)).stdout
    }),
  )
}
