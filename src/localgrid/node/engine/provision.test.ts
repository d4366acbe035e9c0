import { beforeAll, describe, expect, it } from '@jest/globals'
import { type Accounts, accounts, Bench } from '../../../../test/support/nodes/bench.js'
import {
  deployment,
  disk,
  GIB,
  machine,
  machineLight,
  mycelium,
  network,
  networkLight,
  volume,
  workload,
  zdb,
} from '../../../../test/support/nodes/workloads.js'
import type { Workload } from '../../../zos/deployment.js'

let known: Accounts
beforeAll(async () => {
  known = await accounts()
})

const GPU = { id: '0000:28:00.0/1002/731f', vendor: 'AMD', device: 'Navi 10', vram: 8192 }
const PUBLIC = {
  ip4: { ip: '185.206.122.2/24', gw: '185.206.122.1' },
  ip6: { ip: '2a10:b600:1::2/64', gw: '2a10:b600:1::1' },
  domain: 'gent01.local.grid.tf',
}

/** What became of `name` when these workloads are deployed. */
async function outcome(bench: Bench, name: string, workloads: Workload[], ips: string[] = []): Promise<string> {
  const reserved = ips.map(ip => ({ ip, gateway: '185.206.122.1', contractId: 1n }))
  await bench.deploy(deployment(1n, workloads), reserved)
  const { result } = (await bench.get(1n)).workloads.find(found => found.name === name) as Workload
  return result.state === 'ok' ? 'ok' : `${result.state}: ${result.message}`
}

describe('a documented machine', () => {
  it('newMY comes up with the address its seeds say, its disk and its Yggdrasil address', async () => {
    const bench = new Bench(known, { spec: { nodeId: 168 } })
    await bench.deploy(
      deployment(1n, [
        disk('wedDisk'),
        network('hellotest', mycelium),
        machine('testvmMY', {
          net: 'hellotest',
          planetary: true,
          myceliumOn: 'hellotest',
          mounts: [{ name: 'wedDisk', mountpoint: '/testdisk' }],
          env: { SSH_KEY: 'ssh-ed25519 AAAA' },
        }),
      ]),
    )
    expect(await bench.states(1n)).toEqual(['hellotest ok', 'testvmMY ok', 'wedDisk ok'])
    expect(await bench.result(1n, 'testvmMY')).toEqual({
      id: '7-1-testvmMY',
      ip: '10.249.2.2',
      planetary_ip: expect.stringMatching(/^3[0-9a-f]{2}:/),
      mycelium_ip: '4a1:a126:8b83:7169:ff0f:1e14:427:9b3d',
      console_url: '10.249.2.1:20002',
    })
    expect(await bench.result(1n, 'wedDisk')).toEqual({ volume_id: '7-1-wedDisk' })
    expect(await bench.result(1n, 'hellotest')).toBeNull()
  })

  it('newVMS2 joins the network of newVMS, which gains Mycelium by an update; testvm1 is untouched', async () => {
    const bench = new Bench(known)
    await bench.deploy(deployment(1n, [network('wedtest')]))
    await bench.deploy(deployment(2n, [disk('wedDisk'), machine('testvm1', { net: 'wedtest', planetary: true })]))
    const before = await bench.get(2n)
    await bench.deploy(deployment(1n, [network('wedtest', mycelium, 1)], { version: 1 }))
    await bench.deploy(
      deployment(3n, [machine('testvm2', { net: 'wedtest', ip: '10.249.2.3', myceliumOn: 'wedtest' })]),
    )

    expect(await bench.result(3n, 'testvm2')).toMatchObject({ mycelium_ip: '4a1:a126:8b83:7169:ff0f:1e14:427:9b3d' })
    expect((await bench.result(2n, 'testvm1')).mycelium_ip).toBe('')
    expect(new Set((await bench.get(2n)).workloads.map(found => found.result.created))).toEqual(
      new Set(before.workloads.map(found => found.result.created)),
    )
    expect(await bench.log(1n)).toEqual(['wedtest init', 'wedtest ok', 'wedtest ok'])
  })

  it('comes up on a light node, with its console on the network’s own Mycelium address', async () => {
    const bench = new Bench(known, { spec: { kind: 'light' } })
    await bench.deploy(deployment(1n, [networkLight('net'), machineLight('vm')]))
    expect(await bench.result(1n, 'vm')).toEqual({
      id: '7-1-vm',
      ip: '10.249.2.2',
      mycelium_ip: '4a1:a126:8b83:7169:ff0f:1e14:427:9b3d',
      console_url: '[4a1:a126:8b83:7169:53f2:d174:ac73:f1e7]:20002',
    })
  })
})

