/**
 * What every NIC leads to, all asked at the same time: each in a namespace of its own, so that none disturbs the others,
 * for a lease and for router advertisements. Afterwards all are back and nothing is left, whatever happened.
 */
import { Deadline } from '../../../core/deadline.js'
import type { NicProbe } from '../decide/probe.js'
import { ROOT } from '../state/desired.js'
import { linkWord, namespaceWord } from '../system/batch-word.js'
import type { CommandRunner } from '../system/runner.js'
import type { DhcpClient } from './dhcp-client.js'
import { observeNic } from './observe-nic.js'
import { probeNamespace } from './probe-namespace.js'
import { isProbingOver, isUsable, type NicProgress, type ProbeTimes } from './probe-progress.js'
import { recoverProbes } from './recover.js'
import { askRouterMac } from './router-mac.js'
import { watchEvents } from './watch-events.js'

export interface Nic {
  readonly name: string
  readonly mac?: string
  /** A port of a bridge or bond. */
  readonly enslaved: boolean
}

export interface ProbeOptions {
  readonly runner: CommandRunner
  readonly nics: readonly Nic[]
  readonly dhcp: DhcpClient
  /** For the DHCP client's script. */
  readonly folder: string
  /** After the first NIC that could be used: 3 s when absent. */
  readonly graceMs?: number
  /** 25 s when absent. */
  readonly limitMs?: number
  /** How long DHCP servers are asked: 20 s when absent. */
  readonly dhcpMs?: number
  /** How long routers are waited for: 2.6 s when absent, 0.6 s without duplicate address detection. RFC 4861 gives a
   * router half a second; detection takes one before anything is sent. */
  readonly routerMs?: number
  readonly duplicateAddressDetection: boolean
  /** Routers that NICs in use have: whether one that is found is the same, is asked. */
  readonly knownRouters?: readonly string[]
  readonly signal?: AbortSignal
}

const FIRST_LOOK_MS = 40
/** Events wake us; this is for those that are lost. */
const LOOK_MS = 1_000
const MOST_LOOK_MS = 4_000
const CARRIER_MS = 10_000
/** Before and beside the waits that `limitMs` is about. */
const SETUP_MS = 10_000

/** One probe for every NIC, in their order. NICs that are ports of something are left where they are.
 *
 * @throws {NodeNetworkError} when the namespaces cannot be made, or a NIC not be brought back
 * @throws {CancelledError} when the signal was given; the NICs are back then too
 */
export async function probeNics(options: ProbeOptions): Promise<readonly NicProbe[]> {
  const { nics } = options
  const free = nics.filter(({ enslaved }) => !enslaved)
  const found = free.length === 0 ? [] : await probeAll(options, free)
  const busy = ({ name, mac }: Nic): NicProbe => ({
    ...{ nic: name, carrier: false, enslaved: true, leases: [], ipv6: [] },
    ...(mac === undefined ? {} : { mac }),
  })
  return nics.map(one => found.find(({ nic }) => nic === one.name) ?? busy(one))
}

async function probeAll(options: ProbeOptions, nics: readonly Nic[]): Promise<readonly NicProbe[]> {
  const { runner, duplicateAddressDetection, limitMs = 25_000, signal } = options
  const deadline = new Deadline('probing', limitMs + SETUP_MS, signal)
  const bell = wakeBell()
  let changed = false
  const onWake = () => {
    changed = true
    bell.ring()
  }
  // All namespaces at once: the root namespace hears of those to which it has given a link.
  const events = watchEvents({ runner, namespace: ROOT, otherNamespaces: true, debounceMs: 50, onWake })
  // A lease rings too, and is no reason to look: it says nothing about routers.
  const nextLook = async (ms: number) => {
    const rung = await deadline.race(bell.heard(ms))
    const isDue = changed || !rung
    changed = false
    return isDue
  }
  try {
    deadline.check()
    const setup = nics.flatMap(({ name }) => setupOf(runner, name, duplicateAddressDetection))
    await runner.run({ namespace: ROOT, program: 'ip', args: ['-batch', '-'], input: `${setup.join('\n')}\n` })
    const progress = await askAll(options, nics, nextLook, bell.ring)
    return (await tellRoutersApart(options, progress)).map(probeOf)
  } finally {
    await events.close()
    await bringBack(runner, nics)
  }
}

