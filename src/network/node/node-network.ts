/**
 * A node's own network, from its configuration to packets: plan, apply, look, explain.
 *
 * One way for everything: observe → compile → plan → apply → plan again. Nothing is remembered in files that the kernel
 * knows itself; what is there says which NICs were chosen and which addresses are given out.
 */
import { Deadline } from '../../core/deadline.js'
import { delays } from '../../core/retry.js'
import { type Host, silentHost } from '../../events/host.js'
import { compile } from './compile/compile.js'
import { factsOf, type KnownFacts, standingChoices } from './compile/facts.js'
import { NAMESPACE } from './compile/names.js'
import type { NodeNetworkConfig } from './config/config.js'
import { classifyLayout, type Layout } from './decide/classify-layout.js'
import type { NicProbe } from './decide/probe.js'
import type { BringUp } from './internet/bring-up.js'
import type { DhcpClient } from './internet/dhcp-client.js'
import { isProbeNamespace } from './internet/probe-namespace.js'
import { recoverProbes } from './internet/recover.js'
import { watchEvents } from './internet/watch-events.js'
import { leaveSegments } from './leave-segments.js'
import { lookAtNics, type ProbeTimes } from './look-at-nics.js'
import { interestOf } from './plan/interest-of.js'
import { planNetwork } from './plan/plan-network.js'
import { isReady, type Readiness, readinessOf } from './readiness.js'
import { type Reconciled, reconcile } from './reconcile.js'
import { layoutFacts, type NodeStatus, statusOf } from './report/status.js'
import type { ProcessManager } from './services/port.js'
import { type DesiredState, ROOT } from './state/desired.js'
import type { ObservedState } from './state/observed.js'
import type { NetworkPlan } from './state/operation.js'
import { probeCapabilities } from './system/capabilities.js'
import { type MissingCapability, missingCapabilities } from './system/missing-capabilities.js'
import type { CommandRunner } from './system/runner.js'
import type { NodeSystem } from './system/system.js'
import {
  assumedChoice,
  choiceFrom,
  idleNics,
  knownProbes,
  nicsOf,
  settledChoice,
  type UplinkChoice,
  uplinkHealth,
} from './uplink-choice.js'
import { type WatchOptions, watchNode } from './watch-node.js'

export interface NodeNetworkOptions {
  /** Checked: see `checkConfig`. */
  readonly config: NodeNetworkConfig
  readonly system: NodeSystem
  readonly services: ProcessManager
  readonly runner: CommandRunner
  readonly dhcp: DhcpClient
  /** An absolute path. */
  readonly stateDir: string
  /** The Mycelium daemon's program, where there is one. */
  readonly myceliumBinary?: string
  /** False where /etc/resolv.conf is somebody else's: the name servers of leases are not written there. */
  readonly ownsResolver?: boolean
  /** How long probing waits: see `probeNics`. */
  readonly probeTimes?: ProbeTimes
  readonly host?: Host
}

export interface NodePlan extends NetworkPlan {
  readonly choice: UplinkChoice
  /** NICs that `apply` probes first; the plan can be another then. */
  readonly probes: readonly string[]
}

export interface Applied extends Reconciled {
  readonly choice: UplinkChoice
  readonly readiness: Readiness
}

export interface Explanation {
  readonly layout: Layout
  readonly probes: readonly NicProbe[]
  /** What the kernel and the installed programs lack: looked for while probing, otherwise empty. */
  readonly missing: readonly MissingCapability[]
}

const READY_MS = 60_000
const READY_BACKOFF = { firstMs: 20, factor: 1.5, maxMs: 500 }
/** Enough to see which NICs are used for what. */
const ROOT_ONLY = { sysctls: {}, leftovers: false, rulesets: false } as const
/** And what they lead to. */
const WAY_OUT = { sysctls: { [NAMESPACE.ndmz]: [] }, leftovers: false, rulesets: false }

export class NodeNetwork {
  readonly #options: NodeNetworkOptions
  readonly #host: Host