describe('the contract', () => {
  const cases: [string, (bench: Bench) => void, string][] = [
    ['is not there', () => {}, 'failed to get deployment contract: contract not found: object not found'],
    [
      'is one of another kind',
      bench => bench.chain.addName(1n, 7, 'x'),
      'invalid contract type, expecting node contract',
    ],
    ['is of another node', bench => bench.chain.addContract(1n, 7, 12, ''), 'invalid node address in contract'],
    [
      'has another hash',
      bench => bench.chain.addContract(1n, 7, 11, 'f'.repeat(32)),
      'contract hash does not match deployment hash',
    ],
  ]
  it.each(cases)('%s: every workload is in error', async (_, prepare, message) => {
    const bench = new Bench(known)
    prepare(bench)
    await bench.send(deployment(1n, [disk('d'), network('net')]))
    await bench.node.engine.idle()
    expect(await bench.states(1n)).toEqual([`d error ${message}`, `net error ${message}`])
    expect(bench.chain.reports).toEqual([])
  })

  it('that does not match an update takes down what ran', async () => {
    const bench = new Bench(known)
    await bench.deploy(deployment(1n, [network('net'), machine('vm')]))
    await bench.send(deployment(1n, [network('net'), machine('vm'), disk('d', GIB, 1)], { version: 1 }))
    await bench.node.engine.idle()
    const text = 'contract hash does not match deployment hash'
    expect(await bench.states(1n)).toEqual([`net error ${text}`, `vm error ${text}`])
    expect((await bench.get(1n)).version).toBe(1)
  })

  it('is not asked whose it is, nor whether it is in its grace period', async () => {
    const bench = new Bench(known)
    const wanted = deployment(1n, [disk('d')])
    await bench.deploy(wanted)
    const contract = bench.chain.contractsById.get(1n)
    expect(contract).toBeDefined()
    bench.chain.contractsById.set(1n, { ...contract!, twinId: 8, state: { kind: 'grace', sinceBlock: 1n } })
    await bench.deploy(deployment(2n, [disk('d')]))
    expect(await bench.states(2n)).toEqual(['d ok'])
  })
})