/** What rings while nobody listens is heard at the next listening: a look takes its time. False: nothing was heard. */
function wakeBell(): { ring(): void; heard(timeoutMs: number): Promise<boolean> } {
  let rung = false
  let hear = () => {}
  return {
    ring() {
      rung = true
      hear()
    },
    heard: timeoutMs =>
      new Promise(resolve => {
        const done = () => {
          clearTimeout(timer)
          resolve(rung)
          rung = false
        }
        const timer = setTimeout(done, timeoutMs)
        hear = done
        if (rung) done()
      }),
  }
}

/** The link is moved and set up by one request, after the namespace's settings are right. */
function setupOf(runner: CommandRunner, nic: string, duplicateAddressDetection: boolean): readonly string[] {
  const name = namespaceWord(runner.nameOf(probeNamespace(nic)))
  const settings = {
    disable_ipv6: 0,
    accept_ra: 1,
    autoconf: 1,
    // Otherwise the kernel waits for up to a second before it asks for a router, and asks again after four.
    router_solicitation_delay: 0,
    router_solicitation_interval: 1,
    ...(duplicateAddressDetection ? {} : { accept_dad: 0, dad_transmits: 0 }),
  }
  const words = Object.entries(settings).map(([key, value]) => `net.ipv6.conf.default.${key}=${value}`)
  return [
    `netns add ${name}`,
    `netns set ${name} auto`,
    `netns exec ${name} sysctl -eqw ${words.join(' ')}`,
    `link set dev ${linkWord(nic)} netns ${name} up`,
  ]
}

/** Asks until it is over; then nobody is asked any more. */
async function askAll(
  options: ProbeOptions,
  nics: readonly Nic[],
  nextLook: (ms: number) => Promise<boolean>,
  wake: () => void,
): Promise<readonly NicProgress[]> {
  const { runner, dhcp, folder, graceMs = 3_000, limitMs = 25_000, dhcpMs = 20_000 } = options
  const { duplicateAddressDetection, routerMs = duplicateAddressDetection ? 2_600 : 600 } = options
  const times: ProbeTimes = { graceMs, limitMs, routerMs, carrierMs: CARRIER_MS }
  const since = performance.now()
  const elapsed = () => performance.now() - since
  let usableMs: number | undefined
  let solicited = false
  let progress: NicProgress[] = nics.map(({ name, mac }) => ({
    ...{ nic: name, carrier: false, ipv6: [], routerMacs: [] },
    ...(mac === undefined ? {} : { mac }),
  }))
  const learn = (nic: string, more: Partial<NicProgress>) => {
    progress = progress.map(one => (one.nic === nic ? { ...one, ...more } : one))
    if (progress.some(isUsable)) usableMs ??= elapsed()
  }

  const over = new AbortController()
  const asked = nics.map(async ({ name: nic }) => {
    const timeoutMs = Math.min(dhcpMs, limitMs)
    const question = { runner, namespace: probeNamespace(nic), nic, folder, timeoutMs, signal: over.signal }
    const lease = await dhcp.probe(question).catch(error => (over.signal.aborted ? undefined : Promise.reject(error)))
    // Who has been answered has a cable.
    learn(nic, { lease: lease ?? null, ...(lease === undefined ? {} : { carrier: true }) })
    wake()
  })
  // The first that fails ends all of it: the program is broken or missing, not the segment.
  const failed = new Promise<never>((_, reject) => {
    for (const one of asked) one.catch(reject)
  })
  failed.catch(() => {})
  try {
    let pauseMs = FIRST_LOOK_MS
    while (!isProbingOver(progress, times, elapsed(), usableMs)) {
      const isDue = await Promise.race([nextLook(Math.min(pauseMs, nextTurnMs(times, elapsed(), usableMs))), failed])
      if (!isDue) continue
      // Nothing has happened, or events would have rung: the first question may be lost on a port that is just coming up,
      // and the kernel's next one comes too late.
      if (!duplicateAddressDetection && !solicited && elapsed() >= routerMs / 2) {
        solicited = true
        const silent = progress.filter(one => one.carrier && one.gateway6 === undefined)
        await Promise.all(silent.map(({ nic }) => solicit(runner, nic)))
        if (silent.length > 0) continue
      }
      pauseMs = Math.min(Math.max(2 * pauseMs, LOOK_MS), MOST_LOOK_MS)
      const open = progress.filter(one => !(one.carrier && one.gateway6 !== undefined && one.ipv6.length > 0))
      await Promise.all(open.map(async ({ nic }) => learn(nic, await observeNic(runner, nic))))
    }
    return progress
  } finally {
    over.abort()
    await Promise.allSettled(asked)
  }
}

