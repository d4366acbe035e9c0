/** The router of a lab: forwards, hides private segments behind its own address, gives out leases and advertisements. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { NodeNetworkError } from '../../../errors/node-network.js'
import { ROOT } from '../state/desired.js'
import type { LabProcess } from './lab-process.js'
import type { LabMachine } from './machine.js'
import { type DnsmasqInput, dnsmasqConfig, routerLinks, routerRules, type Served, serves } from './router-config.js'

export interface RouterOptions extends Pick<DnsmasqInput, 'segments' | 'reservations' | 'names'> {
  /** With a NIC on every segment, called like it, and `wan`; started with `ROUTER_SYSCTLS`. */
  readonly machine: LabMachine
  /** More ways than those to its segments and out. */
  readonly routes?: readonly { readonly to: string; readonly via: string }[]
}

export interface LabRouter {
  readonly machine: LabMachine
  /** Gives out leases, advertisements or both, in place of what it gave out before; its leases are remembered.
   *
   * @param served both when absent
   */
  serve(served?: Partial<Served>): Promise<void>
  /** No more leases and no more advertisements: those that are out stay good until they end. */
  stopServing(): Promise<void>
  /** What the server has said lately. */
  log(): string
}

/** A namespace forwards nothing by itself, whatever the host does. */
export const ROUTER_SYSCTLS = { 'net.ipv4.ip_forward': '1', 'net.ipv6.conf.all.forwarding': '1' } as const

const BOTH: Served = { dhcp: true, advertisements: true }

/** Resolves when its servers answer. @throws {NodeNetworkError} NODE_NET_LAB, NODE_NET_COMMAND */
export async function startRouter(options: RouterOptions): Promise<LabRouter> {
  const { machine, segments, routes = [] } = options
  const links = [...routerLinks(segments), ...routes.map(({ to, via }) => `route add ${to} via ${via}`)]
  await Promise.all([batch(machine, links), rules(machine, routerRules(segments))])

  let server: LabProcess | undefined
  const stopServing = async () => {
    const running = server
    server = undefined
    await running?.stop()
  }
  const router: LabRouter = {
    machine,
    stopServing,
    log: () => server?.output() ?? '',
    async serve(wanted = {}) {
      await stopServing()
      const served = { ...BOTH, ...wanted }
      if (options.names !== undefined || serves(segments, served)) server = await startDnsmasq(options, served)
    },
  }
  await router.serve()
  return router
}

/** Lines for `ip -batch` in the machine's root namespace. */
export async function batch(machine: LabMachine, lines: readonly string[]): Promise<void> {
  await machine.runner.run({ namespace: ROOT, program: 'ip', args: ['-batch', '-'], input: `${lines.join('\n')}\n` })
}

async function rules(machine: LabMachine, text: string): Promise<void> {
  await machine.runner.run({ namespace: ROOT, program: 'nft', args: ['-f', '-'], input: text })
}

async function startDnsmasq(options: RouterOptions, served: Served): Promise<LabProcess> {
  const { machine } = options
  const config = join(machine.folder, 'dnsmasq.conf')
  await writeFile(config, dnsmasqConfig({ ...options, served }))
  const server = await machine.start([
    'dnsmasq',
    '--keep-in-foreground',
    `--conf-file=${config}`,
    `--dhcp-leasefile=${join(machine.folder, 'leases')}`,
    '--pid-file=',
    '--log-facility=-',
    // It stays who it is: a user namespace has no other users.
    '--user=',
    '--group=',
  ])
  try {
    // Said when all sockets are open.
    await server.waitFor(/started, version/)
    return server
  } catch (cause) {
    await server.stop()
    throw new NodeNetworkError('NODE_NET_LAB', `the DHCP server of ${machine.name} does not start`, { cause })
  }
}
