/** What every NIC of a node leads to: those in use as they stand, the others by probing, where that is wanted. */
import type { Host } from '../../events/host.js'
import { NAMESPACE, NDMZ_LINK } from './compile/names.js'
import type { NodeNetworkConfig } from './config/config.js'
import type { NicProbe } from './decide/probe.js'
import type { DhcpClient } from './internet/dhcp-client.js'
import { type ProbeOptions, probeNics } from './internet/probe-nics.js'
import { askRouterMac } from './internet/router-mac.js'
import type { ObservedState } from './state/observed.js'
import type { CommandRunner } from './system/runner.js'
import { idleNics, knownProbes, nicsOf } from './uplink-choice.js'

export type ProbeTimes = Pick<ProbeOptions, 'graceMs' | 'limitMs' | 'dhcpMs' | 'routerMs'>

interface Ports {
  readonly config: NodeNetworkConfig
  readonly runner: CommandRunner
  readonly dhcp: DhcpClient
  readonly stateDir: string
  readonly probeTimes?: ProbeTimes
  readonly host: Host
}

/** @param observed with ndmz: what NICs in use lead to shows there */
export async function lookAtNics(
  { config, runner, dhcp, stateDir, probeTimes, host }: Ports,
  observed: ObservedState,
  { probe, signal }: { readonly probe: boolean; readonly signal?: AbortSignal },
): Promise<readonly NicProbe[]> {
  const known = knownProbes(observed, config)
  const idle = idleNics(nicsOf(observed, config))
  if (!probe || idle.length === 0) return known
  const names = idle.map(({ name }) => name)
  host.notify({
    code: 'NODE_NET_PROBING',
    level: 'info',
    text: `probing ${names.join(', ')} for DHCP and router advertisements`,
    data: { nics: names },
  })
  const probed = await probeNics({
    ...probeTimes,
    runner,
    nics: idle.map(({ name, mac }) => ({ name, enslaved: false, ...(mac === undefined ? {} : { mac }) })),
    dhcp,
    folder: stateDir,
    duplicateAddressDetection: config.duplicateAddressDetection !== false,
    knownRouters: routersOf(known),
    ...(signal === undefined ? {} : { signal }),
  })
  const found = routersOf(probed)
  return Promise.all(
    known.map(async one => probed.find(({ nic }) => nic === one.nic) ?? (await withRouterMac(runner, one, found))),
  )
}

/** Of the uplink as it stands, where another NIC has found a router with the same address. */
async function withRouterMac(runner: CommandRunner, probe: NicProbe, routers: readonly string[]): Promise<NicProbe> {
  const router = routersOf([probe]).find(one => routers.includes(one))
  if (router === undefined) return probe
  const mac = await askRouterMac(runner, { namespace: NAMESPACE.ndmz, link: NDMZ_LINK.ipv4, router })
  return mac === undefined ? probe : { ...probe, routerMacs: [mac] }
}

function routersOf(probes: readonly NicProbe[]): readonly string[] {
  return probes.flatMap(({ leases }) => leases.map(({ router }) => router)).filter(router => router !== undefined)
}
