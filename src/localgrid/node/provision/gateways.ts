/**
 * gateway-name-proxy and gateway-fqdn-proxy: public names in front of machines.
 * Source: threefoldtech/zosbase pkg/gateway/gateway.go.
 */

import type { PublicConfig } from '../../../chain/port.js'
import type { Workload } from '../../../zos/deployment.js'
import { networkId } from '../../../zos/names.js'
import type { GatewayFqdnProxy, GatewayNameProxy } from '../../../zos/workloads/data.js'
import { idOf, keyOf } from '../engine/state.js'
import { messageOf, type NodeFacts, type ProvisionContext, refuse, type WorkloadManager } from './manager.js'
import { loadNetwork } from './networks.js'

export const gatewayNameManager: WorkloadManager<'gateway-name-proxy'> = {
  provision(context, { data }) {
    try {
      return { data: { fqdn: setNamedProxy(context, data) } }
    } catch (error) {
      throw refuse(`failed to setup name proxy: ${messageOf(error)}`)
    }
  },
}

export const gatewayFqdnManager: WorkloadManager<'gateway-fqdn-proxy'> = {
  async provision(context, { data }) {
    try {
      await setFqdnProxy(context, data)
      return { data: {} }
    } catch (error) {
      throw refuse(`failed to setup fqdn proxy: ${messageOf(error)}`)
    }
  },
}

/** Does the twin own this name? Asked when the proxy is made and by every sync after.
 *
 * @throws {ZosError}
 */
export function checkNameContract(node: NodeFacts, name: string, twinId: number): void {
  const contract = node.contractByName(name)
  if (!contract) throw refuse('a name contract with the given name must be reserved first')
  if (contract.state.kind === 'deleted') throw refuse('the name contract must be in Created or GracePeriod state')
  if (contract.twinId !== twinId) throw refuse('twin id mismatch')
}

function setNamedProxy(context: ProvisionContext, data: GatewayNameProxy): string {
  const config = gatewayConfig(context.node)
  if (!config.domain) throw refuse("node doesn't support name proxy (doesn't have a domain)")
  try {
    checkNameContract(context.node, data.name, context.key.twinId)
  } catch (error) {
    throw refuse(`failed to verify name contract: ${messageOf(error)}`)
  }
  const fqdn = `${data.name}.${config.domain}`
  checkRoute(context, fqdn, data, config)
  return fqdn
}

async function setFqdnProxy(context: ProvisionContext, data: GatewayFqdnProxy): Promise<void> {
  const { node } = context
  const config = gatewayConfig(node)
  if (config.domain && data.fqdn.endsWith(config.domain)) {
    throw refuse("can't create a fqdn workload with a subdomain of the gateway's managed domain")
  }
  try {
    const addresses = await node.resolve(data.fqdn)
    const own = ownAddresses(config)
    if (!addresses.some(address => own.includes(address))) throw refuse("host doesn't point to the gateway ip")
  } catch (error) {
    throw refuse(`failed to verify domain dns record: ${messageOf(error)}`)
  }
  checkRoute(context, data.fqdn, data, config)
}

/** A light gateway needs a domain even for names that are not under it. */
function gatewayConfig(node: NodeFacts): PublicConfig {
  const config = node.publicConfig()
  if (!config || (node.light && !config.domain)) {
    throw refuse('gateway is not supported on this node: no public configuration')
  }
  return config
}

function checkRoute(
  context: ProvisionContext,
  fqdn: string,
  data: GatewayNameProxy | GatewayFqdnProxy,
  config: PublicConfig,
): void {
  const own = ownAddresses(config)
  for (const backend of data.backends) {
    if (own.includes(backendHost(backend))) throw refuse(`ip ${backendHost(backend)} cannot be used as a backend`)
  }
  for (const { deployment, live } of context.node.state.workloads()) {
    if (idOf(keyOf(deployment), live.current.name) === context.id || !live.installed) continue
    if (domainOf(live.current) === fqdn) throw refuse(`domain already registered: ${fqdn}`)
  }
  if (data.network === undefined || data.network === '') return
  try {
    loadNetwork(context, data.network)
  } catch (error) {
    const id = networkId(context.key.twinId, data.network)
    throw refuse(`failed to get user network: couldn't load network with id (${id}): ${messageOf(error)}`)
  }
}

function domainOf(workload: Workload): string | undefined {
  if (workload.type === 'gateway-fqdn-proxy') return workload.data.fqdn
  if (workload.type === 'gateway-name-proxy') return (workload.result.data as { fqdn?: string } | null)?.fqdn
  return undefined
}

/** The public addresses of the node, without mask. */
export function ownAddresses(config: PublicConfig): string[] {
  return [config.ip4.ip, config.ip6?.ip]
    .filter(ip => ip !== undefined && ip !== '')
    .map(ip => (ip as string).split('/')[0] as string)
}

/** The address in `http://ip[:port]` or `ip:port`; validation has seen to the form. */
function backendHost(backend: string): string {
  const rest = backend.replace(/^https?:\/\//, '')
  const bracketed = /^\[([^\]]+)\]/.exec(rest)
  return bracketed ? (bracketed[1] as string) : (rest.split(':')[0] as string)
}
