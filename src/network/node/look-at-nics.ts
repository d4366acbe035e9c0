/** What every NIC of a node leads to: those in use as they stand, the others by probing, where that is wanted. */
import type { Host } from '../../events/host.js'
import type { NodeNetworkConfig } from './config/config.js'
import type { NicProbe } from './decide/probe.js'
import type { DhcpClient } from './internet/dhcp-client.js'
import { type ProbeOptions, probeNics } from './internet/probe-nics.js'
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
    ...(signal === undefined ? {} : { signal }),
  })
  return known.map(one => probed.find(({ nic }) => nic === one.nic) ?? one)
}
