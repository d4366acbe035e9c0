/**
 * Which NICs a node uses. What stands is kept; what the configuration names is taken; otherwise the probes decide. A plan
 * writes nothing, so before the first probing it can only assume.
 */

import { NodeNetworkError } from '../../errors/node-network.js'
import { compareNaturally } from '../address/index.js'
import { standingChoices } from './compile/facts.js'
import { BRIDGE } from './compile/names.js'
import type { NodeNetworkConfig } from './config/config.js'
import { chooseExit } from './decide/choose-exit.js'
import type { NicProbe } from './decide/probe.js'
import { selectUplink } from './decide/select-uplink.js'
import { isReady, readinessOf } from './readiness.js'
import { standingProbes } from './standing-probes.js'
import { ROOT } from './state/desired.js'
import type { ObservedLink, ObservedState } from './state/observed.js'
import type { UplinkHealth } from './watch-node.js'

export interface UplinkChoice {
  readonly uplink: string
  readonly exit?: string
  readonly made: 'standing' | 'configured' | 'probed' | 'assumed'
  readonly reason: string
}

/** The NICs of a node, in natural order. */
export function nicsOf(observed: ObservedState, { nics }: Pick<NodeNetworkConfig, 'nics'>): readonly ObservedLink[] {
  const links = observed.namespaces.find(({ name }) => name === ROOT)?.links ?? []
  return links
    .filter(({ name, kind }) => (nics === undefined ? kind === 'device' : nics.includes(name)))
    .sort((a, b) => compareNaturally(a.name, b.name))
}

/** NICs that may be moved into a namespace to be probed: in no bridge, ours or another. */
export function idleNics(nics: readonly ObservedLink[]): readonly ObservedLink[] {
  return nics.filter(({ master }) => master === undefined)
}

/** What is known without touching anything: NICs in use as they stand, the others by their cables. */
export function knownProbes(observed: ObservedState, config: NodeNetworkConfig): readonly NicProbe[] {
  const nics = nicsOf(observed, config)
  const names = nics.map(({ name }) => name)
  const foreign = new Set(
    nics
      .filter(({ master }) => master !== undefined && master !== BRIDGE.uplink && master !== BRIDGE.public)
      .map(({ name }) => name),
  )
  return standingProbes(observed, names, standingChoices(observed), config).map(probe =>
    foreign.has(probe.nic) ? { ...probe, enslaved: true } : probe,
  )
}

/** A choice that needs no probing, if there is one: what the configuration names, or what stands. */
export function settledChoice(observed: ObservedState, config: NodeNetworkConfig): UplinkChoice | undefined {
  const standing = standingChoices(observed)
  const named = config.uplink?.nic
  if (named !== undefined && config.exit?.nic !== undefined) {
    return choice(named, config.exit.nic, 'configured', 'the configuration names both NICs')
  }
  if (standing.uplink === undefined || (named !== undefined && named !== standing.uplink)) return undefined
  // What was the uplink is to be the exit now: another uplink has to be found.
  if (standing.uplink === config.exit?.nic) return undefined
  return choice(
    standing.uplink,
    config.exit?.nic ?? standing.exit,
    'standing',
    `${standing.uplink} is the uplink already`,
  )
}

/** @throws {NodeNetworkError} NODE_NET_NO_GATEWAY when no NIC leads out, and the configuration names none */
export function choiceFrom(probes: readonly NicProbe[], config: NodeNetworkConfig): UplinkChoice {
  const named = config.uplink?.nic
  const candidates = probes.filter(({ nic }) => nic !== config.exit?.nic)
  const found =
    named === undefined ? selectUplink(candidates) : { nic: named, reason: `the configuration names ${named}` }
  if ('error' in found) {
    throw new NodeNetworkError('NODE_NET_NO_GATEWAY', found.reason, {
      where: probes.map(({ nic }) => nic).join(', ') || 'no NIC at all',
      hint: 'check cables, and that a router gives out addresses by DHCP or router advertisements; hyphae node net explain says what each NIC has found',
      details: { probes },
    })
  }
  const exit = chooseExit(probes, found.nic, {
    ...(config.exit?.nic === undefined ? {} : { nic: config.exit.nic }),
    publicConfig: config.public !== undefined,
  })
  return choice(found.nic, exit.nic, named === undefined ? 'probed' : 'configured', `${found.reason}; ${exit.reason}`)
}

/** For a plan before the first probing: the first NIC with a cable that nothing else uses.
 *
 * @throws {NodeNetworkError} NODE_NET_NO_GATEWAY when there is no NIC to assume anything of
 */
export function assumedChoice(nics: readonly ObservedLink[], config: NodeNetworkConfig): UplinkChoice {
  const idle = nics.filter(({ name, master }) => master === undefined && name !== config.exit?.nic)
  const first = idle.find(({ carrier }) => carrier) ?? idle[0]
  const uplink = config.uplink?.nic ?? first?.name
  if (uplink === undefined) {
    throw new NodeNetworkError('NODE_NET_NO_GATEWAY', 'the node has no NIC that is free', {
      hint: 'free one from the bridge it is in, or name the links that count as NICs with nics',
    })
  }
  return choice(
    uplink,
    config.exit?.nic,
    'assumed',
    'NICs are probed before anything is decided; this assumes the first',
  )
}

/** Whether the node itself (through the uplink's bridge) and its networks (through ndmz) get out. */
export function uplinkHealth(observed: ObservedState, config: NodeNetworkConfig): UplinkHealth {
  const { uplink } = standingChoices(observed)
  const nics = nicsOf(observed, config)
  const plugged = nics.find(({ name }) => name === uplink)?.carrier === true
  const root = observed.namespaces.find(({ name }) => name === ROOT)
  const leadsOut = root?.routes.some(({ to, link }) => link === BRIDGE.uplink && (to === '0.0.0.0/0' || to === '::/0'))
  const others = nics.filter(
    ({ name, master }) => name !== uplink && (master === undefined || master === BRIDGE.public),
  )
  return {
    connected: plugged && leadsOut === true && isReady(readinessOf(observed)),
    replaceable: !plugged && config.uplink?.nic === undefined && others.some(({ carrier }) => carrier),
  }
}

function choice(uplink: string, exit: string | undefined, made: UplinkChoice['made'], reason: string): UplinkChoice {
  return { uplink, ...(exit === undefined || exit === uplink ? {} : { exit }), made, reason }
}