/** Two cables into one segment, or two segments that look alike: only where two leases name the same router is it asked. */
function tellRoutersApart(
  { runner, knownRouters = [] }: ProbeOptions,
  progress: readonly NicProgress[],
): Promise<readonly NicProgress[]> {
  const routers = [...knownRouters, ...progress.map(({ lease }) => lease?.router)]
  return Promise.all(
    progress.map(async one => {
      const { address, router } = one.lease ?? {}
      if (router === undefined || routers.filter(other => other === router).length < 2) return one
      const mac = await askRouterMac(runner, {
        namespace: probeNamespace(one.nic),
        link: one.nic,
        router,
        ...(address === undefined ? {} : { address }),
      })
      return mac === undefined ? one : { ...one, routerMacs: [...new Set([...one.routerMacs, mac])].sort() }
    }),
  )
}

/** Lets the kernel ask for a router again, at once. */
async function solicit(runner: CommandRunner, nic: string): Promise<void> {
  // With slashes: a name may have dots in it.
  const key = `net/ipv6/conf/${nic}/disable_ipv6`
  const args = ['-eqw', `${key}=1`, `${key}=0`]
  await runner.run({ namespace: probeNamespace(nic), program: 'sysctl', args, mayFail: true })
}

/** Until time alone may change something. */
function nextTurnMs(
  { graceMs, limitMs, routerMs }: ProbeTimes,
  elapsedMs: number,
  usableMs: number | undefined,
): number {
  const turns = [limitMs, routerMs / 2, routerMs, ...(usableMs === undefined ? [] : [usableMs + graceMs])]
  return Math.min(...turns.map(at => at - elapsedMs).filter(ms => ms > 0), MOST_LOOK_MS) + 1
}

function probeOf({ nic, mac, carrier, lease, ipv6, gateway6, routerMacs }: NicProgress): NicProbe {
  return Object.freeze({
    nic,
    ...(mac === undefined ? {} : { mac }),
    carrier,
    leases: lease ? [{ address: lease.address, ...(lease.router === undefined ? {} : { router: lease.router }) }] : [],
    ipv6,
    ...(gateway6 === undefined ? {} : { gateway6 }),
    ...(routerMacs.length === 0 ? {} : { routerMacs }),
  })
}

/** All in one go; where that fails, one after the other. A namespace is deleted after its NIC has left it. */
async function bringBack(runner: CommandRunner, nics: readonly Nic[]): Promise<void> {
  const names = nics.map(({ name }) => [linkWord(name), namespaceWord(runner.nameOf(probeNamespace(name)))] as const)
  const lines = [
    ...names.map(([nic, name]) => `netns exec ${name} ip link set dev ${nic} netns ${runner.nameOf(ROOT)}`),
    ...names.map(([, name]) => `netns delete ${name}`),
  ]
  const input = `${lines.join('\n')}\n`
  const { code } = await runner.run({ namespace: ROOT, program: 'ip', args: ['-batch', '-'], input, mayFail: true })
  if (code !== 0) await recoverProbes({ runner })
}