  constructor(options: NodeNetworkOptions) {
    this.#options = options
    this.#host = options.host ?? silentHost
  }

  /** What `apply` would do. Writes nothing, and moves no NIC. */
  async plan(): Promise<NodePlan> {
    const { config } = this.#options
    const first = await this.#options.system.observe(ROOT_ONLY)
    const nics = nicsOf(first, config)
    const settled = settledChoice(first, config)
    const choice = settled ?? assumedChoice(nics, config)
    const observed = await this.#observe(choice)
    const plan = planNetwork(this.#desired(observed, choice), observed)
    return { ...plan, choice, probes: settled === undefined ? idleNics(nics).map(({ name }) => name) : [] }
  }

  /** Makes it so, and waits until networks get out with one family; the other may come later.
   *
   * @param options `reprobe`: choose NICs anew, of those that are not in use
   * @throws {NodeNetworkError} NODE_NET_NO_GATEWAY, NODE_NET_CONFLICT, NODE_NET_NOT_CONVERGED, NODE_NET_COMMAND …
   * @throws {DeadlineError} when no family has got an address and a way out within a minute
   */
  async apply(options: { signal?: AbortSignal; reprobe?: boolean; readyMs?: number } = {}): Promise<Applied> {
    return await this.#locked(async () => {
      const { choice, before } = await this.#choose(options)
      const reconciled = await this.#reconcile(choice, before, options.signal)
      const readiness = await this.#untilReady(reconciled.state, choice, options)
      const { applied, attempts, elapsedMs } = reconciled
      this.#host.notify({
        code: 'NODE_NET_APPLIED',
        level: 'info',
        text: `${applied.length} operations done in ${Math.round(elapsedMs)} ms`,
        data: { choice, operations: applied.length, attempts, elapsedMs, readiness },
      })
      return { ...reconciled, choice, readiness }
    })
  }

  async status(): Promise<NodeStatus> {
    const { config, system } = this.#options
    const first = await system.observe(ROOT_ONLY)
    const nics = nicsOf(first, config)
    const choice = settledChoice(first, config) ?? assumedChoice(nics, config)
    const observed = await this.#observe(choice)
    return statusOf({
      config,
      observed,
      nics: nics.map(({ name }) => name),
      probes: knownProbes(observed, config),
      plan: planNetwork(this.#desired(observed, choice), observed),
    })
  }

  /** Which layout this is, and why. NICs in use are judged as they stand.
   *
   * @param options `probe`: NICs that are not in use are probed, which moves them for some seconds
   */
  async explain(options: { probe: boolean; signal?: AbortSignal }): Promise<Explanation> {
    const { config, runner, system } = this.#options
    const look = async (missing: Explanation['missing']) => {
      const observed = await system.observe(WAY_OUT)
      return { observed, probes: await this.#probes(observed, options), missing }
    }
    const { observed, probes, missing } = options.probe
      ? await this.#locked(async () => {
          await recoverProbes({ runner })
          return look(missingCapabilities(await probeCapabilities(runner), config))
        })
      : await look([])
    const standing = standingChoices(observed)
    const layout = classifyLayout({
      ...layoutFacts(config),
      probes,
      ...(standing.uplink === undefined ? {} : { uplinkNic: standing.uplink, standing: true }),
      ...(standing.exit === undefined ? {} : { exitNic: standing.exit }),
    })
    return { layout, probes, missing }
  }

  /** Brings it up, and keeps it so until the signal is given. Never gives up; what it does is always to be read. */
  watch(options: Omit<WatchOptions, 'host'>): BringUp {
    const { system, config, runner } = this.#options
    const observeWayOut = () => system.observe(WAY_OUT)
    return watchNode(
      {
        recover: () => this.#locked(() => recoverProbes({ runner })),
        settled: async () => settledChoice(await observeWayOut(), config),
        probe: signal => this.#locked(async () => this.#probes(await observeWayOut(), { probe: true, signal })),
        choose: probes => choiceFrom(probes, config),
        apply: (choice, signal) =>
          this.#locked(async () => this.#reconcile(choice, await system.observe(ROOT_ONLY), signal)),
        health: async () => uplinkHealth(await observeWayOut(), config),
        events: onWake => watchEvents({ runner, namespace: ROOT, otherNamespaces: true, onWake }),
      },
      { ...options, host: this.#host },
    )
  }

  /** While nobody else works on the node: NICs that are being probed look like those that a crash has left. */
  async #locked<T>(work: () => Promise<T>): Promise<T> {
    const unlock = this.#options.system.lock?.()
    try {
      return await work()
    } finally {
      unlock?.()
    }
  }

  async #choose({
    reprobe = false,
    signal,
  }: {
    reprobe?: boolean
    signal?: AbortSignal
  }): Promise<{ choice: UplinkChoice; before: ObservedState }> {
    const { config, system, runner } = this.#options
    let observed = await system.observe(WAY_OUT)
    // A NIC in a namespace of ours is what a killed process left: nobody sees it until it is back.
    if (observed.namespaces.some(({ name }) => isProbeNamespace(name))) {
      await recoverProbes({ runner })
      observed = await system.observe(WAY_OUT)
    }
    const settled = reprobe ? undefined : settledChoice(observed, config)
    if (settled !== undefined) return { choice: settled, before: observed }
    const asked = { probe: true, ...(signal === undefined ? {} : { signal }) }
    const choice = choiceFrom(await this.#probes(observed, asked), config)
    this.#host.notify({
      code: 'NODE_NET_CHOSEN',
      level: 'info',
      text: `${choice.uplink} is the uplink: ${choice.reason}`,
      data: { ...choice },
    })
    return { choice, before: observed }
  }

  #probes(observed: ObservedState, how: { probe: boolean; signal?: AbortSignal }): Promise<readonly NicProbe[]> {
    return lookAtNics({ ...this.#options, host: this.#host }, observed, how)
  }

  /** @param before which NICs stood for what */
  async #reconcile(choice: UplinkChoice, before: ObservedState, signal?: AbortSignal): Promise<Reconciled> {
    const { services, runner, system } = this.#options
    const arrive = await leaveSegments({ runner, services, standing: standingChoices(before), choice })
    const reconciled = await reconcile({
      system,
      desired: observed => this.#desired(observed, choice),
      interest: this.#interest(choice),
      ...(signal === undefined ? {} : { signal }),
    })
    await arrive()
    return reconciled
  }

  /** @param last what was observed when everything was done: most often a lease is there by then */
  async #untilReady(
    last: ObservedState,
    choice: UplinkChoice,
    { readyMs = READY_MS, signal }: { readyMs?: number; signal?: AbortSignal },
  ): Promise<Readiness> {
    const what = `an address and a way out of ${NAMESPACE.ndmz} through ${choice.uplink}`
    const deadline = new Deadline(what, readyMs, signal)
    let readiness = readinessOf(last)
    for (const delayMs of delays(READY_BACKOFF)) {
      if (isReady(readiness)) return readiness
      await deadline.sleep(delayMs)
      readiness = readinessOf(await this.#options.system.observe(WAY_OUT))
    }
    throw deadline.error()
  }

  #observe(choice: UplinkChoice): Promise<ObservedState> {
    return this.#options.system.observe(this.#interest(choice))
  }

  /** Names and sysctls do not depend on what is there, but for the NICs: they are known by then. */
  #interest(choice: UplinkChoice) {
    return interestOf(this.#desired({ namespaces: [], services: [] }, choice))
  }

  #desired(observed: ObservedState, choice: UplinkChoice): DesiredState {
    const { config, dhcp, stateDir, myceliumBinary, ownsResolver = true } = this.#options
    const known: KnownFacts = {
      keepLease: (link, namespace, { dns }) =>
        dhcp.keeper(link, namespace, { dns: dns && ownsResolver, folder: stateDir }),
      ...(myceliumBinary === undefined ? {} : { myceliumBinary }),
      stateDir,
    }
    return compile(config, factsOf({ observed, nics: nicsOf(observed, config), choice, known }))
  }
}
