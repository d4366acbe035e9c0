/** Finding nodes that have what is needed. */
import type { GridNode } from '../../chain/port.js'
import { GridError } from '../../errors/grid.js'
import type { NodeFilter, NodeInfo } from '../../explorer/port.js'
import type { ModuleContext } from '../context.js'
import { FilterOptions, NodeModel } from './model.js'

const GIB = 1024 ** 3

export class Nodes {
  readonly #context: ModuleContext

  constructor(context: ModuleContext) {
    this.#context = context
  }

  /** Nodes with all that is asked, those with the most free cores first.
   *
   * @param options sizes in GB
   * @example const [node] = await client.nodes.filter({ cru: 2, mru: 4, features: ['mycelium'] })
   */
  async filter(options: FilterOptions = {}): Promise<readonly NodeInfo[]> {
    const { validateModel } = await import('../validate.js')
    const { model } = validateModel(FilterOptions, options)
    const { explorer } = await this.#context.ports()
    const excluded = new Set(model.nodeExclude ?? [])
    return (await explorer.nodes(toFilter(model))).filter(node => !excluded.has(node.nodeId))
  }

  /** The node as the chain knows it. @throws {GridError} GRID_NOT_FOUND */
  async get(options: NodeModel): Promise<GridNode> {
    const { validateModel } = await import('../validate.js')
    const { model } = validateModel(NodeModel, options)
    const { chain } = await this.#context.ports()
    const node = await chain.node(model.id)
    if (node) return node
    throw new GridError('GRID_NOT_FOUND', `there is no node ${model.id} on this grid`, {
      where: `node ${model.id}`,
      hint: 'client.nodes.filter() lists the nodes that are there',
    })
  }
}

function toFilter(options: FilterOptions): NodeFilter {
  const bytes = (gigabytes: number | undefined) =>
    gigabytes === undefined ? undefined : BigInt(Math.ceil(gigabytes * GIB))
  const features = new Set(options.features ?? [])
  if (options.gateway) for (const feature of ['gateway-fqdn-proxy', 'gateway-name-proxy']) features.add(feature)
  if (options.publicIPs) for (const feature of ['ipv4', 'ip']) features.add(feature)
  for (const feature of ['wireguard', 'mycelium'] as const) if (options[feature]) features.add(feature)
  if (options.planetary) features.add('yggdrasil')

  const farmIds = [...(options.farmIds ?? []), ...(options.farmId === undefined ? [] : [options.farmId])]
  const filter: { [K in keyof NodeFilter]: NodeFilter[K] | undefined } = {
    status: options.status ?? 'up',
    totalCru: options.cru,
    freeMruBytes: bytes(options.mru),
    freeSruBytes: bytes(options.sru),
    freeHruBytes: bytes(options.hru),
    freeIps: options.publicIPs ? 1 : undefined,
    ipv4: options.accessNodeV4 || options.gateway || undefined,
    ipv6: options.accessNodeV6,
    hasIpv6: options.hasIPv6,
    domain: options.gateway || undefined,
    certified: options.certified,
    farmIds: farmIds.length > 0 ? farmIds : undefined,
    farmName: options.farmName,
    country: options.country,
    city: options.city,
    region: options.region,
    dedicated: options.dedicated,
    availableFor: options.availableFor,
    hasGpu: options.hasGPU,
    rentedBy: options.rentedBy,
    rentable: options.rentable,
    rentableOrRentedBy: options.rentableOrRentedBy,
    healthy: options.healthy,
    randomize: options.randomize,
    nodeIds: options.nodeId === undefined ? undefined : [options.nodeId],
    page: options.page,
    size: options.size,
    features: features.size > 0 ? [...features] : undefined,
  }
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)) as NodeFilter
}
