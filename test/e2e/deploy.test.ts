/** The documented programs and what is promised of them, through the public door, on a whole local grid. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { type GridClient, HyphaeError, isHyphaeError } from '../../src/index.js'
import { machineModel, machinesModel, newMY } from './support/models.js'
import { contractsOf, type Rig, startRig } from './support/rig.js'

const ADDRESS = '4a1:a126:8b83:7169:ff0f:1e14:427:9b3d'

describe('the documented machine', () => {
  let rig: Rig
  let client: GridClient
  beforeAll(async () => {
    rig = await startRig()
    client = rig.client()
  }, 30_000)
  afterAll(() => rig.close())

  it('is planned with its Mycelium address and its cost, and nothing is written', async () => {
    await client.connect()
    const height = rig.grid.chain.height()
    const plan = await client.machines.plan(newMY)

    expect(plan.addresses).toMatchObject([{ machine: 'testvmMY', nodeId: 168, ip: '10.249.2.2', mycelium: ADDRESS }])
    expect(plan.steps.map(step => `${step.kind} ${step.key}`)).toEqual([
      'create network/hellotest@168',
      'create vm/newMY@168',
    ])
    expect(plan.cost.perMonth.usd).toBeGreaterThan(0)
    expect(plan.cost.perMonth.tft).toBeCloseTo(plan.cost.perMonth.usd / 0.05)
    expect(rig.grid.chain.height()).toBe(height)
    expect(contractsOf(rig.grid).ever).toBe(0)
    expect(JSON.parse(JSON.stringify(plan)).steps).toHaveLength(2)
  })

  it('shows no secret in plan, messages or errors', async () => {
    const text = JSON.stringify([await client.machines.plan(newMY), rig.messages])
    expect(text).not.toContain('050d109829d8492d')
    expect(text).not.toContain('ssh-ed25519')
    expect(text).not.toContain(rig.grid.mnemonic.split(' ').slice(0, 3).join(' '))
  })

  it('comes up at the address that was planned', async () => {
    const result = await client.machines.deploy(newMY)
    expect(result.contracts.created.map(({ type }) => type)).toEqual(['network', 'vm'])
    const [machine] = await client.machines.getObj('newMY')
    expect(machine).toMatchObject({ name: 'testvmMY', status: 'ok', myceliumIP: ADDRESS, nodeId: 168 })
    expect(machine?.planetary).toMatch(/^3\w\w:/)
    expect(machine?.mounts).toEqual([
      { name: 'wedDisk', mountPoint: '/testdisk', size: 8 * 1024 ** 3, state: 'ok', message: '' },
    ])
  })

  it('needs nothing the second time: the chain stands still', async () => {
    const height = rig.grid.chain.height()
    const result = await client.machines.deploy(newMY)
    expect(result.contracts).toEqual({ created: [], updated: [], deleted: [] })
    expect(result.machines[0]?.myceliumIP).toBe(ADDRESS)
    expect(rig.grid.chain.height()).toBe(height)
    expect((await client.machines.plan(newMY)).empty).toBe(true)
  })

  it('keeps its address and its disk when it changes', async () => {
    const changed = { ...newMY, machines: [{ ...newMY.machines[0]!, cpu: 2, memory: 4096 }] }
    const before = await client.machines.getObj('newMY')
    await client.machines.update(changed)
    const [machine] = await client.machines.getObj('newMY')
    expect(machine).toMatchObject({ myceliumIP: ADDRESS, capacity: { cpu: 2, memory: 4096 }, status: 'ok' })
    expect(machine?.mounts).toEqual(before[0]?.mounts)
    expect(machine?.interfaces).toEqual(before[0]?.interfaces)
  })

  it('is joined by a second machine and left by it, untouched', async () => {
    const before = await client.machines.getObj('newMY')
    const seed = newMY.network.myceliumSeeds?.[0]?.seed
    await client.machines.add_machine({
      ...machineModel('second', 168),
      deployment_name: 'newMY',
      myceliumNetworkSeed: seed!,
    })
    await client.machines.add_machine({ ...machineModel('far', 11), deployment_name: 'newMY' })
    const three = await client.machines.getObj('newMY')
    expect(three.map(({ name }) => name).sort()).toEqual(['far', 'second', 'testvmMY'])
    expect(three.find(({ name }) => name === 'testvmMY')).toEqual(before[0])
    expect(three.every(({ status, myceliumIP }) => status === 'ok' && myceliumIP !== '')).toBe(true)

    await client.machines.delete_machine({ deployment_name: 'newMY', name: 'second' })
    await client.machines.delete_machine({ deployment_name: 'newMY', name: 'far' })
    expect(await client.machines.getObj('newMY')).toEqual(before)
    expect(contractsOf(rig.grid).live).toHaveLength(2)
  })

  it('goes with its network, and the account can be told so', async () => {
    expect((await client.contracts.list()).map(({ name }) => name).sort()).toEqual(['hellotest', 'newMY'])
    await client.machines.delete({ name: 'newMY' })
    expect(await client.contracts.list()).toEqual([])
    expect(await client.machines.list()).toEqual([])
    await expect(client.machines.getObj('newMY')).rejects.toMatchObject({ code: 'GRID_NOT_FOUND' })
    // Deleting what is gone is what was wanted.
    await expect(client.machines.delete({ name: 'newMY' })).resolves.toMatchObject({ contracts: { deleted: [] } })
  })

  it('can be there again at once under the same name', async () => {
    await client.machines.deploy(newMY)
    await client.machines.delete({ name: 'newMY' })
    await client.machines.deploy(newMY)
    expect((await client.machines.getObj('newMY'))[0]?.myceliumIP).toBe(ADDRESS)
    await client.machines.delete({ name: 'newMY' })
  })
})

describe('a network that gains Mycelium', () => {
  it('does so by an update; the machine that was there is untouched', async () => {
    const rig = await startRig()
    try {
      const client = rig.client()
      const vm = (name: string, mycelium: boolean) => machineModel(name, 11, { mycelium })
      await client.machines.deploy(machinesModel('newVMS', [vm('testvm1', false)], 'wedtest'))
      const before = await client.machines.getObj('newVMS')
      const plan = await client.machines.plan(machinesModel('newVMS2', [vm('testvm2', true)], 'wedtest'))
      expect(plan.steps.map(step => `${step.kind} ${step.key}`)).toEqual([
        'update network/wedtest@11',
        'create vm/newVMS2@11',
      ])

      await client.machines.deploy(machinesModel('newVMS2', [vm('testvm2', true)], 'wedtest'))
      expect(await client.machines.getObj('newVMS')).toEqual(before)
      const [second] = await client.machines.getObj('newVMS2')
      expect(second?.myceliumIP).toBe(plan.addresses[0]?.mycelium)

      await client.machines.delete({ name: 'newVMS' })
      expect((await client.machines.getObj('newVMS2'))[0]).toEqual(second)
      await client.machines.delete({ name: 'newVMS2' })
      expect(contractsOf(rig.grid).live).toEqual([])
    } finally {
      await rig.close()
    }
  }, 30_000)
})

describe('a network with a way in', () => {
  it('leads people to a hidden node through an access node, the same every time', async () => {
    const rig = await startRig()
    try {
      const client = rig.client()
      const hidden = rig.grid.nodes.find(({ kind }) => kind === 'hidden')!.nodeId
      const model = machinesModel('inside', [machineModel('vm', hidden)])
      const open = { ...model, network: { ...model.network, addAccess: true } }
      const result = await client.machines.deploy(open)
      expect(result.wireguard_config).toContain('AllowedIPs = 10.249.0.0/16, 100.64.249.0/32')
      expect(await client.networks.getWireGuardConfigs({ name: model.network.name })).toEqual([result.wireguard_config])
      expect((await client.machines.plan(open)).empty).toBe(true)
      // The person's private key is derived; no node has it.
      const key = /PrivateKey = (\S+)/.exec(result.wireguard_config)?.[1]
      const raw = await client.machines.get({ name: 'inside' })
      expect(JSON.stringify(raw, (_, value) => (typeof value === 'bigint' ? String(value) : value))).not.toContain(key)

      expect(await client.networks.list()).toEqual([model.network.name])
      expect(await client.networks.hasNode({ name: model.network.name, nodeId: hidden })).toBe(true)
      await client.machines.delete({ name: 'inside' })
      expect(contractsOf(rig.grid).live).toEqual([])
    } finally {
      await rig.close()
    }
  }, 30_000)

  it('is asked for when hidden nodes could not reach each other', async () => {
    const rig = await startRig({ nodes: { hidden: 2 } })
    try {
      const client = rig.client()
      const [one, two] = rig.grid.nodes.filter(({ kind }) => kind === 'hidden').map(({ nodeId }) => nodeId)
      const model = machinesModel('apart', [machineModel('a', one!), machineModel('b', two!)])
      await expect(client.machines.plan(model)).rejects.toMatchObject({ code: 'NETWORK_HIDDEN_NODE' })
      const open = { ...model, network: { ...model.network, addAccess: true } }
      expect((await client.machines.deploy(open)).machines).toHaveLength(2)
    } finally {
      await rig.close()
    }
  }, 30_000)
})

describe('every kind of node', () => {
  it('runs its machine: light, gateway, with a public address', async () => {
    const rig = await startRig()
    try {
      const client = rig.client()
      const nodeOf = (kind: string) => rig.grid.nodes.find(node => node.kind === kind)!.nodeId
      const model = machinesModel('kinds', [
        machineModel('light', nodeOf('light'), { planetary: false }),
        machineModel('gateway', nodeOf('gateway')),
        machineModel('public', 11, { public_ip: true, public_ip6: true }),
      ])
      const { machines } = await client.machines.deploy(model)
      expect(machines.map(({ name, type, status }) => `${name} ${type} ${status}`).sort()).toEqual([
        'gateway zmachine ok',
        'light zmachine-light ok',
        'public zmachine ok',
      ])
      const open = machines.find(({ name }) => name === 'public')
      expect(open?.publicIP?.ip).toMatch(/^\d+\.\d+\.\d+\.\d+\/\d+$/)
      expect(open?.publicIP?.ip6).toMatch(/^[0-9a-f:]+\/64$/)
      expect((await client.machines.plan(model)).empty).toBe(true)
      await client.machines.delete({ name: 'kinds' })
      expect(contractsOf(rig.grid).live).toEqual([])
    } finally {
      await rig.close()
    }
  }, 30_000)
})

describe('two hundred machines on twenty nodes', () => {
  it('are one batch, all ready', async () => {
    const rig = await startRig({ nodes: { full: 20 } })
    try {
      const client = rig.client()
      const nodeIds = rig.grid.nodes.filter(({ kind }) => kind === 'full').map(({ nodeId }) => nodeId)
      const machines = Array.from({ length: 200 }, (_, i) => machineModel(`vm${i}`, nodeIds[i % 20]!, { memory: 512 }))
      const result = await client.machines.deploy(machinesModel('many', machines))
      expect(rig.messages.filter(({ code }) => code === 'BATCH_SUBMITTED')).toHaveLength(1)
      expect(result.machines.filter(({ status }) => status === 'ok')).toHaveLength(200)
      expect(new Set(result.machines.map(({ myceliumIP }) => myceliumIP)).size).toBe(200)
      expect((await client.machines.plan(machinesModel('many', machines))).empty).toBe(true)
    } finally {
      await rig.close()
    }
  }, 120_000)
})

describe('two clients in one process', () => {
  it('do not disturb each other on two grids', async () => {
    const rigs = await Promise.all([startRig(), startRig()])
    try {
      const [one, two] = rigs.map(rig => rig.client()) as [GridClient, GridClient]
      await Promise.all([one.machines.deploy(newMY), two.machines.deploy(newMY)])
      await one.disconnect()
      expect((await two.machines.getObj('newMY'))[0]?.myceliumIP).toBe(ADDRESS)
      await two.machines.delete({ name: 'newMY' })
      expect(rigs.map(rig => contractsOf(rig.grid).live.length)).toEqual([2, 0])
    } finally {
      await Promise.all(rigs.map(rig => rig.close()))
    }
  }, 30_000)
})

describe('a client without options', () => {
  it('starts a grid of its own', async () => {
    const { GridClient } = await import('../../src/index.js')
    const client = new GridClient()
    try {
      await client.machines.deploy(newMY)
      expect((await client.machines.getObj('newMY'))[0]?.myceliumIP).toBe(ADDRESS)
      expect((await client.balance.getMyBalance()).free).toBeGreaterThan(1)
      expect(await client.twins.get_my_twin_id()).toBeGreaterThan(0)
      expect((await client.nodes.filter({ hasGPU: true })).length).toBeGreaterThan(0)
      expect((await client.nodes.get({ id: 11 })).id).toBe(11)
    } finally {
      await client.disconnect()
    }
  }, 30_000)

  it('tells a wrong model, all of it at once, before it opens anything', async () => {
    const { GridClient } = await import('../../src/index.js')
    const client = new GridClient()
    const bad = { ...newMY, name: 'no spaces', machines: [{ ...newMY.machines[0]!, cpu: 0, memry: 1 }] }
    const error = await client.machines.deploy(bad as never).catch(cause => cause)
    expect(isHyphaeError(error) && error.code).toBe('MODEL_INVALID')
    expect(error).toBeInstanceOf(HyphaeError)
    expect(error.problems.map((problem: { path: string }) => problem.path).sort()).toEqual([
      'machines[0].cpu',
      'machines[0].memry',
      'name',
    ])
    await client.disconnect()
  })
})