describe('a workload fails with the words of the node', () => {
  const net = network('net')
  const noNetwork = 'open /var/run/cache/networkd/networks/22YkzQzi92nUL: no such file or directory'
  const cases: [string, Workload[], string][] = [
    [
      'vm',
      [machine('vm', { net: 'net1' })],
      `could not get network resource subnet: couldn't load network with id (22YkzQzi92nUL): ${noNetwork}`,
    ],
    ['vm', [net, machine('vm', { ip: '10.249.3.2' })], 'IP 10.249.3.2 is not part of local nr subnet 10.249.2.0/24'],
    ['vm', [net, machine('vm', { ip: '10.249.2.1' })], 'ip 10.249.2.1 is reserved'],
    [
      'vm',
      [net, machine('vm', { myceliumOn: 'net' })],
      'could not set up tap device: network resource does not support mycelium',
    ],
    [
      'vm',
      [net, machine('vm', { cpu: 9 })],
      'machine configuration validation failed: invalid cpu must be between 1 and 8',
    ],
    [
      'vm',
      [net, machine('vm', { mounts: [{ name: 'x', mountpoint: '/x' }] })],
      "failed to get mount 'x' workload: no workload with name 'x': workload not found",
    ],
    [
      'vm',
      [net, disk('d', 999n * GIB), machine('vm', { mounts: [{ name: 'd', mountpoint: '/x' }] })],
      "invalid disk 'd' state",
    ],
    ['vm', [net, machine('vm', { gpu: [GPU.id] })], 'usage of GPU is not allowed unless node is rented'],
    [
      'vm',
      [net, machine('vm', { flist: 'https://hub.grid.tf/tf-official-vms/ubuntu-22.04.flist' })],
      'at least one mount has to be attached for Vm mode',
    ],
    [
      'vm',
      [net, machine('vm', { memory: 30n * GIB })],
      'failed to satisfy required capacity: cannot fulfil required memory size 32212254720 bytes out of usable 30923764532 bytes',
    ],
    [
      'd',
      [disk('d', 496n * GIB)],
      "failed to find a candidate to host vdisk of size '532575944704': not enough space left in pools of this type ssd",
    ],
    [
      'v',
      [volume('v', 496n * GIB)],
      'failed to create new volume with name "7-1-v": not enough space left in pools of this type ssd',
    ],
    [
      'z',
      [zdb('z', { size: 1001n * GIB })],
      "couldn't allocate device to satisfy namespace size: no more free devices found",
    ],
    [
      'net',
      [network('net', { wireguard_private_key: 'AAAA' })],
      'failed to create network resource for network 7-1-net: failed to configure network resource: wgtypes: incorrect key size: 3',
    ],
    ['ip', [workload('ip', 'ip', { v4: true, v6: false })], 'required 1 ips while contract has 0 ip reserved'],
    ['ip', [workload('ip', 'ip', { v4: false, v6: true })], 'could not look up ipv6 prefix: no public ipv6 found'],
    [
      'gw',
      [workload('gateway-name-proxy', 'gw', { name: 'a', tls_passthrough: false, backends: ['http://1.1.1.1'] })],
      'failed to setup name proxy: gateway is not supported on this node: no public configuration',
    ],
    [
      'net',
      [networkLight('net')],
      "workload type 'network-light' is not served on this node: no answer from its network daemon",
    ],
  ]
  it.each(cases)('%s %#', async (name, workloads, message) => {
    expect(await outcome(new Bench(known), name, workloads)).toBe(`error: ${message}`)
  })

  it('without stopping the others', async () => {
    const bench = new Bench(known)
    await bench.deploy(deployment(1n, [disk('big', 900n * GIB), disk('small', GIB), machine('vm', { net: 'none' })]))
    expect((await bench.states(1n)).map(text => text.split(' ').slice(0, 2).join(' '))).toEqual([
      'big error',
      'small ok',
      'vm error',
    ])
  })

  it('of the fault it was given', async () => {
    const bench = new Bench(known)
    bench.faults.set({ kind: 'failing-workload', name: 'a', message: 'told to', times: 1 })
    bench.faults.set({ kind: 'full-disk', nodeId: 12 })
    expect(await outcome(bench, 'a', [disk('a'), disk('b')])).toBe('error: told to')
    expect((await bench.states(1n))[1]).toBe('b ok')
    bench.faults.set({ kind: 'full-disk', nodeId: 11 })
    await bench.deploy(deployment(2n, [disk('c')]))
    expect((await bench.states(2n))[0]).toMatch(/^c error .*not enough space left/)
  })
})

