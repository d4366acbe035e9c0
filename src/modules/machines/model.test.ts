import { describe, expect, it } from '@jest/globals'

import { ModelError, type Problem } from '../../errors/model.js'
import { validateModel } from '../validate.js'
import { AddMachineModel, addedMachine, type MachineModel, MachinesModel } from './model.js'
import { checkAgainstNodes, type NodeTraits } from './rules.js'

const NETWORK_SEED = '050d109829d8492d48bfb33b711056080571c69e46bfde6b4294c4c5bf468a76'
const MACHINE_SEED = '1e1404279b3d'

/** The documented program `newMY`. */
const model = (): MachinesModel => ({
  name: 'newMY',
  network: {
    name: 'hellotest',
    ip_range: '10.249.0.0/16',
    myceliumSeeds: [{ nodeId: 168, seed: NETWORK_SEED }],
  },
  machines: [machine()],
  metadata: '',
  description: 'test deploying single VM with mycelium via ts grid3 client',
})

const machine = (change: Partial<MachineModel> = {}): MachineModel => ({
  name: 'testvmMY',
  node_id: 168,
  disks: [{ name: 'wedDisk', size: 8, mountpoint: '/testdisk' }],
  public_ip: false,
  public_ip6: false,
  planetary: true,
  mycelium: true,
  myceliumSeed: MACHINE_SEED,
  cpu: 1,
  memory: 1024 * 2,
  rootfs_size: 0,
  flist: 'https://hub.grid.tf/tf-official-apps/base:latest.flist',
  entrypoint: '/sbin/zinit init',
  env: { SSH_KEY: 'ssh-ed25519 AAAA' },
  ...change,
})

/** A second machine that disturbs nobody. */
const other = (change: Partial<MachineModel> = {}): MachineModel => {
  const { disks: _, myceliumSeed: __, ...rest } = machine()
  return { ...rest, name: 'other', node_id: 11, ...change }
}

const withMachine = (change: Partial<MachineModel>) => ({ ...model(), machines: [machine(change)] })
const withTwo = (second: MachineModel, first: Partial<MachineModel> = {}) => ({
  ...model(),
  machines: [machine(first), second],
})
const disk = (name: string, mountpoint: string, size = 1) => ({ name, size, mountpoint })

function problemsOf(input: unknown, Model: new () => object = MachinesModel): readonly Problem[] {
  try {
    validateModel(Model, input)
    return []
  } catch (error) {
    if (error instanceof ModelError) return error.problems
    throw error
  }
}

/** What breaks a rule → the problem it gets. */
type Case = [what: string, input: unknown, path: string, rule: string, more?: Partial<Problem>]

