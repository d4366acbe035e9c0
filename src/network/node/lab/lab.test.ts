import { existsSync, readdirSync, readFileSync } from 'node:fs'

import { afterEach, describe, expect, it } from '@jest/globals'

import {
  askForLease,
  canBuildLabs,
  eventually,
  hasCarrier,
  ipJson,
  type Lease,
} from '../../../../test/support/node-lab.js'
import { formatIp, networkOf, parseCidr, parseIp } from '../../address/index.js'
import { askEcho, ECHO_PORT, startEcho } from './echo.js'
import { nicMac } from './fabric.js'
import { INTERNET } from './internet-addresses.js'
import type { LabMachine } from './machine.js'
import { isUla } from './router-config.js'
import type { NicSpec, NodeSpec, Scenario, SegmentSpec } from './scenario.js'
import { findScenario, SCENARIOS } from './scenarios/index.js'
import { type Lab, type LabOptions, startLab } from './start-lab.js'

const describeWithLab = canBuildLabs() ? describe : describe.skip
/** Where silence is expected. */
const ASK_MS = 400
const PATIENT_MS = 5_000

let lab: Lab | undefined
afterEach(async () => {
  const folder = lab?.folder
  await lab?.stop()
  if (folder !== undefined) expect(existsSync(folder)).toBe(false)
  lab = undefined
})

async function start(scenario: Scenario | string, options: LabOptions = {}): Promise<Lab> {
  lab = await startLab(typeof scenario === 'string' ? findScenario(scenario) : scenario, options)
  return lab
}

describeWithLab('every scenario keeps what it promises to a plain machine:', () => {
  // Several at once: labs know nothing of each other.
  it.concurrent.each(SCENARIOS.map(scenario => [scenario.name, scenario] as const))('%s', async (_, scenario) => {
    const startedAt = performance.now()
    const built = await startLab(scenario)
    try {
      // For whoever wants to know; never judged.
      if (process.env.LAB_TIMES)
        process.stderr.write(`${scenario.name}: ${Math.round(performance.now() - startedAt)} ms\n`)
      await Promise.all(scenario.nodes.map(node => tryNode(built, node)))
    } finally {
      await built.stop()
    }
    expect(existsSync(built.folder)).toBe(false)
  })
})

/** As a plain machine would use its NICs: leases, SLAAC, a question to the Internet, and one from there. */
async function tryNode(built: Lab, { name, nics }: NodeSpec): Promise<void> {
  const machine = built.machine(name)
  const segments = nics.map(nic => built.scenario.segments.find(one => one.name === nic.segment) as SegmentSpec)
  const [, ...leases] = await Promise.all([
    startEcho(machine, { ports: [ECHO_PORT] }),
    ...nics.map(async (nic, index) => {
      expect(await hasCarrier(machine, nic.name)).toBe(false)
      await machine.run('ip', 'link', 'set', nic.name, 'up')
      expect(await hasCarrier(machine, nic.name)).toBe(true)
      return segments[index]?.ipv4?.dhcp ? askForLease(machine, nic.name) : undefined
    }),
  ])
  // One after the other: each NIC is the way out once.
  for (const [index, nic] of nics.entries()) {
    const { ipv4, ipv6 } = segments[index] as SegmentSpec
    await Promise.all([
      ipv4?.dhcp ? try4(built, machine, nic, ipv4, leases[index]) : undefined,
      ipv6 && ipv6.advertise !== 'nothing' ? try6(built, machine, nic.name, ipv6) : undefined,
    ])
  }
}

