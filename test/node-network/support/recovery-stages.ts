/** What happens to a node in its life, and how long its machine is without the Internet then. */
import assert from 'node:assert/strict'

import { INTERNET } from '../../../src/network/node/lab/internet-addresses.js'
import { eventually } from '../../support/node-lab.js'
import type { NodeRig } from './node-rig.js'

const WAIT_MS = 25_000
const ASK_MS = 1_000
const SILENCE_MS = 400

/** What happened, and the milliseconds from when it was over until the machine was back. */
export type Times = Map<string, number>

const ADDRESSES = { ipv4: INTERNET.ipv4, ipv6: INTERNET.ipv6 } as const
export type Family = keyof typeof ADDRESSES

export async function isOnline(rig: NodeRig, family: Family, timeoutMs = ASK_MS): Promise<boolean> {
  return (await rig.ask(ADDRESSES[family], { timeoutMs })).seen !== undefined
}

/** Waits until the machine reaches the Internet over all of them. */
export async function untilOnline(rig: NodeRig, ...families: readonly Family[]): Promise<void> {
  await Promise.all(families.map(family => eventually(`${family} to be back`, () => isOnline(rig, family), WAIT_MS)))
}

export async function untilOffline(rig: NodeRig, family: Family): Promise<void> {
  await eventually(`${family} to be gone`, async () => !(await isOnline(rig, family, SILENCE_MS)), WAIT_MS)
}

/** How long `recovery` takes once `repair` is done. */
export async function timed(
  times: Times,
  what: string,
  repair: () => Promise<unknown>,
  recovery: () => Promise<unknown>,
): Promise<void> {
  await repair()
  const since = performance.now()
  await recovery()
  times.set(what, Math.round(performance.now() - since))
}

/** Ends the processes that keep leases, as a crash does. Who restarts them is another matter. */
export async function killLeaseKeepers({ node }: NodeRig): Promise<readonly string[]> {
  const keepers = (await node.services.list()).filter(({ name }) => name.startsWith('dhcp-'))
  assert.equal(keepers.length, 2)
  for (const { pid } of keepers) {
    assert.ok(pid)
    // The group: the way into the machine is a process of its own.
    process.kill(-pid, 'SIGKILL')
  }
  return keepers.map(({ name }) => name)
}

/** Waits until other processes run in the place of those that were killed. */
export async function untilRestarted({ node }: NodeRig, names: readonly string[]): Promise<void> {
  await eventually(
    'other processes to keep the leases',
    async () => {
      const services = (await node.services.list()).filter(({ name }) => names.includes(name))
      return services.every(({ state, restarts }) => state === 'running' && restarts > 0)
    },
    WAIT_MS,
  )
}

/** The end of the leases, hours early: the kernel does the same when their lifetime is over. */
export async function endLeases(rig: NodeRig): Promise<void> {
  for (const [namespace, link] of [
    ['root', 'zos'],
    ['ndmz', 'npub4'],
  ] as const) {
    await rig.run(namespace, 'ip', '-4', 'address', 'flush', 'dev', link)
  }
}

/** The node's own NICs that are ports of a bridge, and of which. */
export async function mastersOf({ run, spec }: NodeRig): Promise<Readonly<Record<string, string | undefined>>> {
  const links = JSON.parse(await run('root', 'ip', '-j', 'link')) as { ifname: string; master?: string }[]
  return Object.fromEntries(
    spec.nics.map(({ name }) => [name, links.find(({ ifname }) => ifname === name)?.master] as const),
  )
}
