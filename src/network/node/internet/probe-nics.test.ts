import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'

import { canBuildLabs, eventually } from '../../../../test/support/node-lab.js'
import { type Segments, startSegments } from '../../../../test/support/node-segments.js'
import type { LabMachine } from '../lab/machine.js'
import type { CommandRunner } from '../system/runner.js'
import { dhcpcd } from './dhcpcd.js'
import { type ProbeOptions, probeNics } from './probe-nics.js'
import { recoverProbes } from './recover.js'
import { udhcpc } from './udhcpc.js'

const PROGRAM = resolve('test/support/probe-child.ts')

const describeWithLab = canBuildLabs('dhcpcd') ? describe : describe.skip

describeWithLab('probing NICs', () => {
  let segments: Segments
  let machine: LabMachine
  let folder: string

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hyphae-probe-'))
    segments = await startSegments({
      segments: {
        home: { ipv4: '192.168.7.1/24', ipv6: '2001:db8:7::1/64' },
        other: { ipv4: '192.168.8.1/24', ipv6: '2001:db8:8::1/64' },
        four: { ipv4: '192.168.9.1/24' },
        six: { ipv6: '2001:db8:9::1/64' },
        dead: {},
        dead2: {},
      },
    })
  })
  afterAll(async () => {
    await segments.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  afterEach(async () => {
    expect(JSON.parse((await ip('root', '-j', 'netns', 'list')) || '[]')).not.toContainEqual(
      expect.objectContaining({ name: expect.stringMatching(/^probe-/) }),
    )
  })

  const ip = async (namespace: string, ...args: readonly string[]) =>
    (await machine.runner.run({ namespace, program: 'ip', args })).stdout
  /** A machine with `eth0`, `eth1` … on these segments. */
  const plug = async (...names: readonly string[]) => {
    machine = await segments.machine(...names)
  }
  const probe = async (more: Partial<ProbeOptions> & { names: readonly string[]; runner?: CommandRunner }) => {
    const { names, runner = machine.runner, ...rest } = more
    const links = JSON.parse(await ip('root', '-j', 'link', 'show')) as {
      ifname: string
      address: string
      master?: string
    }[]
    const nics = links
      .filter(({ ifname }) => names.includes(ifname))
      .map(({ ifname, address, master }) => ({ name: ifname, mac: address, enslaved: master !== undefined }))
    const started = runner.started
    const since = performance.now()
    const probes = await probeNics({ runner, nics, dhcp: udhcpc(), folder, duplicateAddressDetection: false, ...rest })
    return { probes, ms: performance.now() - since, processes: runner.started - started }
  }
  const rootLinks = async () =>
    (JSON.parse(await ip('root', '-j', 'link', 'show')) as { ifname: string }[]).map(({ ifname }) => ifname).sort()

  it.each([udhcpc(), dhcpcd()])('finds lease, prefix and router of a segment with $name', async dhcp => {
    await plug('home')
    const { probes, ms, processes } = await probe({ names: ['eth0'], dhcp })
    expect(probes).toEqual([
      {
        nic: 'eth0',
        mac: expect.stringMatching(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/),
        carrier: true,
        leases: [{ address: expect.stringMatching(/^192\.168\.7\.\d+\/24$/), router: '192.168.7.1' }],
        ipv6: [expect.stringMatching(/^2001:db8:7:0:.*\/64$/)],
        gateway6: expect.stringMatching(/^fe80::/),
        routerMacs: [expect.any(String)],
      },
    ])
    expect(await rootLinks()).toEqual(['eth0', 'lo'])
    process.stdout.write(`one NIC with ${dhcp.name}: ${Math.round(ms)} ms, ${processes} children and a monitor\n`)
  })

  it('asks two NICs at once, with few processes', async () => {
    await plug('home', 'other')
    const runs = []
    for (let i = 0; i < 3; i++) runs.push(await probe({ names: ['eth0', 'eth1'] }))
    for (const { probes } of runs) {
      expect(probes.map(({ nic, leases, ipv6 }) => [nic, leases[0]?.router, ipv6.length])).toEqual([
        ['eth0', '192.168.7.1', 1],
        ['eth1', '192.168.8.1', 1],
      ])
    }
    // And the one that watches. More are needed when the first question to a router is lost.
    const processes = Math.min(...runs.map(one => one.processes))
    const ms = Math.min(...runs.map(one => one.ms))
    expect(processes + 1).toBeLessThanOrEqual(10)
    expect(ms).toBeLessThan(1_500)
    process.stdout.write(`two NICs: ${Math.round(ms)} ms, ${processes} children and a monitor\n`)
  })

  it('takes as long as the slower of two, not as both', async () => {
    await plug('dead', 'dead2')
    const { probes, ms } = await probe({ names: ['eth0', 'eth1'], dhcpMs: 2_000 })
    expect(probes.map(({ carrier, leases, ipv6 }) => [carrier, leases, ipv6])).toEqual([
      [true, [], []],
      [true, [], []],
    ])
    expect(ms).toBeGreaterThan(1_500)
    expect(ms).toBeLessThan(3_500)
  })

  it('waits a moment for the others after the first that is of use', async () => {
    await plug('four', 'dead')
    const { probes, ms } = await probe({ names: ['eth0', 'eth1'], graceMs: 900 })
    expect(probes.map(({ leases }) => leases.length)).toEqual([1, 0])
    expect(ms).toBeGreaterThan(850)
    expect(ms).toBeLessThan(3_000)
  })

  it('is not delayed by a NIC without a cable', async () => {
    await plug('home', 'dead')
    await segments.lab.fabric.unplug({ machine, nic: 'eth1' })
    const { probes, ms } = await probe({ names: ['eth0', 'eth1'] })
    expect(probes.map(({ carrier, leases }) => [carrier, leases.length])).toEqual([
      [true, 1],
      [false, 0],
    ])
    expect(ms).toBeLessThan(2_000)
  })

  it('finds the prefix with duplicate address detection too', async () => {
    await plug('six')
    const { probes, ms } = await probe({ names: ['eth0'], dhcpMs: 1_000, duplicateAddressDetection: true })
    expect(probes[0]).toMatchObject({ leases: [], ipv6: [expect.any(String)], gateway6: expect.any(String) })
    process.stdout.write(`an IPv6 NIC with duplicate address detection: ${Math.round(ms)} ms\n`)
  })

  it('leaves ports of a bridge where they are', async () => {
    await plug('four')
    await ip('root', 'link', 'add', 'name', 'zos', 'type', 'bridge')
    await ip('root', 'link', 'set', 'dev', 'eth0', 'master', 'zos')
    const { probes, processes } = await probe({ names: ['eth0'] })
    expect(probes).toEqual([
      { nic: 'eth0', mac: expect.any(String), carrier: false, enslaved: true, leases: [], ipv6: [] },
    ])
    expect(processes).toBe(0)
  })

  it('brings the NICs back when it is cancelled', async () => {
    await plug('dead')
    const cancel = new AbortController()
    const probing = probe({ names: ['eth0'], signal: cancel.signal })
    setTimeout(() => cancel.abort(), 300)
    await expect(probing).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(await rootLinks()).toEqual(['eth0', 'lo'])
  })

  it('brings the NICs back when the DHCP client cannot run', async () => {
    await plug('dead')
    const broken = {
      ...udhcpc(),
      probe: () => machine.runner.run({ namespace: 'root', program: 'no-such-client', args: [] }) as never,
    }
    await expect(probe({ names: ['eth0'], dhcp: broken })).rejects.toMatchObject({ code: 'NODE_NET_TOOL' })
    expect(await rootLinks()).toEqual(['eth0', 'lo'])
  })

  it('can be killed, and its NICs found again', async () => {
    await plug('dead', 'four')
    const args = [
      '--no-warnings',
      '--import',
      'jiti/register',
      PROGRAM,
      JSON.stringify(machine.enter),
      folder,
      'eth0',
      'eth1',
    ]
    const child = spawn(process.execPath, args, { stdio: 'ignore', env: { ...process.env, NODE_OPTIONS: '' } })
    try {
      await eventually('both NICs to be away', async () => (await rootLinks()).join() === 'lo')
    } finally {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    expect(await recoverProbes({ runner: machine.runner })).toEqual(['eth0', 'eth1'])
    expect(await rootLinks()).toEqual(['eth0', 'eth1', 'lo'])
    expect((await probe({ names: ['eth1'] })).probes[0]?.leases).toHaveLength(1)
  })

  it('finds again a NIC that a killed process has left, and leaves alone what is not its own', async () => {
    await plug('dead')
    const { runner } = machine
    await ip('root', 'netns', 'add', 'probe-eth0')
    await ip('root', 'link', 'set', 'dev', 'eth0', 'netns', 'probe-eth0', 'up')
    await ip('root', 'netns', 'add', 'probe-eth9')
    await ip('root', 'netns', 'add', 'sonde')
    expect(await recoverProbes({ runner })).toEqual(['eth0'])
    expect(await rootLinks()).toEqual(['eth0', 'lo'])
    expect(await recoverProbes({ runner })).toEqual([])
    expect(await ip('root', 'netns', 'list')).toContain('sonde')

    await ip('root', 'netns', 'add', 'probe-theirs')
    await ip('probe-theirs', 'link', 'add', 'name', 'v0', 'type', 'veth', 'peer', 'name', 'v1')
    await expect(recoverProbes({ runner })).rejects.toMatchObject({ code: 'NODE_NET_CONFLICT' })
    await ip('root', 'netns', 'delete', 'probe-theirs')
  })
})