async function try4(
  { internet, router }: Lab,
  machine: LabMachine,
  nic: NicSpec,
  ipv4: NonNullable<SegmentSpec['ipv4']>,
  lease: Lease | undefined,
): Promise<void> {
  const { dhcp, nat, router: gateway } = ipv4
  if (!lease || !dhcp) throw new Error(`no lease on ${nic.name}: ${router.log()}`)
  const own = parseIp(lease.ip).value
  if (nic.reserved !== undefined) expect(lease.ip).toBe(nic.reserved)
  else expect(own >= parseIp(dhcp.from).value && own <= parseIp(dhcp.to).value).toBe(true)
  expect(`${lease.router}/${lease.mask}`).toBe(dhcp.gateway ? gateway : `undefined/${gateway.split('/')[1]}`)

  await machine.run('ip', 'address', 'add', `${lease.ip}/${lease.mask}`, 'dev', nic.name)
  if (lease.router === undefined) {
    const answer = await askEcho(machine, { address: internet.ipv4, timeoutMs: ASK_MS })
    expect(answer).toEqual({ failed: 'ENETUNREACH' })
    return
  }
  await machine.run('ip', 'route', 'replace', 'default', 'via', lease.router, 'dev', nic.name)
  // Private addresses leave as the router's own, public ones as they are; from outside only those can be dialled.
  const [asked, dialled] = await Promise.all([
    askEcho(machine, { address: internet.ipv4 }),
    askEcho(internet.machine, { address: lease.ip }),
  ])
  expect(asked).toEqual({ seen: nat ? INTERNET.routerIpv4 : lease.ip })
  expect(dialled).toEqual(nat ? { failed: 'ENETUNREACH' } : { seen: internet.ipv4 })
}

async function try6(
  { internet }: Lab,
  machine: LabMachine,
  nic: string,
  { router, advertise, inbound }: NonNullable<SegmentSpec['ipv6']>,
): Promise<void> {
  const own = slaacAddress(router, nicMac(machine.name, nic))
  await eventually(`${own} on ${nic}`, async () => (await globalAddresses(machine, nic)).includes(own))
  const routes = await ipJson<{ dst: string; dev: string }>(machine, '-6', 'route', 'show', 'default', 'dev', nic)
  expect(routes.length > 0).toBe(advertise === 'gateway')
  const [asked, dialled] = await Promise.all([
    askEcho(machine, { address: internet.ipv6, source: own, timeoutMs: isUla(router) ? ASK_MS : PATIENT_MS }),
    askEcho(internet.machine, { address: own, timeoutMs: inbound === 'closed' ? ASK_MS : PATIENT_MS }),
  ])
  expect(asked).toEqual(isUla(router) ? { failed: 'no answer' } : { seen: own })
  if (isUla(router)) expect(dialled).toEqual({ failed: 'ENETUNREACH' })
  else expect(dialled).toEqual(inbound === 'open' ? { seen: internet.ipv6 } : { failed: 'no answer' })
}

async function globalAddresses(machine: LabMachine, nic: string): Promise<readonly string[]> {
  type Json = { addr_info: { local: string; scope: string }[] }
  const links = await ipJson<Json>(machine, '-6', 'address', 'show', 'dev', nic, 'scope', 'global')
  return links.flatMap(link => link.addr_info.map(({ local }) => local))
}

/** Names of the programs that this process has started and that run. */
function ownChildren(): readonly string[] {
  return readdirSync('/proc/self/task').flatMap(thread =>
    readFileSync(`/proc/self/task/${thread}/children`, 'utf8')
      .split(' ')
      .filter(Boolean)
      .flatMap(pid => {
        try {
          return [readFileSync(`/proc/${pid}/comm`, 'utf8').trim()]
        } catch {
          return []
        }
      }),
  )
}

/** RFC 4291, appendix A: the hardware address in two halves around ff:fe, its local bit turned. */
function slaacAddress(router: string, mac: string): string {
  const [a = 0, b, c, d, e, f] = mac.split(':').map(byte => Number.parseInt(byte, 16))
  const bytes = [a ^ 2, b, c, 0xff, 0xfe, d, e, f] as number[]
  const host = bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n)
  return formatIp({ version: 6, value: networkOf(parseCidr(router)).value | host })
}

