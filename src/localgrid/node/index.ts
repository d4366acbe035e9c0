/**
 * The nodes of a local grid: they take deployments over RMB, check them as Zero-OS does, provision them through a
 * driver, answer every command of the node API, and follow what the chain says of their contracts.
 *
 * @example
 * const nodes = await startNodes({ chain, relay, faults, store, verifier, kycStatus: () => 'VERIFIED', nodes: [spec] })
 * nodes.features(11) // ['zmachine', 'network', …]
 * await nodes.close()
 */

import type { Resources } from '../../chain/port.js'
import { LocalGridError } from '../../errors/localgrid.js'
import { add, reservedCapacity, usedCapacity } from './engine/capacity.js'
import { applyEvents } from './events.js'
import { LocalNode } from './local-node.js'
import type { RunningNodes, StartNodesOptions } from './options.js'
import { Pauses } from './pauses.js'
import { simulatedDriver } from './provision/driver.js'
import { type Mailbox, openMailbox } from './rmb/mailbox.js'

export type { RunningNodes, StartNodesOptions } from './options.js'
export type { DriverAction, ProvisionDriver, ProvisionTask } from './provision/driver.js'
export type { GpuSpec, NodeSpec, PoolSpec } from './spec.js'

/** Starts every node of `options.nodes`; they answer when this resolves.
 *
 * @throws {LocalGridError} LOCALGRID_OPTION when two nodes have one id or one twin
 */
export async function startNodes(options: StartNodesOptions): Promise<RunningNodes> {
  checkUnique(options)
  const { chain, faults, relay, verifier } = options
  const driver = options.driver ?? simulatedDriver
  const pauses = new Pauses()
  const nodes = new Map(options.nodes.map(spec => [spec.nodeId, new LocalNode(spec, { ...options, pauses })]))
  const all = [...nodes.values()]
  const chosen = (nodeId: number | undefined) =>
    nodeId === undefined ? all : all.filter(n => n.spec.nodeId === nodeId)

  const stopListening = chain.onBlock(block => applyEvents(block, nodes))
  for (const { engine } of all) {
    await engine.begin(driver.volatile)
  }
  const mailboxes: Mailbox[] = all.map((node, index) => {
    const stranger = () => (all[(index + 1) % all.length] as LocalNode).spec.identity
    return openMailbox({ node, chain, relay, faults, verifier, pauses, stranger })
  })

  let closing: Promise<void> | undefined
  return {
    kind: nodeId => nodes.get(nodeId)?.spec.kind,
    features: nodeId => nodes.get(nodeId)?.features() ?? [],
    capacity: nodeId => capacityOf(nodes.get(nodeId)),
    gpus: nodeId => nodes.get(nodeId)?.gpus() ?? [],
    up: nodeId => {
      const node = nodes.get(nodeId)
      return node?.isUp() === true && !faults.peek('silent-node', fault => fault.nodeId === nodeId)
    },
    idle: async () => {
      for (const { engine } of all) await engine.idle()
    },
    sync: async nodeId => {
      for (const { engine } of chosen(nodeId)) await engine.sync()
    },
    reboot: nodeId => {
      for (const { engine } of chosen(nodeId)) engine.reboot()
    },
    close: () => {
      closing ??= (async () => {
        stopListening()
        for (const mailbox of mailboxes) mailbox.close()
        pauses.close()
        await Promise.all(all.map(({ engine }) => engine.close()))
        await driver.close()
      })()
      return closing
    },
  }
}

function capacityOf(node: LocalNode | undefined): { total: Resources; used: Resources } | undefined {
  if (!node) return undefined
  const total = node.spec.resources
  const { cru, mru, sru, hru } = add(usedCapacity(node.facts.state).used, reservedCapacity(total))
  return { total, used: { cru, mru, sru, hru } }
}

function checkUnique({ nodes }: StartNodesOptions): void {
  for (const what of ['nodeId', 'twinId'] as const) {
    const seen = new Set<number>()
    for (const spec of nodes) {
      if (seen.has(spec[what])) {
        throw new LocalGridError('LOCALGRID_OPTION', `two nodes of the local grid have the ${what} ${spec[what]}`)
      }
      seen.add(spec[what])
    }
  }
}
