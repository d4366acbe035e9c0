/**
 * Light networks, which are Mycelium's. Its daemon is not to be had here: a stand-in writes down how it was started, and
 * makes the link that the daemon would make.
 */
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { deriveMycelium, networkId } from '../../src/network/address/index.js'
import { machineNamespace } from '../../src/network/node/compile/machine.js'
import type { NodeNetworkConfig } from '../../src/network/node/config/config.js'
import { findScenario } from '../../src/network/node/lab/scenarios/index.js'
import { type Lab, startLab } from '../../src/network/node/lab/start-lab.js'
import { eventually } from '../support/eventually.js'
import { canBuildWholeLabs, ipJson } from '../support/node-lab.js'
import { withParts } from './support/networks-config.js'
import { type TestNode, testNode } from './support/networks-node.js'
import { tracesOf } from './support/networks-traces.js'
import { answers, reaches } from './support/networks-traffic.js'

const describeWithLab = canBuildWholeLabs() ? describe : describe.skip

const KEY = '050d109829d8492d48bfb33b711056080571c69e46bfde6b4294c4c5bf468a76'
const SEED = '1e1404279b3d'
const PEERS = ['tcp://192.0.2.1:9651', 'quic://[2001:db8::1]:9651']
const LIGHT = { twin: 7, name: 'light', type: 'network-light' } as const
const ID = networkId(LIGHT.twin, LIGHT.name)
const MACHINE = { id: '7-1-vm', twin: 7, network: LIGHT.name, ip: '10.77.1.2', attach: 'namespace' } as const

/** Its first argument is looked at only; the tun ends with it, unless it is killed. */
const STAND_IN = `#!/bin/sh
[ "$1" = --version ] && { echo 'mycelium 0.6'; exit 0; }
printf '%s\\n' "$@" > "$(dirname "$0")/arguments"
while [ $# -gt 0 ]; do
  [ "$1" = --tun-name ] && tun=$2
  shift
done
ip link delete dev "$tun" 2>/dev/null
ip tuntap add dev "$tun" mode tun
ip link set dev "$tun" up
ip address add 400::1/7 dev "$tun"
trap 'ip link delete dev "$tun"; exit 0' TERM
echo started >> "$(dirname "$0")/starts"
sleep 100000 &
wait
`

describeWithLab('a light network', () => {
  let lab: Lab
  let node: TestNode
  let binary = ''
  let before: Awaited<ReturnType<typeof tracesOf>>
  const bare = (): NodeNetworkConfig => ({
    ...(lab.scenario.nodes[0]?.config as NodeNetworkConfig),
    mycelium: { binary, peers: PEERS },
  })
  const network = {
    ...LIGHT,
    data: {
      ip_range: '10.77.0.0/16',
      subnet: '10.77.1.0/24',
      wireguard_private_key: '',
      wireguard_listen_port: 0,
      peers: [],
      mycelium: { hex_key: KEY, peers: [] },
    },
  }
  const config = () => withParts(bare(), { networks: [network], machines: [{ ...MACHINE, myceliumSeed: SEED }] })
  const starts = () => readFileSync(join(lab.folder, 'starts'), 'utf8').trim().split('\n').length
  const service = async () => (await node.services.list()).find(({ name }) => name.includes(`mycelium`))

  beforeAll(async () => {
    lab = await startLab(findScenario('nat4-only'))
    binary = join(lab.folder, 'mycelium')
    writeFileSync(binary, STAND_IN)
    chmodSync(binary, 0o755)
    node = testNode(lab.machine('node1'))
    await node.apply(bare())
    before = await tracesOf(node)
    await node.apply(config())
  }, 60_000)
  afterAll(async () => {
    await node?.close()
    await lab?.stop()
  }, 30_000)

  it('has the names of a light node, and starts the daemon with key file, peers and tun', async () => {
    const { namespaces, links } = await tracesOf(node)
    expect(namespaces).toContain(`n${ID}`)
    expect(links).toEqual(expect.arrayContaining([`r${ID}`, `m${ID}`]))
    const keyFile = join(node.stateDir, 'mycelium', `${ID}.key`)
    const given = readFileSync(join(lab.folder, 'arguments'), 'utf8').trim().split('\n')
    const tun = given[given.indexOf('--tun-name') + 1]
    expect(given).toEqual(['--silent', '--key-file', keyFile, '--tun-name', tun, '--peers', ...PEERS])
    expect(statSync(keyFile).mode & 0o777).toBe(0o600)
    expect(readFileSync(keyFile).toString('hex')).toBe(KEY)
    const inside = await ipJson<{ ifname: string }>(node.machine, '-n', `n${ID}`, 'link', 'show')
    expect(inside.map(({ ifname }) => ifname)).toContain(tun)
    expect(await isAsDesired()).toEqual([])
  })

  it('gives its machine the address that key and seed make, with the gateway ::1', async () => {
    const { gateway, machine } = deriveMycelium({ key: KEY, seed: SEED })
    expect(gateway).toMatch(/::1$/)
    const namespace = machineNamespace(MACHINE)
    const place = { machine: node.machine, namespace }
    const addresses = await node.machine.run('ip', '-n', namespace, '-6', '-o', 'address', 'show', 'dev', 'eth1')
    expect(addresses.stdout).toContain(`${machine}/64`)
    await reaches(place, gateway)
    expect(await answers({ machine: node.machine, namespace: `n${ID}` }, machine ?? '')).toBe(true)
    const { stdout } = await node.machine.run('ip', '-n', namespace, '-6', 'route', 'get', '500::1')
    expect(stdout).toContain(`via ${gateway} dev eth1`)
  }, 30_000)

  it('gets its daemon back when it was killed, and has nothing to do then', async () => {
    const [startsBefore, restarts] = [starts(), (await service())?.restarts ?? 0]
    const { stdout } = await node.machine.run('pgrep', '-f', `^/bin/sh ${binary} --silent`)
    await node.machine.run('kill', '-KILL', stdout.trim())
    await eventually('the daemon to be started again', () => starts() > startsBefore)
    await eventually('the supervisor to say so', async () => (await service())?.restarts === restarts + 1)
    await node.apply(config())
    expect(await isAsDesired()).toEqual([])
    expect(starts()).toBe(startsBefore + 1)
  }, 30_000)

  it('is started anew with other peers, and keeps its machine', async () => {
    const startsBefore = starts()
    const others = { ...config(), mycelium: { binary, peers: PEERS.slice(0, 1) } }
    const { applied } = await node.apply(others)
    expect(applied.map(({ kind }) => kind)).toEqual(['service-start'])
    await eventually('the daemon to be started again', () => starts() > startsBefore)
    expect(readFileSync(join(lab.folder, 'arguments'), 'utf8').trim().split('\n').slice(-2)).toEqual([
      '--peers',
      PEERS[0],
    ])
    await node.apply(config())
  }, 30_000)

  it('leaves nothing when it goes: neither key nor process', async () => {
    await node.apply(bare())
    expect(await tracesOf(node)).toEqual(before)
    expect(() => statSync(join(node.stateDir, 'mycelium', `${ID}.key`))).toThrow('ENOENT')
    const { stdout } = await node.machine.run('ps', '-e', '-o', 'args=')
    expect(stdout).not.toContain(binary)
  }, 30_000)

  async function isAsDesired() {
    return (await (await node.network(config())).plan()).operations
  }
})