const fields: Case[] = [
  ['a deployment without a name', { ...model(), name: '' }, 'name', 'matches'],
  ['a deployment named with a dash', { ...model(), name: 'new-my' }, 'name', 'matches'],
  ['a deployment with a name of 36 characters', { ...model(), name: 'a'.repeat(36) }, 'name', 'maxLength'],
  ['no network', { ...model(), network: undefined }, 'network', 'required'],
  ['a list as network', { ...model(), network: [] }, 'network', 'isObject'],
  ['no machines', { ...model(), machines: [] }, 'machines', 'arrayMinSize'],
  ['machines that are no list', { ...model(), machines: machine() }, 'machines', 'isArray'],
  ['metadata that is no text', { ...model(), metadata: {} }, 'metadata', 'isString'],
  ['a description that is no text', { ...model(), description: 1 }, 'description', 'isString'],
  ['a machine named with a dot', withMachine({ name: 'a.b' }), 'machines[0].name', 'matches'],
  ['the name ygg', withMachine({ name: 'ygg' }), 'machines[0].name', 'reservedName'],
  ['node 0', withMachine({ node_id: 0 }), 'machines[0].node_id', 'min', { nearest: '1' }],
  ['half a node', withMachine({ node_id: 1.5 }), 'machines[0].node_id', 'isInt', { nearest: '2' }],
  ['no cpu', withMachine({ cpu: 0 }), 'machines[0].cpu', 'min', { nearest: '1' }],
  ['33 cpus', withMachine({ cpu: 33 }), 'machines[0].cpu', 'max', { nearest: '32' }],
  ['255 MB of memory', withMachine({ memory: 255 }), 'machines[0].memory', 'min', { nearest: '256' }],
  ['too much memory', withMachine({ memory: 262_145 }), 'machines[0].memory', 'max', { nearest: '262144' }],
  ['a negative root', withMachine({ rootfs_size: -1 }), 'machines[0].rootfs_size', 'min'],
  ['a root that is too small', withMachine({ rootfs_size: 0.4 }), 'machines[0].rootfs_size', 'rootSize'],
  [
    'a root that is too small for a large machine',
    withMachine({ cpu: 4, memory: 4096, rootfs_size: 1 }),
    'machines[0].rootfs_size',
    'rootSize',
    { nearest: '2' },
  ],
  ['a root beyond 10 TB', withMachine({ rootfs_size: 10_241 }), 'machines[0].rootfs_size', 'max'],
  ['an image that is no URL', withMachine({ flist: 'base.flist' }), 'machines[0].flist', 'url'],
  ['an image by ftp', withMachine({ flist: 'ftp://host/base.flist' }), 'machines[0].flist', 'url'],
  [
    'text for true',
    withMachine({ mycelium: 'true' as never }),
    'machines[0].mycelium',
    'isBoolean',
    { nearest: 'true' },
  ],
  ['no entrypoint', withMachine({ entrypoint: undefined as never }), 'machines[0].entrypoint', 'required'],
  ['a number in env', withMachine({ env: { PORT: 80 as never } }), 'machines[0].env.PORT', 'envValue'],
  ['null in env', withMachine({ env: { PORT: null as never } }), 'machines[0].env.PORT', 'envValue'],
  ['a name with = in env', withMachine({ env: { 'A=B': 'c' } }), 'machines[0].env["A=B"]', 'envName'],
  ['a list as env', withMachine({ env: [] as never }), 'machines[0].env', 'isObject'],
  ['a log by http', withMachine({ zlogsOutput: 'http://host' }), 'machines[0].zlogsOutput', 'logOutput'],
  ['a GPU by number', withMachine({ gpus: ['0'] }), 'machines[0].gpus[0]', 'gpu', { value: '0' }],
  [
    'a GPU twice',
    withMachine({ gpus: ['0000:28:00.0/1002/731f', '0000:28:00.0/1002/731f'] }),
    'machines[0].gpus[1]',
    'duplicateGpu',
  ],
  ['solution provider 0', withMachine({ solutionProviderId: 0 }), 'machines[0].solutionProviderId', 'min'],
  [
    'two solution providers on one node',
    withTwo(other({ node_id: 168, solutionProviderId: 2 }), { solutionProviderId: 1 }),
    'machines[1].solutionProviderId',
    'solutionProvider',
  ],
]