describe('a GPU', () => {
  const spec = { kind: 'gpu', gpus: [GPU] } as const
  const gpuMachine = (name: string, id = GPU.id) => machine(name, { gpu: [id], ip: `10.249.2.${name.length + 1}` })

  it('needs a rented node, must be known, and serves one machine', async () => {
    const bench = new Bench(known, { spec })
    bench.chain.rents.set(11, 50n)
    await bench.deploy(
      deployment(1n, [network('net'), gpuMachine('a'), gpuMachine('bb'), gpuMachine('ccc', '0000:99:00.0/1/2')]),
    )
    expect(await bench.states(1n)).toEqual([
      'a ok',
      "bb error device '0000:28:00.0' is already used by another workload",
      "ccc error failed to prepare requested gpu device(s): unknown GPU id '0000:99:00.0/1/2'",
      'net ok',
    ])
    expect(await bench.call('zos.gpu.list')).toEqual([{ ...GPU, contract: 1 }])
  })
})

describe('a public address', () => {
  const spec = { publicConfig: PUBLIC }
  const ip = (name: string, v4 = true, v6 = false) => workload('ip', name, { v4, v6 })

  it('is the first of the contract that is free', async () => {
    const bench = new Bench(known, { spec })
    expect(await outcome(bench, 'b', [ip('a'), ip('b')], ['185.206.122.33/24', '185.206.122.34/24'])).toBe('ok')
    expect(await bench.result(1n, 'a')).toEqual({ ip: '185.206.122.33/24', ip6: '', gateway: '185.206.122.1' })
    expect(await bench.result(1n, 'b')).toEqual({ ip: '185.206.122.34/24', ip6: '', gateway: '185.206.122.1' })
    expect(await bench.call('zos.network.list_public_ips')).toEqual(['185.206.122.33/24', '185.206.122.34/24'])
  })

  it('of version 6 lies in the node’s /64 and follows from the interface’s MAC', async () => {
    const bench = new Bench(known, { spec })
    await bench.deploy(deployment(1n, [ip('a', false, true)]))
    const { ip6 } = await bench.result(1n, 'a')
    expect(ip6).toMatch(/^2a10:b600:1:0:[0-9a-f:]+ff:fe[0-9a-f:]+\/64$/)
    const again = new Bench(known, { spec })
    await again.deploy(deployment(1n, [ip('a', false, true)]))
    expect((await again.result(1n, 'a')).ip6).toBe(ip6)
  })

  it('that failed makes its machine fail', async () => {
    const bench = new Bench(known, { spec })
    expect(await outcome(bench, 'vm', [ip('a'), network('net'), machine('vm', { public_ip: 'a' })])).toBe(
      'error: could not get public ip config: public ip workload is not okay',
    )
  })

  it('of the old type ipv4 is the same', async () => {
    const bench = new Bench(known, { spec })
    expect(await outcome(bench, 'a', [workload('ipv4', 'a', {})], ['185.206.122.33/24'])).toBe('ok')
  })
})

