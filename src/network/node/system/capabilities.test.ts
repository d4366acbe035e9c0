import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { canBuildLabs } from '../../../../test/support/node-lab.js'
import { NodeNetworkError } from '../../../errors/node-network.js'
import { type LabMachine, startMachine } from '../lab/machine.js'
import { type Capabilities, type CapabilityName, probeCapabilities } from './capabilities.js'
import { missingCapabilities } from './missing-capabilities.js'
import type { Command, CommandRunner } from './runner.js'

const describeAsRoot = process.geteuid?.() === 0 && canBuildLabs('wg', 'wireguard-go') ? describe : describe.skip

describeAsRoot('what a machine can do', () => {
  let machine: LabMachine
  let folder: string
  let found: Capabilities

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hyphae-capabilities-'))
    machine = await startMachine({ name: 'node1', folder })
    found = await probeCapabilities(machine.runner)
  })
  afterAll(async () => {
    await machine.stop()
    rmSync(folder, { recursive: true })
  })

  it('holds what the tests of this room need as root', () => {
    const needed = [found.namespaces, found.bridge, found.veth, found.macvlan, found.tap, found.userspaceWireguard]
    expect([...needed, found.nftInet, found.nftBridge]).toEqual(Array.from({ length: 8 }, () => ({ works: true })))
  })

  it('says why something does not work', () => {
    for (const { works, reason } of Object.values(found)) expect(works || (reason ?? '') !== '').toBe(true)
  })

  it('leaves nothing behind', async () => {
    expect((await machine.run('ip', 'netns', 'list')).stdout).toBe('')
    expect((await machine.run('ip', '-br', 'link')).stdout).toMatch(/^lo .*\n$/)
  })
})

describe('what a machine can do where nothing is allowed', () => {
  it('is nothing, each with the reason', async () => {
    const commands: Command[] = []
    const { namespaces, bridge, dhcpcd } = await probeCapabilities(without(commands))
    expect(namespaces).toEqual({ works: false, reason: 'mkdir /run/netns failed: Permission denied' })
    expect(bridge).toEqual({ works: false, reason: 'no namespaces: mkdir /run/netns failed: Permission denied' })
    expect(dhcpcd.works).toBe(false)
    expect(commands.filter(({ args }) => args.includes('delete'))).toEqual([])
  })
})

function without(commands: Command[]): CommandRunner {
  return {
    started: 0,
    nameOf: name => name,
    argvOf: (_, command) => command,
    async run(command) {
      commands.push(command)
      const output = 'mkdir /run/netns failed: Permission denied'
      throw new NodeNetworkError('NODE_NET_PERMISSION', output, { details: { output } })
    },
  }
}

describe('what a machine lacks', () => {
  const all = (works: (name: CapabilityName) => boolean) =>
    missingCapabilities(
      Object.fromEntries(
        NAMES.map(name => [name, works(name) ? { works: true } : { works: false, reason: `no ${name}` }]),
      ) as unknown as Capabilities,
      {},
    )

  it('is nothing where one of two that do the same is there, and VLANs where none are wanted', () => {
    expect(all(name => !['kernelWireguard', 'dhcpcd', 'vlanFiltering'].includes(name))).toEqual([])
    expect(all(name => !['userspaceWireguard', 'udhcpc'].includes(name))).toEqual([])
  })

  it('has the reasons of both where neither is there', () => {
    expect(all(name => !['kernelWireguard', 'userspaceWireguard', 'tap'].includes(name))).toEqual([
      { capability: 'tap', reason: 'no tap' },
      { capability: 'kernelWireguard', reason: 'no kernelWireguard; no userspaceWireguard' },
    ])
  })

  it('is one thing where no namespace can be made: the rest could not be tried', () => {
    expect(all(name => name === 'dhcpcd')).toEqual([{ capability: 'namespaces', reason: 'no namespaces' }])
  })

  it('has VLANs in it where the configuration has some', () => {
    const found = Object.fromEntries(NAMES.map(name => [name, { works: name !== 'vlanFiltering' }]))
    const lacking = missingCapabilities(found as unknown as Capabilities, { exit: { vlan: 304 } })
    expect(lacking.map(({ capability }) => capability)).toEqual(['vlanFiltering'])
  })
})

const NAMES: readonly CapabilityName[] = [
  ...(['namespaces', 'bridge', 'vlanFiltering', 'veth', 'macvlan', 'tap', 'kernelWireguard'] as const),
  ...(['userspaceWireguard', 'nftInet', 'nftBridge', 'dhcpcd', 'udhcpc'] as const),
]