const disks: Case[] = [
  ['a disk named with _', withMachine({ disks: [disk('a_b', '/a')] }), 'machines[0].disks[0].name', 'matches'],
  [
    'a disk of 0.2 GB',
    withMachine({ disks: [disk('a', '/a', 0.2)] }),
    'machines[0].disks[0].size',
    'min',
    { nearest: '0.25' },
  ],
  ['a disk of 11 TB', withMachine({ disks: [disk('a', '/a', 11_264)] }), 'machines[0].disks[0].size', 'max'],
  ['a disk at /', withMachine({ disks: [disk('a', '/')] }), 'machines[0].disks[0].mountpoint', 'mountpoint'],
  ['a disk at //', withMachine({ disks: [disk('a', '//')] }), 'machines[0].disks[0].mountpoint', 'mountpoint'],
  ['a disk at data', withMachine({ disks: [disk('a', 'data')] }), 'machines[0].disks[0].mountpoint', 'mountpoint'],
  [
    'a disk at /a/../b',
    withMachine({ disks: [disk('a', '/a/../b')] }),
    'machines[0].disks[0].mountpoint',
    'mountpoint',
  ],
  ['a disk named ygg', withMachine({ disks: [disk('ygg', '/a')] }), 'machines[0].disks[0].name', 'reservedName'],
  [
    'two disks at one place',
    withMachine({ disks: [disk('a', '/data'), disk('b', '/data/')] }),
    'machines[0].disks[1].mountpoint',
    'duplicateMountpoint',
    { message: expect.stringContaining('machines[0].disks[0].mountpoint') as never },
  ],
  [
    'a disk and a qsfs disk at one place',
    withMachine({
      disks: [disk('a', '/data')],
      qsfs_disks: [{ qsfs_zdbs_name: 'z', name: 'q', prefix: 'p', encryption_key: 'k', mountpoint: '/data' }],
    }),
    'machines[0].qsfs_disks[0].mountpoint',
    'duplicateMountpoint',
  ],
  [
    'more minimal than expected shards',
    withMachine({
      qsfs_disks: [
        {
          qsfs_zdbs_name: 'z',
          name: 'q',
          prefix: 'p',
          encryption_key: 'k',
          minimal_shards: 5,
          expected_shards: 4,
          mountpoint: '/q',
        },
      ],
    }),
    'machines[0].qsfs_disks[0].minimal_shards',
    'shards',
  ],
]

const names: Case[] = [
  ['two machines of one name', withTwo(other({ name: 'testvmMY' })), 'machines[1].name', 'duplicateName'],
  [
    'two disks of one name on one node',
    withTwo(other({ node_id: 168, disks: [disk('wedDisk', '/d')] })),
    'machines[1].disks[0].name',
    'duplicateName',
    { message: expect.stringContaining('machines[0].disks[0].name') as never },
  ],
  [
    'a disk with the name of a machine on its node',
    withTwo(other({ node_id: 168, disks: [disk('testvmMY', '/d')] })),
    'machines[1].disks[0].name',
    'duplicateName',
  ],
  [
    'a machine with the name of another’s public IP',
    withTwo(other({ node_id: 168, name: 'testvmMY_pubip' }), { public_ip: true }),
    'machines[1].name',
    'duplicateName',
  ],
  [
    'a machine with the name of another’s log',
    withTwo(other({ node_id: 168, name: 'zlogs_testvmMY' }), { zlogsOutput: 'redis://host:6379' }),
    'machines[1].name',
    'duplicateName',
  ],
  [
    'a name that leaves no room for that of its public IP',
    withMachine({ name: 'a'.repeat(31), public_ip: true }),
    'machines[0].name',
    'derivedName',
  ],
]

const addresses: Case[] = [
  ['an address that is none', withMachine({ ip: '10.249.2' }), 'machines[0].ip', 'ipv4'],
  ['a public address', withMachine({ ip: '1.1.1.5' }), 'machines[0].ip', 'privateIp'],
  ['an address of another range', withMachine({ ip: '10.250.2.5' }), 'machines[0].ip', 'ipOutsideRange'],
  ['the address of a gateway', withMachine({ ip: '10.249.2.1' }), 'machines[0].ip', 'reservedIp'],
  ['the address of a subnet', withMachine({ ip: '10.249.2.0' }), 'machines[0].ip', 'reservedIp'],
  ['the broadcast address', withMachine({ ip: '10.249.2.255' }), 'machines[0].ip', 'reservedIp'],
  [
    'one address twice',
    withTwo(other({ node_id: 168, ip: '10.249.2.5' }), { ip: '10.249.2.5' }),
    'machines[1].ip',
    'duplicateIp',
  ],
  [
    'addresses of two subnets on one node',
    withTwo(other({ node_id: 168, ip: '10.249.3.5' }), { ip: '10.249.2.5' }),
    'machines[1].ip',
    'nodeSubnet',
  ],
  [
    'one subnet on two nodes',
    withTwo(other({ ip: '10.249.2.6' }), { ip: '10.249.2.5' }),
    'machines[1].ip',
    'nodeSubnet',
  ],
]

