/** Segments with a router's servers on them, and machines whose NICs are plugged into them, one machine a test. */
import type { LabMachine } from '../../src/network/node/lab/machine.js'
import { startMachine } from '../../src/network/node/lab/machine.js'
import type { SegmentSpec } from '../../src/network/node/lab/scenario.js'
import { type Lab, startLab } from '../../src/network/node/lab/start-lab.js'

export interface Segments {
  readonly lab: Lab
  /** A new machine, its NICs `eth0`, `eth1` … on these segments: down, without addresses. */
  machine(...segments: readonly string[]): Promise<LabMachine>
  /** With all machines. */
  stop(): Promise<void>
}

export interface SegmentsOptions {
  /** Name → addresses of the router there, with prefix length: without any, nothing is served. Leases last two minutes. */
  readonly segments: Readonly<Record<string, { readonly ipv4?: string; readonly ipv6?: string }>>
  /** Leases name the router as the name server. */
  readonly dns?: boolean
}

/** Once for a file: a router takes longer than a machine. */
export async function startSegments({ segments, dns = false }: SegmentsOptions): Promise<Segments> {
  const scenario = {
    ...{ name: 'segments', title: 'segments', description: 'Segments for tests.', nodes: [], users: [] },
    segments: Object.entries(segments).map(([name, served]) => segmentOf(name, served)),
  }
  const lab = await startLab(scenario, dns ? { names: { 'hub.test': '198.51.100.1' } } : {})
  const machines: LabMachine[] = []
  return {
    lab,
    async machine(...names) {
      const fabric = lab.machine('fabric')
      const within = fabric.userNamespace ? { within: fabric } : {}
      const machine = await startMachine({ name: `m${machines.length}`, folder: lab.folder, ...within })
      machines.push(machine)
      await lab.fabric.connect(...names.map((segment, at) => ({ machine, nic: `eth${at}`, segment })))
      return machine
    },
    async stop() {
      await Promise.all(machines.map(machine => machine.stop()))
      await lab.stop()
    },
  }
}

function segmentOf(name: string, { ipv4, ipv6 }: { readonly ipv4?: string; readonly ipv6?: string }): SegmentSpec {
  const stem = ipv4?.split('.').slice(0, 3).join('.')
  const dhcp = { from: `${stem}.50`, to: `${stem}.99`, gateway: true, leaseSeconds: 120 }
  return {
    name,
    title: name,
    ...(ipv4 === undefined ? {} : { ipv4: { router: ipv4, dhcp, nat: true } }),
    ...(ipv6 === undefined ? {} : { ipv6: { router: ipv6, advertise: 'gateway', inbound: 'open' } }),
  }
}
