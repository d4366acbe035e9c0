import { beforeAll, describe, expect, it } from '@jest/globals'

import { type Accounts, ADMIN, accounts, Bench, FARMER } from '../../../../test/support/nodes/bench.js'
import { deployment, disk, GIB, machine, network } from '../../../../test/support/nodes/workloads.js'
import { fullCommands, lightCommands } from './commands.js'

let known: Accounts
beforeAll(async () => {
  known = await accounts()
})

const PUBLIC = {
  ip4: { ip: '185.206.122.2/24', gw: '185.206.122.1' },
  ip6: { ip: '2a10:b600:1::2/64', gw: '2a10:b600:1::1' },
  domain: 'gent01.local.grid.tf',
}
const full = (spec = {}) => new Bench(known, { spec })
const light = (spec = {}) => new Bench(known, { spec: { kind: 'light', ...spec } })

describe('a command', () => {
  const refused: [string, () => Bench, string, unknown, number, string][] = [
    ['that does not exist', full, 'zos.vm.list', undefined, 7, 'function is not found'],
    ['that is called like something of every object', full, 'constructor', undefined, 7, 'function is not found'],
    ['of the old name', full, 'zos.network.admin.interfaces', undefined, FARMER, 'function is not found'],
    ['that light nodes lack', light, 'zos.network.list_public_ips', undefined, 7, 'function is not found'],
    ['for debugging on a light node', light, 'zos.debug.deployment.list', undefined, ADMIN, 'function is not found'],
    ['of the farmer', full, 'zos.admin.interfaces', undefined, 7, 'unauthorized'],
    ['of the administrators', full, 'zos.debug.deployment.list', undefined, FARMER, 'unauthorized'],
    [
      'of the farmer that light nodes do not support',
      light,
      'zos.admin.get_public_nic',
      undefined,
      FARMER,
      'not supported',
    ],
    [
      'to delete',
      full,
      'zos.deployment.delete',
      { contract_id: 1 },
      7,
      'deletion over the api is disabled, please cancel your contract instead',
    ],
    ['about a deployment that is not there', full, 'zos.deployment.get', { contract_id: 1 }, 7, 'deployment not found'],
    ['for its log', full, 'zos.deployment.changes', { contract_id: 1 }, 7, 'deployment not found'],
    [
      'for a public configuration it lacks',
      full,
      'zos.network.public_config_get',
      undefined,
      7,
      'no public configuration',
    ],
    [
      'for it on a light node',
      light,
      'zos.network.public_config_get',
      undefined,
      7,
      'failed to load public config: no public configuration',
    ],
    ['whether it has IPv6', full, 'zos.network.has_ipv6', undefined, 7, 'no public ipv6 found'],
    ['for an unknown test', full, 'zos.perf.get', { name: 'x' }, 7, 'result not found'],
    ['without the argument it needs', full, 'zos.deployment.get', undefined, 7, 'unexpected end of JSON input'],
    [
      'with a fraction for an id',
      full,
      'zos.deployment.get',
      { contract_id: 1.5 },
      7,
      'json: cannot unmarshal contract_id into an unsigned integer',
    ],
    [
      'with a bad interface',
      full,
      'zos.admin.set_public_nic',
      'eth9',
      FARMER,
      "failed to get link 'eth9': Link not found",
    ],
    [
      'about a badly named deployment',
      full,
      'zos.debug.deployment.get',
      { deployment: '7' },
      ADMIN,
      "invalid deployment format: expected 'twin-id:contract-id', got '7'",
    ],
  ]
  it.each(refused)('%s is refused', async (_, bench, command, args, caller, message) => {
    await expect(bench().call(command, args, caller)).rejects.toThrow(message)
  })

  const answered: [() => Bench, string, unknown, unknown][] = [
    [
      () => full({ publicConfig: PUBLIC }),
      'zos.network.public_config_get',
      undefined,
      {
        type: '',
        ipv4: '185.206.122.2/24',
        ipv6: '2a10:b600:1::2/64',
        gw4: '185.206.122.1',
        gw6: '2a10:b600:1::1',
        domain: 'gent01.local.grid.tf',
      },
    ],
    [
      () => light({ publicConfig: { ip4: PUBLIC.ip4 } }),
      'zos.network.public_config_get',
      undefined,
      {
        type: 'macvlan',
        ipv4: '185.206.122.2/24',
        ipv6: '',
        gw4: '185.206.122.1',
        gw6: '',
        domain: '',
      },
    ],
    [() => full({ publicConfig: PUBLIC }), 'zos.network.has_ipv6', undefined, true],
    [light, 'zos.network.has_ipv6', undefined, false],
    [light, 'zos.network.interfaces', undefined, { zos: ['192.168.0.12'] }],
    [
      full,
      'zos.network.interfaces',
      undefined,
      { zos: ['192.168.0.12'], ygg: [expect.stringMatching(/^2[0-9a-f]{2}:/)] },
    ],
    [light, 'zos.network.list_wg_ports', undefined, []],
    [full, 'zos.system.hypervisor', undefined, ''],
    [full, 'zos.gpu.list', undefined, null],
    [() => full({ pools: [] }), 'zos.storage.pools', undefined, null],
    [
      full,
      'zos.storage.pools',
      undefined,
      [
        { name: 'ssd-0', type: 'ssd', size: Number(500n * GIB), used: Number(5n * GIB) },
        { name: 'hdd-0', type: 'hdd', size: Number(1000n * GIB), used: 0 },
      ],
    ],
    [
      full,
      'zos.location.get',
      undefined,
      {
        longitude: 3.7167,
        latitude: 51.05,
        continent: 'Europe',
        country_name: 'Belgium',
        country_code: 'BE',
        city_name: 'Ghent',
      },
    ],
    [full, 'zos.deployment.list', undefined, []],
    [full, 'zos.network.list_private_ips', { network_name: 'net' }, []],
    [
      full,
      'zos.perf.get',
      { name: 'cpu-benchmark' },
      expect.objectContaining({ name: 'cpu-benchmark', timestamp: 1_700_000_000 }),
    ],
    [full, 'zos.system.diagnostics', undefined, expect.objectContaining({ system_status_ok: true, healthy: true })],
    [full, 'zos.system.dmi', undefined, expect.objectContaining({ sections: expect.any(Array) })],
  ]
  it.each(answered)('%# is answered in the shape of the node: %s', async (bench, command, args, expected) => {
    expect(await bench().call(command, args)).toEqual(expected)
  })
})