const seeds: Case[] = [
  ['a short machine seed', withMachine({ myceliumSeed: '1e14' }), 'machines[0].myceliumSeed', 'matches'],
  [
    'a machine seed that is not hex',
    withMachine({ myceliumSeed: 'x'.repeat(12) }),
    'machines[0].myceliumSeed',
    'matches',
  ],
  ['a machine seed of zeros', withMachine({ myceliumSeed: '0'.repeat(12) }), 'machines[0].myceliumSeed', 'weakSeed'],
  ['a machine seed of f', withMachine({ myceliumSeed: 'F'.repeat(12) }), 'machines[0].myceliumSeed', 'weakSeed'],
  [
    'a machine seed without Mycelium',
    { ...withMachine({ mycelium: false }), network: { name: 'n', ip_range: '10.249.0.0/16' } },
    'machines[0].myceliumSeed',
    'seedWithoutMycelium',
  ],
  [
    'one seed for two machines in one network on one node',
    withTwo(other({ node_id: 168, myceliumSeed: MACHINE_SEED.toUpperCase() })),
    'machines[1].myceliumSeed',
    'duplicateSeed',
    { message: expect.stringContaining('machines[0].myceliumSeed') as never },
  ],
  [
    'a network seed for a node without machines',
    withMachine({ node_id: 11 }),
    'network.myceliumSeeds[0].nodeId',
    'seedWithoutMachine',
    { message: expect.stringContaining('machines[0].node_id is 11') as never, nearest: '11', value: 168 },
  ],
  [
    'a network seed where no machine has Mycelium',
    withMachine({ mycelium: false, myceliumSeed: undefined as never }),
    'network.myceliumSeeds[0].seed',
    'seedWithoutMycelium',
    { message: expect.stringContaining('machines[0].mycelium') as never },
  ],
]

describe('machines', () => {
  it('of the documented program are valid', () => {
    const { model: valid, warnings } = validateModel(MachinesModel, model())
    expect(valid.machines[0]?.memory).toBe(2048)
    expect(warnings).toEqual([])
  })

  it.each([...fields, ...disks, ...names, ...addresses, ...seeds])(
    'cannot have %s',
    (_, input, path, rule, more = {}) => {
      expect(problemsOf(input)).toContainEqual(expect.objectContaining({ path, rule, ...more }))
    },
  )

  it.each([...names, ...addresses, ...seeds])('with %s break that rule and no other', (_, input) => {
    expect(problemsOf(input)).toHaveLength(1)
  })

  it.each([
    ['no optional field', withMachine({ disks: undefined as never, env: undefined as never })],
    ['the same disk name on two nodes', withTwo(other({ disks: [disk('wedDisk', '/d')] }))],
    ['the same machine seed on two nodes', withTwo(other({ myceliumSeed: MACHINE_SEED }))],
    ['one machine of two without Mycelium on a node with a seed', withTwo(other({ node_id: 168, mycelium: false }))],
    ['addresses of one subnet on one node', withTwo(other({ node_id: 168, ip: '10.249.2.6' }), { ip: '10.249.2.5' })],
    ['addresses of two subnets on two nodes', withTwo(other({ ip: '10.249.3.6' }), { ip: '10.249.2.5' })],
    ['mountpoints within each other', withMachine({ disks: [disk('a', '/data'), disk('b', '/data/b')] })],
    ['a GPU', withMachine({ gpus: ['0000:28:00.0/1002/731f'] })],
    ['a root of half a GB', withMachine({ rootfs_size: 0.5 })],
  ])('may have %s', (_, input) => {
    expect(problemsOf(JSON.parse(JSON.stringify(input)))).toEqual([])
  })
})