describe('a gateway', () => {
  const spec = { kind: 'gateway', publicConfig: PUBLIC } as const
  const name = (workloadName: string, label: string, more = {}) =>
    workload('gateway-name-proxy', workloadName, {
      name: label,
      tls_passthrough: false,
      backends: ['http://10.1.1.1'],
      ...more,
    })
  const fqdn = (host: string, more = {}) =>
    workload('gateway-fqdn-proxy', 'gw', {
      fqdn: host,
      tls_passthrough: false,
      backends: ['http://10.1.1.1:80'],
      ...more,
    })

  it('serves a name that the twin has reserved, once', async () => {
    const bench = new Bench(known, { spec })
    bench.chain.addName(90n, 7, 'mine')
    bench.chain.addName(91n, 8, 'theirs')
    await bench.deploy(deployment(1n, [name('a', 'mine'), name('b', 'mine'), name('c', 'theirs'), name('d', 'nobody')]))
    expect(await bench.states(1n)).toEqual([
      'a ok',
      'b error failed to setup name proxy: domain already registered: mine.gent01.local.grid.tf',
      'c error failed to setup name proxy: failed to verify name contract: twin id mismatch',
      'd error failed to setup name proxy: failed to verify name contract: a name contract with the given name must be reserved first',
    ])
    expect(await bench.result(1n, 'a')).toEqual({ fqdn: 'mine.gent01.local.grid.tf' })
  })

  it('is decommissioned by the next sync when the name is lost', async () => {
    const bench = new Bench(known, { spec })
    bench.chain.addName(90n, 7, 'mine')
    await bench.deploy(deployment(1n, [name('a', 'mine')]))
    bench.chain.contractsById.delete(90n)
    await bench.node.engine.sync()
    await bench.node.engine.idle()
    expect(await bench.states(1n)).toEqual([])
    expect((await bench.log(1n)).at(-1)).toBe(
      'a deleted workload decommissioned by system, reason: a name contract with the given name must be reserved first',
    )
  })

  it.each([
    ['anywhere.example.com', {}, 'ok'],
    [
      'x.invalid',
      {},
      'error: failed to setup fqdn proxy: failed to verify domain dns record: lookup x.invalid: no such host',
    ],
    [
      'x.gent01.local.grid.tf',
      {},
      "error: failed to setup fqdn proxy: can't create a fqdn workload with a subdomain of the gateway's managed domain",
    ],
    [
      'a.example.com',
      { backends: ['http://185.206.122.2:80'] },
      'error: failed to setup fqdn proxy: ip 185.206.122.2 cannot be used as a backend',
    ],
  ])('for %s %j: %s', async (host, more, expected) => {
    expect(await outcome(new Bench(known, { spec }), 'gw', [fqdn(host, more)])).toBe(expected)
  })

  it('asks where a name points to', async () => {
    const bench = new Bench(known, { spec, resolve: async () => ['9.9.9.9'] })
    expect(await outcome(bench, 'gw', [fqdn('a.example.com')])).toBe(
      "error: failed to setup fqdn proxy: failed to verify domain dns record: host doesn't point to the gateway ip",
    )
  })
})

describe('what else a node provisions', () => {
  it('is a namespace on one disk that others share', async () => {
    const bench = new Bench(known, { spec: { publicConfig: PUBLIC } })
    await bench.deploy(deployment(1n, [zdb('a'), zdb('b')]))
    const result = await bench.result(1n, 'a')
    expect(result).toEqual({ Namespace: '7-1-a', IPs: expect.any(Array), Port: 9900 })
    expect(result.IPs[0]).toMatch(/^2a10:b600:1:/)
    expect(result.IPs[1]).toMatch(/^3/)
    expect(result.IPs[2]).toMatch(/^[45]/)
    expect((await bench.result(1n, 'b')).IPs).toEqual(result.IPs)
  })

  it('is a log stream of a machine, and nothing of a machine that is not there', async () => {
    const bench = new Bench(known)
    const zlogs = workload('zlogs', 'logs', { zmachine: 'vm', output: 'redis://1.1.1.1' })
    expect(await outcome(bench, 'logs', [network('net'), machine('vm'), zlogs])).toBe('ok')
    const failing = new Bench(known)
    expect(await outcome(failing, 'logs', [machine('vm'), zlogs])).toBe('error: machine state is not ok')
  })

  it('counts: the node reports what a contract uses after each job', async () => {
    const bench = new Bench(known)
    await bench.deploy(deployment(1n, [disk('d', 10n * GIB), network('net'), machine('vm', { cpu: 2 }), zdb('z')]))
    const resources = { cru: 2n, mru: 2n * GIB, sru: 10n * GIB + (500n << 20n), hru: 10n * GIB }
    expect(bench.chain.reports).toEqual([{ nodeId: 11, contractId: 1n, resources }])
    expect(await bench.call('zos.statistics.get')).toMatchObject({
      used: { cru: 2, mru: Number(2n * GIB + (32n * GIB) / 10n), hru: Number(10n * GIB) },
      users: { deployments: 1, workloads: 4 },
    })
  })
})
