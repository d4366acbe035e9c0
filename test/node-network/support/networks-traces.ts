/** Everything that a network can leave behind on its node. */
import type { TestNode } from './networks-node.js'
import { runningPrograms } from './running-programs.js'

export interface Traces {
  readonly namespaces: readonly string[]
  /** Of the root namespace, with their masters. */
  readonly links: readonly string[]
  /** WireGuard devices that answer. */
  readonly devices: readonly string[]
  readonly services: readonly string[]
  /** Command lines of long-running programs in the machine. */
  readonly processes: readonly string[]
  /** Rulesets of the namespaces that all networks share; empty for one that is not there. */
  readonly nft: readonly string[]
}

export async function tracesOf({ machine, services }: TestNode): Promise<Traces> {
  const words = async (...argv: readonly [string, ...string[]]) => {
    const [program, ...args] = argv
    return (await machine.run(program, ...args)).stdout
  }
  const lines = (text: string) => text.split('\n').filter(Boolean).sort()
  const ruleset = async (namespace: string) => {
    const command = { namespace, program: 'nft', args: ['-s', 'list', 'ruleset'], mayFail: true }
    const { stdout } = await machine.runner.run(command)
    // Tables stand in the order in which they were made.
    return stdout
      .split(/^(?=table )/m)
      .sort()
      .join('')
  }
  const [namespaces, links, devices, list, processes, ...nft] = await Promise.all([
    words('ip', 'netns', 'list'),
    words('ip', '-o', 'link', 'show'),
    words('wg', 'show', 'interfaces'),
    services.list(),
    runningPrograms(machine),
    ruleset('root'),
    ruleset('ndmz'),
    ruleset('public'),
  ])
  return {
    namespaces: lines(namespaces).map(line => line.split(' ')[0] ?? ''),
    links: lines(links)
      .map(line => /^\d+: ([^:@]+)/.exec(line)?.[1] ?? line)
      .sort(),
    devices: lines(devices.replaceAll(' ', '\n')),
    services: list.map(({ name }) => name),
    processes,
    nft,
  }
}
