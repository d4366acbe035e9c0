/** What a network's fields must be together. Pure. */
import { canonicalCidr, formatCidr, networkOf, parseCidr } from '../../network/address/cidr.js'
import { parseNetworkRange } from '../../network/address/network-range.js'
import { isPrivate } from '../../network/address/special-ranges.js'
import type { At, Check, Draft, Report } from '../rules/field.js'
import { sameValues } from '../rules/same-values.js'
import type { MyceliumNetworkSeed, NetworkAddNodeModel, NetworkModel } from './model.js'

/** Names that nodes keep for themselves. Source: threefoldtech/zosbase pkg/gridtypes/zos/zmachine.go. */
const RESERVED_NAMES = ['ygg', 'pub', 'mycelium']

export const checkNetwork: Check<NetworkModel> = (network, report, at) => {
  checkName(network.name, report)
  checkRange('ip_range', network.ip_range, report)
  if (network.accessNodeId !== undefined && network.addAccess === false) {
    const message = 'names an access node, but addAccess is false'
    report({ path: 'accessNodeId', rule: 'accessNode', message, value: network.accessNodeId })
  }
  checkSeeds(network.myceliumSeeds ?? [], report, at)
}

export const checkNetworkNode: Check<NetworkAddNodeModel> = (model, report, at) => {
  checkNetworkRange(model, report, at)
  if (model.myceliumSeed === undefined || model.mycelium !== false) return
  report({ path: 'myceliumSeed', rule: 'seedWithoutMycelium', message: 'is given, but mycelium is false' })
}

export const checkNetworkRange: Check<{ name: string; ipRange?: string }> = (model, report) => {
  checkName(model.name, report)
  checkRange('ipRange', model.ipRange, report)
}

function checkName(name: string | undefined, report: Report): void {
  if (name === undefined || !RESERVED_NAMES.includes(name)) return
  const message = `is a name nodes keep for themselves: ${RESERVED_NAMES.join(', ')}`
  report({ path: 'name', rule: 'reservedName', message, value: name })
}

function checkRange(path: string, text: string | undefined, report: Report): void {
  if (text === undefined) return
  try {
    const network = formatCidr(parseNetworkRange(text))
    if (text === network || canonicalCidr(text) === network) return
    const message = 'has bits set behind its prefix, which nodes would keep'
    report({ path, rule: 'ipRange', message, value: text, nearest: network })
  } catch {
    const nearest = nearestRange(text)
    const message = 'must be a private IPv4 /16, like 10.249.0.0/16'
    report({ path, rule: 'ipRange', message, value: text.slice(0, 80), ...(nearest === undefined ? {} : { nearest }) })
  }
}

/** The /16 around what was written, when that is private. */
function nearestRange(text: string): string | undefined {
  try {
    const cidr = parseCidr(text.includes('/') ? text : `${text}/16`)
    if (cidr.version !== 4) return undefined
    const range = networkOf({ ...cidr, prefixLength: 16 })
    return isPrivate(range) ? formatCidr(range) : undefined
  } catch {
    return undefined
  }
}

function checkSeeds(seeds: readonly (Draft<MyceliumNetworkSeed> | undefined)[], report: Report, at: At): void {
  for (const [first, second, nodeId] of sameValues(seeds, seed => seed.nodeId)) {
    const message = `is node ${nodeId} again, as in ${at(`myceliumSeeds[${first}].nodeId`)}: a network has one key on a node`
    report({ path: `myceliumSeeds[${second}].nodeId`, rule: 'duplicateNode', message, value: nodeId })
  }
  for (const [first, second] of sameValues(seeds, seed => seed.seed)) {
    // Twice for one node is told by the rule above.
    if (seeds[first]?.nodeId !== undefined && seeds[first]?.nodeId === seeds[second]?.nodeId) continue
    const message = `is the same as ${at(`myceliumSeeds[${first}].seed`)}: two nodes with one key claim the same addresses`
    report({ path: `myceliumSeeds[${second}].seed`, rule: 'duplicateSeed', message })
  }
}
