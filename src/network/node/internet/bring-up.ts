/**
 * From power-on to an uplink that works, and back to it whenever it is lost: recover, probe, choose, configure, wait for
 * the lease. It never gives up; the pauses between attempts grow to a minute.
 */
import { type Clock, systemClock } from '../../../core/clock.js'
import { type Backoff, delays } from '../../../core/retry.js'
import { isHyphaeError } from '../../../errors/base.js'
import { NodeNetworkError } from '../../../errors/node-network.js'
import { CancelledError } from '../../../errors/wait.js'
import type { NicProbe } from '../decide/probe.js'
import { type BringUpEvent, type BringUpState, firstState, nextState } from './bring-up-state.js'

export interface BringUpOptions<Uplink extends { readonly nic: string }> {
  /** Makes it possible to probe: `recoverProbes`, and letting go of NICs that an earlier attempt has used. */
  readonly recover: (signal: AbortSignal) => Promise<unknown>
  readonly probe: (signal: AbortSignal) => Promise<readonly NicProbe[]>
  /** @throws {NodeNetworkError} NODE_NET_NO_GATEWAY when none will do */
  readonly choose: (probes: readonly NicProbe[]) => Uplink
  /** Bridges, forwarding, lease clients: the whole plan for this uplink. */
  readonly apply: (uplink: Uplink, signal: AbortSignal) => Promise<void>
  /** Whether the node gets out. Asked again and again, while it waits and while it is online. */
  readonly connected: (signal: AbortSignal) => Promise<boolean>
  readonly onState?: (state: BringUpState) => void
  /** Ends it. */
  readonly signal: AbortSignal
  /** 0.5 s × 1.5 up to 60 s, with up to a third of it taken off, when absent. */
  readonly backoff?: Backoff
  /** How long a lease is waited for before everything is probed again: 30 s when absent. */
  readonly leaseMs?: number
  /** Between two looks at whether it is connected, at most: 5 s when absent. */
  readonly checkMs?: number
  readonly clock?: Clock
}

export interface BringUp {
  readonly state: BringUpState
  /** A look at once instead of at the next turn: something has changed (`watchEvents`). */
  wake(): void
  /** The first time that it is online. @throws {CancelledError} when the signal comes first */
  whenOnline(): Promise<BringUpState>
  /** Resolves when the signal was given and everything has ended. */
  readonly ended: Promise<void>
}

const BACKOFF: Backoff = { firstMs: 500, factor: 1.5, maxMs: 60_000, jitter: 1 / 3 }
const FIRST_CHECK_MS = 10

/** Begins at once.
 *
 * @example
 * const up = bringUp({ recover, probe, choose: selectUplink, apply, connected, signal })
 * await up.whenOnline()
 */
export function bringUp<Uplink extends { readonly nic: string }>(options: BringUpOptions<Uplink>): BringUp {
  const { recover, probe, choose, apply, connected, onState, signal, clock = systemClock } = options
  const { backoff = BACKOFF, leaseMs = 30_000, checkMs = 5_000 } = options
  let state = firstState(clock.now())
  let pauses = delays(backoff)
  let wakeUp = () => {}
  let atFirst: (state: BringUpState) => void = () => {}
  const online = new Promise<BringUpState>(resolve => {
    atFirst = resolve
  })

  const happen = (event: BringUpEvent) => {
    const next = nextState(state, event)
    if (next === state) return
    state = next
    if (next.phase === 'online') atFirst(next)
    onState?.(next)
  }
  const step = (kind: 'recovered' | 'probed' | 'configured' | 'connected' | 'lost' | 'retry') =>
    happen({ kind, at: clock.now() })

  /** Until the time is over or somebody wakes us. */
  const rest = async (ms: number): Promise<void> => {
    const early = new AbortController()
    wakeUp = () => early.abort()
    await clock.sleep(ms, AbortSignal.any([early.signal, signal])).catch(() => {})
    signal.throwIfAborted()
  }

  const attempt = async (): Promise<void> => {
    await recover(signal)
    step('recovered')
    const probes = await probe(signal)
    step('probed')
    const uplink = choose(probes)
    happen({ kind: 'chosen', uplink: uplink.nic, at: clock.now() })
    await apply(uplink, signal)
    step('configured')
  }
  /** Returns when it has been without a connection for too long. */
  const stay = async (): Promise<void> => {
    const frequent = () => delays({ firstMs: Math.min(FIRST_CHECK_MS, checkMs), factor: 1.5, maxMs: checkMs })
    let checks = frequent()
    while (true) {
      const works = await connected(signal)
      signal.throwIfAborted()
      if (works && state.phase !== 'online') {
        step('connected')
        pauses = delays(backoff)
      } else if (!works && state.phase === 'online') {
        step('lost')
        checks = frequent()
      }
      if (state.phase === 'waiting-for-lease' && clock.now() - state.since >= leaseMs) throw noLease(leaseMs)
      await rest(state.phase === 'online' ? checkMs : checks.next().value)
    }
  }

  const run = async (): Promise<void> => {
    onState?.(state)
    while (!signal.aborted) {
      try {
        await attempt()
        await stay()
      } catch (error) {
        if (signal.aborted) return
        const pauseMs = pauses.next().value
        // What was lost just now is a failure of waiting for it.
        if (state.phase === 'online') step('lost')
        happen({ kind: 'failed', error: shown(error), at: clock.now(), nextAt: clock.now() + pauseMs })
        await rest(pauseMs).catch(() => {})
        step('retry')
      }
    }
  }
  const ended = run()
  return {
    get state() {
      return state
    },
    wake: () => wakeUp(),
    whenOnline: () => Promise.race([online, ended.then(() => Promise.reject(new CancelledError('bringing up')))]),
    ended,
  }
}

function shown(error: unknown): { code: string; message: string } {
  if (isHyphaeError(error)) return { code: error.code, message: error.message }
  return { code: 'NODE_NET_COMMAND', message: error instanceof Error ? error.message : String(error) }
}

function noLease(leaseMs: number): NodeNetworkError {
  return new NodeNetworkError('NODE_NET_NO_GATEWAY', `nothing was reached within ${leaseMs} ms`, {
    hint: 'look at the log of the lease client',
  })
}
