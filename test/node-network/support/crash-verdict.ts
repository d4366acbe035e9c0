/** What a crash may leave on a node, although its plan is empty. */
import { existsSync, readdirSync } from 'node:fs'

import { machineNamespace } from '../../../src/network/node/compile/machine.js'
import type { NodeNetworkConfig } from '../../../src/network/node/config/config.js'
import { askEcho } from '../../../src/network/node/lab/echo.js'
import { ipJson } from '../../support/node-lab.js'
import type { TestNode } from './networks-node.js'
import { runningPrograms } from './running-programs.js'

export interface Leftovers {
  /** Every machine of the configuration gets an answer from outside. */
  readonly reached: boolean
  /** Namespaces for probing. */
  readonly probes: readonly string[]
  /** Programs that run more than once. */
  readonly twice: readonly string[]
  /** In the folder of the node: keys, drafts of locks. */
  readonly files: readonly string[]
}

export async function leftovers(
  { machine, stateDir }: TestNode,
  { machines = [] }: Pick<NodeNetworkConfig, 'machines'>,
  internet: string,
): Promise<Leftovers> {
  const [namespaces, programs, ...answers] = await Promise.all([
    ipJson<{ name: string }>(machine, 'netns', 'list'),
    runningPrograms(machine),
    ...machines.map(one => askEcho(machine, { address: internet, namespace: machineNamespace(one) })),
  ])
  const files = existsSync(stateDir) ? readdirSync(stateDir) : []
  return {
    reached: answers.every(({ seen }) => seen !== undefined),
    probes: namespaces.map(({ name }) => name).filter(name => name.startsWith('probe-')),
    twice: programs.filter((line, index) => programs.indexOf(line) !== index),
    files: files.filter(name => /^(wireguard-|lock)/.test(name)),
  }
}

/** All addresses of the root namespace and those of our own, by namespace: what a restart must give back. */
export async function addressesOf({ machine }: Pick<TestNode, 'machine'>): Promise<readonly string[]> {
  const names = (await ipJson<{ name: string }>(machine, 'netns', 'list')).map(({ name }) => name)
  const all = await Promise.all(
    [undefined, ...names].map(async name => {
      const args = [...(name === undefined ? [] : ['-n', name]), 'address', 'show', 'scope', 'global']
      const links = await ipJson<{ ifname: string; addr_info: { local: string; prefixlen: number }[] }>(
        machine,
        ...args,
      )
      return links.flatMap(({ ifname, addr_info = [] }) =>
        addr_info.map(({ local, prefixlen }) => `${name ?? 'root'} ${ifname} ${local}/${prefixlen}`),
      )
    }),
  )
  return all.flat().sort()
}
