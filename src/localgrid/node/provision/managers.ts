/** Every type a node knows, with the manager that sees to it. */
import type { Workload } from '../../../zos/deployment.js'
import type { WorkloadType } from '../../../zos/workloads/data.js'
import { gatewayFqdnManager, gatewayNameManager } from './gateways.js'
import { machineLightManager, machineManager } from './machines.js'
import { type Managers, refuse, type WorkloadManager } from './manager.js'
import { networkLightManager, networkManager } from './networks.js'
import { publicIpManager, publicIpv4Manager } from './public-ips.js'
import { qsfsManager, zlogsManager } from './storage-services.js'
import { volumeManager, zmountManager } from './volumes.js'
import { zdbManager } from './zdb.js'

export const managers: Managers = {
  zmount: zmountManager,
  volume: volumeManager,
  network: networkManager,
  'network-light': networkLightManager,
  zdb: zdbManager,
  zmachine: machineManager,
  'zmachine-light': machineLightManager,
  ip: publicIpManager,
  ipv4: publicIpv4Manager,
  'gateway-name-proxy': gatewayNameManager,
  'gateway-fqdn-proxy': gatewayFqdnManager,
  qsfs: qsfsManager,
  zlogs: zlogsManager,
}

const LIGHT_ONLY: readonly WorkloadType[] = ['network-light', 'zmachine-light']
const FULL_ONLY: readonly WorkloadType[] = ['network', 'zmachine', 'ip', 'ipv4']

/** A node accepts workloads of the other kind, and fails when it looks for the daemon that would serve them.
 *
 * @throws {ZosError}
 */
export function managerOf<W extends Workload>(workload: W, light: boolean): WorkloadManager<W['type']> {
  const foreign = light ? FULL_ONLY : LIGHT_ONLY
  if (foreign.includes(workload.type)) {
    throw refuse(`workload type '${workload.type}' is not served on this node: no answer from its network daemon`)
  }
  return managers[workload.type] as unknown as WorkloadManager<W['type']>
}