describe('the commands', () => {
  it('are all that the reference names', () => {
    expect(Object.keys(fullCommands)).toHaveLength(31)
    expect(Object.keys(lightCommands)).toHaveLength(25)
  })

  it('list features by kind', async () => {
    const features = async (bench: Bench) => new Set(await bench.call('zos.system.node_features_get'))
    expect(await features(full())).toEqual(
      new Set(
        'zmount network zdb zmachine volume ipv4 ip gateway-name-proxy gateway-fqdn-proxy qsfs zlogs yggdrasil mycelium wireguard'.split(
          ' ',
        ),
      ),
    )
    const plain = await features(light())
    expect(plain.has('gateway-name-proxy')).toBe(false)
    expect((await features(light({ publicConfig: PUBLIC }))).size).toBe(plain.size + 2)
  })

  it('tell the ports that are taken, and on full nodes those of the system', async () => {
    const bench = full()
    await bench.deploy(deployment(1n, [network('net'), network('bad', { wireguard_private_key: 'x' })]))
    const ports: number[] = await bench.call('zos.network.list_wg_ports')
    expect(ports.toSorted((a, b) => a - b)).toEqual([80, 300, 443, 8082, 9651, 9943, 9944, 9945, 15_000])
  })

  it('list a twin’s own addresses and deployments only', async () => {
    const bench = full()
    await bench.deploy(deployment(1n, [network('net'), machine('vm')]))
    expect(await bench.call('zos.network.list_private_ips', { network_name: 'net' })).toEqual(['10.249.2.2'])
    expect(await bench.call('zos.network.list_private_ips', { network_name: 'net' }, 8)).toEqual([])
    expect(await bench.call('zos.deployment.list')).toHaveLength(1)
    expect(await bench.call('zos.deployment.list', undefined, 8)).toEqual([])
    await expect(bench.call('zos.deployment.get', { contract_id: 1 }, 8)).rejects.toThrow('deployment not found')
  })

  it('print workloads in an order that changes from call to call, and is the same in every run', async () => {
    const workloads = Array.from({ length: 8 }, (_, index) => disk(`d${index}`, GIB))
    const orders = async () => {
      const bench = full()
      await bench.deploy(deployment(1n, workloads))
      const seen: string[] = []
      for (let i = 0; i < 5; i++) seen.push((await bench.get(1n)).workloads.map(({ name }) => name).join())
      return seen
    }
    const once = await orders()
    expect(new Set(once).size).toBeGreaterThan(1)
    expect(await orders()).toEqual(once)
  })

  it('keep u64 values whole', async () => {
    const bench = full()
    const id = 2n ** 64n - 1n
    await bench.deploy(deployment(id, [disk('d', GIB)]))
    expect((await bench.get(id)).contract_id).toBe(id)
  })

  it('show administrators what there is', async () => {
    const bench = full()
    await bench.deploy(deployment(1n, [network('net'), machine('vm'), disk('d', 900n * GIB)]))
    const ask = (command: string, args?: unknown) => bench.call(`zos.debug.deployment.${command}`, args, ADMIN)
    expect((await ask('list')).deployments).toHaveLength(1)
    expect((await ask('list', { twin_id: 8 })).deployments).toEqual([])
    expect((await ask('get', { deployment: '7:1' })).deployment.contract_id).toBe(1)
    expect((await ask('history', { deployment: '7:1' })).history[0]).toMatchObject({ seq: 1, state: 'init' })
    expect(await ask('info', { deployment: '7:1', workload: 'net' })).toMatchObject({ info: { state: 'ok' } })
    expect((await ask('health', { deployment: '7:1' })).workloads.map((w: { status: string }) => w.status)).toEqual([
      'healthy',
      'healthy',
    ])
    await expect(ask('info', { deployment: '7:1', workload: 'd' })).rejects.toThrow(
      "workload type 'zmount' not supported for info command",
    )
  })

  it('let the farmer choose the interface for public addresses', async () => {
    const bench = full()
    expect(await bench.call('zos.admin.get_public_nic', undefined, FARMER)).toEqual({
      is_single: true,
      is_dual: false,
      dual_interface: '',
    })
    expect(await bench.call('zos.admin.set_public_nic', 'eth1', FARMER)).toBeNull()
    expect(await bench.call('zos.admin.get_public_nic', undefined, FARMER)).toMatchObject({ dual_interface: 'eth1' })
  })
})
