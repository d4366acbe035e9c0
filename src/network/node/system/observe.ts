/**
 * What is there, read with few child processes: an `ip -batch` for each namespace (links, addresses, routes, forwarding), a
 * few for the rulesets of all, one for a namespace where other sysctls are wanted, `wg` once for all devices in user space.
 */
import { NodeNetworkError } from '../../../errors/node-network.js'
import { isProbeNamespace } from '../internet/probe-namespace.js'
import { readNft } from '../nft/read-json.js'
import type { ProcessManager } from '../services/port.js'
import { ROOT } from '../state/desired.js'
import type { ObservedLink, ObservedNamespace, ObservedState, ObservedWireguard } from '../state/observed.js'
import { namespaceMark } from './ip-lines.js'
import { linkLowers } from './link-lowers.js'
import { type Basics, readNamespaces, readRoot } from './read-basics.js'
import { readBatch } from './read-ip-json.js'
import { readRulesets } from './read-rulesets.js'
import { readSysctls } from './read-sysctls.js'
import { readVlans } from './read-vlans.js'
import { readWireguard } from './read-wireguard.js'
import { runBounded } from './run-bounded.js'
import type { CommandRunner } from './runner.js'
import type { Interest } from './system.js'

const AT_ONCE = 4

/** @param lookFile see `LOOK`; where it is, many namespaces are read by few processes
 * @throws {NodeNetworkError} NODE_NET_OBSERVE when a tool prints what cannot be understood; NODE_NET_COMMAND,
 * NODE_NET_TOOL, NODE_NET_PERMISSION */
export async function observeLinux(
  runner: CommandRunner,
  services: ProcessManager,
  interest: Interest,
  lookFile?: string,
): Promise<ObservedState> {
  const [root, names] = await readRoot(runner)
  const rulesetsOf = async (namespaces: readonly string[]) =>
    interest.rulesets === false ? new Map<string, string>() : readRulesets(runner, namespaces)
  const isWanted = (name: string) => name in interest.sysctls || isProbeNamespace(name)
  const wanted = [...names.keys()].filter(name => interest.leftovers || isWanted(name))
  const expected = wanted.filter(name => name in interest.sysctls)
  // Starting `ip` keeps this process busy, listing rulesets the others: both at once take less time than one after another.
  const [rulesets, read] = await Promise.all([
    rulesetsOf([ROOT, ...expected]),
    readNamespaces(runner, new Map(wanted.map(name => [name, names.get(name)])), lookFile),
  ])
  const all = [root, ...read.filter(basics => isWanted(basics.name) || isMarked(basics))]
  const rest = new Map<Basics, Rest>()
  // Devices in user space answer at a socket, wherever the device is; those of the kernel where they are.
  const hasTun = all.some(({ links }) => links.some(({ link }) => link.tunMode === 'tun'))
  const [leftRulesets, userspace] = await Promise.all([
    rulesetsOf(all.flatMap(({ name }) => (rulesets.has(name) ? [] : [name]))),
    hasTun ? readDevices(runner, ROOT) : new Map<string, ObservedWireguard>(),
    runBounded(all, AT_ONCE, async basics => {
      rest.set(basics, await readRest(runner, basics, interest.sysctls[basics.name] ?? []))
    }),
  ])
  const lowers = await linkLowers(runner, all)
  return {
    namespaces: all.map((basics): ObservedNamespace => {
      const { name, links, routes } = basics
      const { sysctls, vlans, kernelWireguard } = rest.get(basics) as Rest
      const complete = ({ link }: (typeof links)[number]): ObservedLink => {
        const lower = lowers.get(link)
        const device = link.kind === 'wireguard' ? kernelWireguard : link.tunMode === 'tun' ? userspace : undefined
        const wireguard = device?.get(link.name)
        const own = vlans.get(link.name)
        return {
          ...link,
          ...(lower ? { lower } : {}),
          ...(wireguard ? { wireguard } : {}),
          ...(own ? { vlans: own } : {}),
        }
      }
      const ruleset = rulesets.get(name) ?? leftRulesets.get(name)
      const nft = ruleset === undefined ? [] : readNft(ruleset)
      return { name, marked: isMarked(basics), links: links.map(complete), routes, sysctls, nft }
    }),
    services: await services.list(),
  }
}

interface Rest {
  readonly sysctls: Readonly<Record<string, string>>
  readonly vlans: ReturnType<typeof readVlans>
  readonly kernelWireguard: ReadonlyMap<string, ObservedWireguard>
}

function isMarked({ name, links }: Basics): boolean {
  return name !== ROOT && links.some(({ alias }) => alias === namespaceMark(name))
}

async function readRest(
  runner: CommandRunner,
  { name, links, netconf }: Basics,
  keys: readonly string[],
): Promise<Rest> {
  const isFiltering = links.some(({ link }) => link.vlanFiltering)
  const hasKernelWireguard = links.some(({ link }) => link.kind === 'wireguard')
  return {
    sysctls: await readKeys(runner, name, keys, netconf),
    vlans: isFiltering ? await readBridgeVlans(runner, name) : new Map(),
    kernelWireguard: hasKernelWireguard ? await readDevices(runner, name) : new Map(),
  }
}

async function readKeys(
  runner: CommandRunner,
  namespace: string,
  keys: readonly string[],
  known: ReadonlyMap<string, string>,
): Promise<Readonly<Record<string, string>>> {
  const others = keys.filter(key => !known.has(key) && /^net\.[^\s=]+$/.test(key))
  const values = new Map(known)
  if (others.length > 0) {
    // Keys of links that are not there yet are left out, and are no failure.
    const args = ['-e', '--', ...others]
    const { stdout } = await runner.run({ namespace, program: 'sysctl', args, mayFail: true })
    for (const [key, value] of readSysctls(stdout)) values.set(key, value)
  }
  return Object.fromEntries(keys.flatMap(key => (values.has(key) ? [[key, String(values.get(key))]] : [])))
}

async function readBridgeVlans(runner: CommandRunner, namespace: string) {
  const { stdout } = await runner.run({ namespace, program: 'bridge', args: ['-j', 'vlan', 'show'] })
  const [document = []] = stdout.trim() === '' ? [] : readBatch('bridge vlan show', stdout, 1)
  return readVlans(`bridge vlan show in ${namespace}`, document)
}

/** Without `wg` nobody answers: that is no failure, a node may have other tun devices. */
async function readDevices(runner: CommandRunner, namespace: string): Promise<ReadonlyMap<string, ObservedWireguard>> {
  try {
    const { stdout } = await runner.run({ namespace, program: 'wg', args: ['show', 'all', 'dump'] })
    return readWireguard(`wg show all dump in ${namespace}`, stdout)
  } catch (error) {
    if (error instanceof NodeNetworkError && error.code === 'NODE_NET_TOOL') return new Map()
    throw error
  }
}
