/** The port to the program that speaks DHCPv4. */
import type { ServiceSpec } from '../services/port.js'
import type { CommandRunner } from '../system/runner.js'

export interface DhcpLease {
  /** With prefix length. */
  readonly address: string
  readonly router?: string
  readonly leaseSeconds?: number
  readonly dns: readonly string[]
}

export interface DhcpProbe {
  readonly runner: CommandRunner
  readonly namespace: string
  readonly nic: string
  /** For the script it runs; made when it is not there. */
  readonly folder: string
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

export interface DhcpKeeperOptions {
  /** Also write the name servers into the namespace's /etc/resolv.conf. */
  readonly dns: boolean
  /** For its files. */
  readonly folder: string
}

export interface DhcpClient {
  readonly name: 'dhcpcd' | 'udhcpc'
  /** A lease, or undefined when nobody offers one. Nothing is set that outlives the namespace's NIC.
   *
   * @throws {NodeNetworkError} when the program cannot run
   */
  probe(options: DhcpProbe): Promise<DhcpLease | undefined>
  /** The service `dhcp-<iface>`, which keeps address and default route of the interface for as long as it runs. */
  keeper(iface: string, namespace: string, options: DhcpKeeperOptions): ServiceSpec
}