describe('a machine that is added', () => {
  const added = () => ({ ...machine(), deployment_name: 'newMY', myceliumNetworkSeed: NETWORK_SEED })

  it('is a machine, with the name of its deployment', () => {
    const { model: valid } = validateModel(AddMachineModel, added())
    expect(addedMachine(valid)).toEqual(machine())
  })

  it.each([
    ['no deployment', { ...added(), deployment_name: undefined }, 'deployment_name', 'required'],
    ['a bad network seed', { ...added(), myceliumNetworkSeed: 'ab' }, 'myceliumNetworkSeed', 'matches'],
    ['a seed without Mycelium', { ...added(), mycelium: false }, 'myceliumNetworkSeed', 'seedWithoutMycelium'],
    ['a disk of its own name', { ...added(), disks: [disk('testvmMY', '/d')] }, 'disks[0].name', 'duplicateName'],
    ['a rule of machines broken', { ...added(), cpu: 0 }, 'cpu', 'min'],
  ])('is refused with %s', (_, input, path, rule) => {
    expect(problemsOf(input, AddMachineModel)).toContainEqual(expect.objectContaining({ path, rule }))
  })
})

describe('machines and the kinds of their nodes', () => {
  const full: NodeTraits = { light: false, features: ['zmachine', 'ip', 'mycelium', 'yggdrasil', 'wireguard'] }
  const light: NodeTraits = { light: true, features: ['zmachine-light', 'mycelium'] }
  const check = (one: MachineModel, traits: NodeTraits | undefined) => {
    try {
      return { warnings: checkAgainstNodes([one], () => traits), problems: [] }
    } catch (error) {
      if (error instanceof ModelError) return { warnings: [], problems: error.problems }
      throw error
    }
  }

  it('are left alone where the node is unknown or has all they ask for', () => {
    expect(check(machine({ public_ip: true }), undefined)).toEqual({ warnings: [], problems: [] })
    expect(check(machine({ public_ip: true }), full)).toEqual({ warnings: [], problems: [] })
    expect(check(machine({ planetary: false }), light)).toEqual({ warnings: [], problems: [] })
    expect(check(machine({ public_ip: true }), { light: false, features: [] }).problems).toEqual([])
  })

  it('get a warning for Mycelium without planetary on a full node', () => {
    expect(check(machine({ planetary: false }), full).warnings).toEqual([
      expect.objectContaining({ path: 'machines[0].planetary', rule: 'myceliumWithoutPlanetary', nearest: 'true' }),
    ])
  })

  it.each([
    ['no Mycelium', { mycelium: false, planetary: false }, 'mycelium'],
    ['a public IP', { public_ip: true, planetary: false }, 'public_ip'],
    ['a public IPv6', { public_ip6: true, planetary: false }, 'public_ip6'],
    ['planetary', { planetary: true }, 'planetary'],
    ['a log', { zlogsOutput: 'redis://h', planetary: false }, 'zlogsOutput'],
  ])('cannot have %s on a light node', (_, change, key) => {
    expect(check(machine(change), light).problems).toEqual([
      expect.objectContaining({ path: `machines[0].${key}`, rule: 'lightNode' }),
    ])
  })

  it.each([
    ['public_ip', { public_ip: true }],
    ['mycelium', {}],
    ['planetary', { mycelium: false }],
  ])('cannot have %s where the node has not got it', (key, change) => {
    const paths = check(machine(change), { light: false, features: ['zmachine'] }).problems.map(({ path }) => path)
    expect(paths).toContain(`machines[0].${key}`)
  })

  it('are told all of it at once', () => {
    const wrong = machine({ public_ip: true, planetary: true, mycelium: false })
    expect(check(wrong, light).problems).toHaveLength(3)
  })
})
