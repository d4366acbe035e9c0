/** What the chain stores, in the words of the ports. */
import type * as port from '../../../chain/port.js'
import type { Contract, PublicIpList } from '../pallets/smart-contract/layouts.js'
import type * as grid from '../pallets/tfgrid/layouts.js'
import { addressOfAccount } from '../runtime/ss58.js'

const lenient = new TextDecoder()
const text = (bytes: Uint8Array) => lenient.decode(bytes)

export function portTwin({ id, accountId, relay, pk }: grid.Twin): port.Twin {
  return {
    id,
    account: addressOfAccount(accountId),
    ...(relay === undefined ? {} : { relay: text(relay) }),
    ...(pk === undefined ? {} : { pk }),
  }
}

function portIps(list: PublicIpList): readonly port.PublicIp[] {
  return list.map(({ ip, gateway, contractId }) => ({ ip: text(ip), gateway: text(gateway), contractId }))
}

export function portFarm(farm: grid.Farm): port.Farm {
  return {
    id: farm.id,
    name: text(farm.name),
    twinId: farm.twinId,
    pricingPolicyId: farm.pricingPolicyId,
    certification: farm.certification,
    publicIps: portIps(farm.publicIps),
    dedicated: farm.dedicatedFarm,
  }
}

function portPublicConfig({ ip4, ip6, domain }: NonNullable<grid.Node['publicConfig']>): port.PublicConfig {
  return {
    ip4: { ip: text(ip4.ip), gw: text(ip4.gw) },
    ...(ip6 === undefined ? {} : { ip6: { ip: text(ip6.ip), gw: text(ip6.gw) } }),
    ...(domain === undefined ? {} : { domain: text(domain) }),
  }
}

export function portNode(node: grid.Node, power: grid.NodePower): port.GridNode {
  const { city, country, latitude, longitude } = node.location
  return {
    id: node.id,
    farmId: node.farmId,
    twinId: node.twinId,
    resources: node.resources,
    location: { city: text(city), country: text(country), latitude: text(latitude), longitude: text(longitude) },
    ...(node.publicConfig === undefined ? {} : { publicConfig: portPublicConfig(node.publicConfig) }),
    created: node.created,
    interfaces: node.interfaces.map(({ name, mac, ips }) => ({ name: text(name), mac: text(mac), ips: ips.map(text) })),
    certification: node.certification,
    ...(node.serialNumber === undefined ? {} : { serialNumber: text(node.serialNumber) }),
    power: { state: power.state.kind, target: power.target },
  }
}

function portState(state: Contract['state']): port.ContractState {
  switch (state.kind) {
    case 'Created':
      return { kind: 'created' }
    case 'Deleted':
      return { kind: 'deleted', cause: state.value }
    case 'GracePeriod':
      return { kind: 'grace', sinceBlock: state.value }
  }
}

function portType(type: Contract['contractType']): port.ContractType {
  switch (type.kind) {
    case 'NodeContract': {
      const { nodeId, deploymentHash, deploymentData, publicIpsList } = type.value
      const data = text(deploymentData)
      return { kind: 'node', nodeId, hash: text(deploymentHash), data, publicIps: portIps(publicIpsList) }
    }
    case 'NameContract':
      return { kind: 'name', name: text(type.value.name) }
    case 'RentContract':
      return { kind: 'rent', nodeId: type.value.nodeId }
  }
}

export function portContract(contract: Contract): port.Contract {
  return {
    id: contract.contractId,
    twinId: contract.twinId,
    state: portState(contract.state),
    type: portType(contract.contractType),
    ...(contract.solutionProviderId === undefined ? {} : { solutionProviderId: contract.solutionProviderId }),
  }
}

export function portPricing(policy: grid.PricingPolicy): port.PricingPolicy {
  return {
    id: policy.id,
    name: text(policy.name),
    su: policy.su.value,
    cu: policy.cu.value,
    nu: policy.nu.value,
    ipu: policy.ipu.value,
    uniqueName: policy.uniqueName.value,
    domainName: policy.domainName.value,
    discountForDedicatedNodes: policy.discountForDedicationNodes,
  }
}
