/** What a node tells of itself. Source: threefoldtech/zosbase pkg/zos_api/{system,statistics,storage,gpu,location}.go. */
import { add, reservedCapacity, usedCapacity } from '../engine/capacity.js'
import { shuffled } from '../engine/shuffle.js'
import { nodeFeatures } from '../spec.js'
import { type Call, type CommandTable, open } from './command.js'
import { describeHardware, describeModules } from './hardware.js'

/** The release that the behaviour of these nodes was taken from. */
const ZOS_VERSION = '3.15.0'
const ZINIT_VERSION = 'v0.2.14'
const OPEN_CONNECTIONS = 12

export const systemCommands: CommandTable = {
  'zos.statistics.get': open(statistics),
  'zos.storage.pools': open(({ node }) => {
    const pools = node.facts.disks.usage()
    return pools.length === 0
      ? null
      : pools.map(pool => ({ name: pool.name, type: pool.type, size: pool.sizeBytes, used: pool.usedBytes }))
  }),
  'zos.system.version': open(() => ({ zos: ZOS_VERSION, zinit: ZINIT_VERSION })),
  'zos.system.hypervisor': open(() => ''),
  'zos.system.dmi': open(({ node }) => describeHardware(node.spec)),
  'zos.system.diagnostics': open(({ node }) => describeModules(node.facts.light)),
  'zos.system.node_features_get': open(({ node }) => node.features()),
  'zos.gpu.list': open(({ node }) => {
    const gpus = node.gpus()
    return gpus.length === 0 ? null : gpus
  }),
  'zos.location.get': open(({ node }) => node.location()),
}

function statistics({ node }: Call) {
  const { spec, facts } = node
  const system = reservedCapacity(spec.resources)
  const running = usedCapacity(facts.state)
  return {
    total: { ...spec.resources, ipv4u: 0n },
    used: add(running.used, system),
    system,
    users: {
      deployments: running.deployments,
      workloads: running.workloads,
      last_deployment_timestamp: running.lastDeployment,
    },
    open_connections: OPEN_CONNECTIONS,
  }
}

/** Also what the explorer shows. In an order that means nothing. */
export function featuresOf(node: Call['node']): readonly string[] {
  const domain = node.facts.publicConfig()?.domain ?? ''
  return shuffled(nodeFeatures(node.spec.kind, domain !== ''), node.spec.nodeId)
}