describeWithLab('in a lab', () => {
  it('a cable that is pulled takes the carrier along, and gives it back', async () => {
    const { fabric, nodes } = await start('nat4-only')
    const node = nodes.get('node1') as LabMachine
    await node.run('ip', 'link', 'set', 'eth0', 'up')
    expect(await hasCarrier(node, 'eth0')).toBe(true)
    await fabric.unplug({ machine: node, nic: 'eth0' })
    expect(await hasCarrier(node, 'eth0')).toBe(false)
    await fabric.plug({ machine: node, nic: 'eth0' })
    expect(await hasCarrier(node, 'eth0')).toBe(true)
  })

  it('a NIC moved to another segment gets its lease there', async () => {
    const { fabric, nodes } = await start('three-nodes')
    const node = nodes.get('node3') as LabMachine
    await node.run('ip', 'link', 'set', 'eth0', 'up')
    expect((await askForLease(node, 'eth0'))?.router).toBe('192.168.1.1')
    await fabric.moveTo({ machine: node, nic: 'eth0' }, 'public')
    expect((await askForLease(node, 'eth0'))?.router).toBe('203.0.113.1')
  })

  it('the DHCP server stops and comes back, with other leases or without any', async () => {
    const { router, nodes } = await start('nat4-routed6')
    const node = nodes.get('node1') as LabMachine
    await router.stopServing()
    await node.run('ip', 'link', 'set', 'eth0', 'up')
    expect(await askForLease(node, 'eth0', 1)).toBeUndefined()
    expect(await globalAddresses(node, 'eth0')).toEqual([])

    await router.serve({ advertisements: false, leaseSeconds: 120 })
    expect(await askForLease(node, 'eth0')).toMatchObject({ router: '192.168.1.1', lease: '120' })
    expect(await globalAddresses(node, 'eth0')).toEqual([])

    await router.serve({ dhcp: false })
    await eventually('an address by SLAAC', async () => (await globalAddresses(node, 'eth0')).length > 0, 10_000)
    await router.serve()
    expect(await askForLease(node, 'eth0')).toMatchObject({ lease: '3600' })
  })

  it('a capture shows who sent what, on a segment and on a cable', async () => {
    const { fabric, nodes, internet } = await start('nat4-only')
    const node = nodes.get('node1') as LabMachine
    await node.run('ip', 'link', 'set', 'eth0', 'up')
    await node.run('ip', 'address', 'add', '192.168.1.7/24', 'dev', 'eth0')
    await node.run('ip', 'route', 'add', 'default', 'via', '192.168.1.1')
    const [inside, outside] = await Promise.all([
      fabric.capture({ machine: node, nic: 'eth0' }, ['icmp']),
      fabric.capture(INTERNET.segment, ['icmp']),
    ])
    await node.run('ping', '-c', '1', '-W', '2', internet.ipv4)
    expect(await inside.waitFor(/echo reply/)).toMatch(/^IP 198\.51\.100\.1 > 192\.168\.1\.7: ICMP echo reply/)
    expect(await outside.waitFor(/echo request/)).toMatch(/^IP 198\.51\.100\.2 > 198\.51\.100\.1: ICMP echo request/)
    // Nothing private has passed.
    expect(outside.lines().filter(line => line.includes('192.168'))).toEqual([])
    await Promise.all([inside.stop(), outside.stop()])
    await expect(fabric.capture('home', ['no', 'filter'])).rejects.toMatchObject({ code: 'NODE_NET_LAB' })
  })

  it('UDP and other ports are answered too, from namespaces and other sources', async () => {
    const { nodes, internet } = await start('public4-only')
    const node = nodes.get('node1') as LabMachine
    await node.run('ip', 'link', 'set', 'eth0', 'up')
    for (const host of [7, 8]) await node.run('ip', 'address', 'add', `203.0.113.${host}/24`, 'dev', 'eth0')
    await node.run('ip', 'route', 'add', 'default', 'via', '203.0.113.1')
    const ask = { address: internet.ipv4 } as const
    expect(await askEcho(node, { ...ask, protocol: 'udp' })).toEqual({ seen: '203.0.113.7' })
    expect(await askEcho(node, { ...ask, port: 25, source: '203.0.113.8' })).toEqual({ seen: '203.0.113.8' })
    expect(await askEcho(node, { ...ask, port: 26 })).toEqual({ failed: 'ECONNREFUSED' })
    await node.run('ip', 'netns', 'add', 'apart')
    expect(await askEcho(node, { ...ask, namespace: 'apart' })).toEqual({ failed: 'ENETUNREACH' })
  })

  it('a user reaches public addresses of nodes, and no private ones', async () => {
    const { users, nodes } = await start('farm')
    const [user, node] = [users.get('user1') as LabMachine, nodes.get('node1') as LabMachine]
    await Promise.all([
      startEcho(node),
      node.run('ip', 'link', 'set', 'eth0', 'up'),
      node.run('ip', 'link', 'set', 'eth1', 'up'),
    ])
    await node.run('ip', 'address', 'add', '10.0.0.7/24', 'dev', 'eth0')
    await node.run('ip', 'address', 'add', '203.0.113.11/24', 'dev', 'eth1')
    await node.run('ip', 'route', 'add', 'default', 'via', '203.0.113.1')
    expect(await askEcho(user, { address: '203.0.113.11' })).toEqual({ seen: '198.51.100.50' })
    expect(await askEcho(user, { address: '10.0.0.7', timeoutMs: ASK_MS })).toEqual({ failed: 'ENETUNREACH' })
    // Not even by asking the router for it.
    await user.run('ip', 'route', 'add', '10.0.0.0/24', 'via', INTERNET.routerIpv4)
    expect(await askEcho(user, { address: '10.0.0.7', timeoutMs: ASK_MS })).toEqual({ failed: 'no answer' })
  })

  it('names are answered by the router when it is told to', async () => {
    const { nodes } = await start('nat4-only', { names: { 'hub.grid.tf': '198.51.100.1' } })
    const node = nodes.get('node1') as LabMachine
    await node.run('ip', 'link', 'set', 'eth0', 'up')
    expect(await askForLease(node, 'eth0')).toMatchObject({ dns: '192.168.1.1' })
  })

  it('a node whose power was cut comes back empty, its cables in', async () => {
    const { nodes, restart } = await start('oob-split')
    const before = nodes.get('node1') as LabMachine
    await before.run('ip', 'netns', 'add', 'ndmz')
    await before.run('ip', 'link', 'set', 'eth1', 'netns', 'ndmz')
    const after = await restart('node1')
    await before.ended
    expect(nodes.get('node1')).toBe(after)
    expect((await after.run('ip', 'netns')).stdout).toBe('')
    await after.run('ip', 'link', 'set', 'eth0', 'up')
    expect((await askForLease(after, 'eth0'))?.router).toBe('10.0.0.1')
    expect((await ipJson<{ ifname: string }>(after, 'link')).map(({ ifname }) => ifname)).toContain('eth1')
  })

  it('machines, NICs and segments that are not there are named', async () => {
    const { machine, fabric, restart } = await start('nat4-only')
    expect(() => machine('node9')).toThrow(
      expect.objectContaining({ code: 'NODE_NET_LAB', hint: expect.stringContaining('node1') }),
    )
    await expect(restart('router')).rejects.toMatchObject({ code: 'NODE_NET_LAB' })
    expect(() => fabric.moveTo({ machine: { name: 'node1' }, nic: 'eth0' }, 'a b')).toThrow(
      expect.objectContaining({ code: 'NODE_NET_NAME' }),
    )
    await expect(fabric.unplug({ machine: { name: 'node1' }, nic: 'eth7' })).rejects.toMatchObject({
      code: 'NODE_NET_COMMAND',
    })
  })

  it('is ended by its signal while it is built, and leaves nothing', async () => {
    const controller = new AbortController()
    const starting = startLab(findScenario('two-nodes'), { signal: controller.signal })
    controller.abort()
    await expect(starting).rejects.toMatchObject({ code: 'CANCELLED' })
    await eventually(
      'all that was started to end',
      async () => !ownChildren().some(name => /^(unshare|nsenter)$/.test(name)),
    )
  })

  it('asks whether addresses are taken, or does not', async () => {
    for (const duplicateAddressDetection of [true, false]) {
      const { nodes, stop } = await start('nat4-only', { duplicateAddressDetection })
      const node = nodes.get('node1') as LabMachine
      await node.run('ip', 'link', 'set', 'eth0', 'up')
      const tentative = await ipJson(node, '-6', 'address', 'show', 'dev', 'eth0', 'tentative')
      expect(tentative.length > 0).toBe(duplicateAddressDetection)
      await stop()
    }
  })
})
