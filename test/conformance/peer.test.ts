/** The unmodified peer client deploys on the local grid: that is the proof that it is a grid and not a mock of ourselves. */
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { GridClient } from '../../src/index.js'
import { type LocalGrid, startLocalGrid } from '../../src/localgrid/index.js'
import { machineModel } from '../e2e/support/models.js'
import { urlsOf } from '../e2e/support/rig.js'

const DEADLINE_MS = 240_000

interface Step {
  step: string
  elapsedMs: number
  // biome-ignore lint/suspicious/noExplicitAny: the peer's own untyped results
  value: any
}

/** The peer keeps files in its user's home. */
let home: string

async function runPeer(grid: LocalGrid, scenario: string): Promise<Map<string, Step>> {
  const { substrateURL, relayURL, proxyURL, graphqlURL, activationURL, kycURL, mnemonic, nodes } = grid
  const urls = { substrateURL, relayURL, proxyURL, graphqlURL, activationURL, kycURL, mnemonic, nodes }
  const child = spawn(process.execPath, [new URL('./peer.cjs', import.meta.url).pathname, scenario], {
    env: { PATH: process.env.PATH, HOME: home, PEER_GRID: JSON.stringify(urls) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS)
  let stderr = ''
  child.stderr.on('data', chunk => {
    stderr = (stderr + chunk).slice(-4_000)
  })

  const steps = new Map<string, Step>()
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('{"step"')) continue
    const step = JSON.parse(line) as Step
    if (step.step === 'error')
      throw new Error(`the peer failed after ${[...steps.keys()]}: ${JSON.stringify(step.value)}\n${stderr}`)
    steps.set(step.step, step)
  }
  clearTimeout(timer)
  return steps
}

describe('@threefold/grid_client 2.9.2 on the local grid', () => {
  let grid: LocalGrid
  beforeAll(async () => {
    grid = await startLocalGrid()
    home = await mkdtemp(join(tmpdir(), 'hyphae-peer-'))
  }, 30_000)
  afterAll(async () => {
    await grid.close()
    await rm(home, { recursive: true, force: true })
  })

  it(
    'deploys, reads, extends, shrinks and deletes machines with Mycelium',
    async () => {
      const steps = await runPeer(grid, 'machines')
      expect(steps.get('deploy')?.value.contracts.created).toHaveLength(1)

      const [machine] = steps.get('getObj')?.value ?? []
      expect(machine.myceliumIP).toBe('4a1:a126:8b83:7169:ff0f:1e14:427:9b3d')
      expect(machine.status).toBe('ok')
      expect(machine.interfaces).toEqual([{ network: 'hellotest', ip: '10.249.2.2' }])

      const names = (key: string) =>
        steps
          .get(key)
          ?.value.map((one: { name: string }) => one.name)
          .sort()
      expect(names('getObj2')).toEqual(['second', 'testvmMY'])
      expect(steps.get('contracts')?.value.nodeContracts).toHaveLength(2)
      expect(names('getObj3')).toEqual(['testvmMY'])
      expect(steps.get('delete')?.value.deleted).not.toHaveLength(0)
      expect(steps.get('contractsAfter')?.value.nodeContracts).toHaveLength(0)
    },
    DEADLINE_MS,
  )

  it(
    'enters the network of a hidden node by WireGuard',
    async () => {
      const steps = await runPeer(grid, 'wireguard')
      const config = steps.get('deploy')?.value.wireguard_config as string
      expect(config).toContain('[Interface]')
      expect(config).toMatch(/AllowedIPs = 10\.251\.0\.0\/16, 100\.64\.251\.0\/32/)
      expect(config).toMatch(/Endpoint = \d+\.\d+\.\d+\.\d+:\d+/)
      expect(steps.get('configs')?.value).toHaveLength(1)
      expect(steps.get('getObj')?.value[0].status).toBe('ok')
    },
    DEADLINE_MS,
  )

  it(
    'goes on with what Hyphae made, as Hyphae does with what it made: no key and no address changes',
    async () => {
      const [left] = (await runPeer(grid, 'leave')).get('getObj')?.value ?? []
      const client = new GridClient({ ...urlsOf(grid), stateDir: home })
      try {
        const [found] = await client.machines.getObj('handover')
        expect(found?.myceliumIP).toBe(left.myceliumIP)
        await client.machines.add_machine({ ...machineModel('second', 11), deployment_name: 'handover' })
        await client.machines.add_machine({ ...machineModel('far', 168), deployment_name: 'handover' })
        const ours = await client.machines.getObj('handover')
        expect(ours.find(({ name }) => name === 'first')?.myceliumIP).toBe(left.myceliumIP)

        const steps = await runPeer(grid, 'takeover')
        const theirs = steps.get('getObj')?.value as { name: string; myceliumIP: string }[]
        const addresses = (list: readonly { name: string; myceliumIP: string }[]) =>
          Object.fromEntries(list.map(({ name, myceliumIP }) => [name, myceliumIP]))
        expect(addresses(theirs)).toEqual(addresses(ours))
        expect(steps.get('contracts')?.value.nodeContracts).toEqual([])
      } finally {
        await client.disconnect()
      }
    },
    DEADLINE_MS,
  )
})
