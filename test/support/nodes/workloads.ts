/** Workloads and deployments for the tests of nodes, with the least that makes them valid. */
import type { Deployment, Workload } from '../../../src/zos/deployment.js'
import { emptyResult } from '../../../src/zos/results.js'
import type { WorkloadData, WorkloadType } from '../../../src/zos/workloads/data.js'

export const MIB = 1n << 20n
export const GIB = 1n << 30n
export const NETWORK_KEY = '050d109829d8492d48bfb33b711056080571c69e46bfde6b4294c4c5bf468a76'
export const MACHINE_SEED = '1e1404279b3d'
const WIREGUARD_KEY = 'mR5fBXohKe2MZ6v+GLwlKwrvkFxo1VvV3bPNHDBhOAI='

export function workload<T extends WorkloadType>(type: T, name: string, data: WorkloadData[T], version = 0): Workload {
  return { version, name, type, data, metadata: '', description: '', result: emptyResult() } as unknown as Workload
}

export const disk = (name: string, size = 8n * GIB, version = 0) => workload('zmount', name, { size }, version)
export const volume = (name: string, size = 8n * GIB, version = 0) => workload('volume', name, { size }, version)

export const zdb = (name: string, data: Partial<WorkloadData['zdb']> = {}, version = 0) =>
  workload('zdb', name, { size: 10n * GIB, mode: 'user', password: 'secret', public: false, ...data }, version)

export const network = (name: string, data: Partial<WorkloadData['network']> = {}, version = 0) =>
  workload('network', name, networkData(data), version)

export const networkLight = (name: string, data: Partial<WorkloadData['network-light']> = {}, version = 0) =>
  workload('network-light', name, { ...networkData(data), mycelium: { hex_key: NETWORK_KEY, peers: [] } }, version)

export const mycelium = { mycelium: { hex_key: NETWORK_KEY, peers: [] } }

function networkData(data: Partial<WorkloadData['network']>): WorkloadData['network'] {
  return {
    ip_range: '10.249.0.0/16',
    subnet: '10.249.2.0/24',
    wireguard_private_key: WIREGUARD_KEY,
    wireguard_listen_port: 15_000,
    peers: [],
    ...data,
  }
}

interface MachineChanges extends Partial<Omit<WorkloadData['zmachine'], 'network' | 'compute_capacity'>> {
  readonly net?: string
  readonly ip?: string
  readonly cpu?: number
  readonly memory?: bigint
  readonly public_ip?: string
  readonly planetary?: boolean
  readonly myceliumOn?: string
}

export function machine(name: string, changes: MachineChanges = {}, version = 0): Workload {
  const { net = 'net', ip = '10.249.2.2', cpu = 1, memory = 2n * GIB, ...rest } = changes
  const { public_ip = '', planetary = false, myceliumOn, ...data } = rest
  return workload(
    'zmachine',
    name,
    {
      flist: 'https://hub.grid.tf/tf-official-apps/base:latest.flist',
      network: {
        public_ip,
        planetary,
        interfaces: [{ network: net, ip }],
        ...(myceliumOn === undefined ? {} : { mycelium: { network: myceliumOn, hex_seed: MACHINE_SEED } }),
      },
      size: 0n,
      compute_capacity: { cpu, memory },
      mounts: [],
      entrypoint: '/sbin/zinit init',
      env: {},
      corex: false,
      ...data,
    },
    version,
  )
}

export function machineLight(name: string, version = 0): Workload {
  const full = machine(name, { myceliumOn: 'net' }, version)
  const { network, ...data } = full.data as WorkloadData['zmachine']
  const light = { mycelium: network.mycelium as NonNullable<typeof network.mycelium>, interfaces: network.interfaces }
  return workload('zmachine-light', name, { ...data, network: light }, version)
}

export function deployment(contractId: bigint, workloads: Workload[], changes: Partial<Deployment> = {}): Deployment {
  const twin_id = changes.twin_id ?? 7
  return {
    version: 0,
    twin_id,
    contract_id: contractId,
    metadata: '',
    description: '',
    expiration: 0n,
    signature_requirement: {
      requests: [{ twin_id, required: false, weight: 1 }],
      weight_required: 1,
      signatures: [],
      signature_style: '',
    },
    workloads,
    ...changes,
  }
}
