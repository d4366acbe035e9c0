/**
 * Keeps a node's network up: bring-up, and whenever something has changed a look at everything that must be there.
 *
 * A cable that is pulled while another NIC has one is given up at once; a lease that is lost is waited for first.
 */

import { NodeNetworkError } from '../../errors/node-network.js'
import { type Host, silentHost } from '../../events/host.js'
import type { NicProbe } from './decide/probe.js'
import { type BringUp, bringUp } from './internet/bring-up.js'
import type { BringUpState } from './internet/bring-up-state.js'
import type { UplinkChoice } from './uplink-choice.js'

/** How the uplink is doing. */
export interface UplinkHealth {
  /** The node itself and its networks get out. */
  readonly connected: boolean
  /** The uplink has no cable, and another NIC, which may take its place, has. */
  readonly replaceable: boolean
}

/** What a watch does to a node. */
export interface WatchedNode {
  recover(): Promise<unknown>
  /** The choice that stands, or that the configuration has made. */
  settled(): Promise<UplinkChoice | undefined>
  /** NICs in use as they stand; the others are probed. */
  probe(signal: AbortSignal): Promise<readonly NicProbe[]>
  /** @throws {NodeNetworkError} NODE_NET_NO_GATEWAY */
  choose(probes: readonly NicProbe[]): UplinkChoice
  /** Everything that must be there, with this choice. */
  apply(choice: UplinkChoice, signal: AbortSignal): Promise<unknown>
  health(): Promise<UplinkHealth>
  /** Called whenever something may have changed. */
  events(onWake: () => void): { close(): Promise<void> }
}

export interface WatchOptions {
  readonly signal: AbortSignal
  readonly onState?: (state: BringUpState) => void
  readonly host?: Host
  /** Everything is looked at this often although nothing has happened: 60 s when absent. */
  readonly everyMs?: number
  /** How long a lease is waited for: 30 s when absent. */
  readonly leaseMs?: number
  /** How long a cable must be out before another NIC takes its place: 3 s when absent. Switches that restart come back. */
  readonly cableMs?: number
}

const EVERY_MS = 60_000
const CABLE_MS = 3_000
/** What an attempt does to NICs rings for so long after it: that is no reason for another. */
const ECHO_MS = 200

/** Begins at once; ends with the signal. */
export function watchNode(node: WatchedNode, options: WatchOptions): BringUp {
  const { signal, onState, host = silentHost, everyMs = EVERY_MS, leaseMs, cableMs = CABLE_MS } = options
  let choice: UplinkChoice | undefined
  let settled: UplinkChoice | undefined
  let isFirst = true
  let changed = false
  let lookedAt = 0
  let withoutCableAt: number | undefined
  let failedAt = Number.NEGATIVE_INFINITY

  /** What somebody changed is put right; that this fails does not mean that the uplink is gone. */
  const mend = async (): Promise<void> => {
    const due = changed || performance.now() - lookedAt >= everyMs
    if (!due || choice === undefined) return
    changed = false
    lookedAt = performance.now()
    try {
      await node.apply(choice, signal)
    } catch (error) {
      if (signal.aborted) return
      const text = `the node's network is not as it must be: ${error instanceof Error ? error.message : String(error)}`
      host.notify({ code: 'NODE_NET_MENDING_FAILED', level: 'error', text, data: { ...codeOf(error) } })
    }
  }

  const up = bringUp<UplinkChoice & { readonly nic: string }>({
    signal,
    ...(leaseMs === undefined ? {} : { leaseMs }),
    recover: () => node.recover(),
    async probe() {
      // What stands is kept as it is, until it is lost.
      settled = isFirst ? await node.settled() : undefined
      isFirst = false
      return settled === undefined ? await node.probe(signal) : []
    },
    choose(probes) {
      const chosen = settled ?? node.choose(probes)
      return { ...chosen, nic: chosen.uplink }
    },
    async apply(chosen) {
      choice = chosen
      changed = false
      lookedAt = performance.now()
      await node.apply(chosen, signal)
    },
    async connected() {
      const { connected, replaceable } = await node.health()
      withoutCableAt = replaceable ? (withoutCableAt ?? performance.now()) : undefined
      if (withoutCableAt !== undefined && performance.now() - withoutCableAt >= cableMs) {
        withoutCableAt = undefined
        throw new NodeNetworkError('NODE_NET_NO_GATEWAY', `the cable of ${choice?.uplink} is out, another NIC has one`)
      }
      if (connected) await mend()
      return connected
    },
    onState(state) {
      if (state.phase === 'no-uplink') failedAt = performance.now()
      host.notify({
        code: 'NODE_NET_STATE',
        level: state.phase === 'no-uplink' ? 'warn' : 'info',
        text: textOf(state),
        data: { ...state },
      })
      onState?.(state)
    },
  })
  const events = node.events(() => {
    changed = true
    if (performance.now() - failedAt >= ECHO_MS) up.wake()
  })
  const ended = up.ended.finally(() => events.close())
  return {
    ...up,
    ended,
    get state() {
      return up.state
    },
  }
}

function codeOf(error: unknown): { readonly error?: string } {
  return error instanceof NodeNetworkError ? { error: error.code } : {}
}

function textOf({ phase, uplink, attempt, lastError, nextAt, since }: BringUpState): string {
  switch (phase) {
    case 'recovering':
      return `attempt ${attempt}: bringing back NICs that were left in probes`
    case 'probing':
      return 'looking for a way out'
    case 'choosing':
      return 'choosing the uplink'
    case 'configuring':
      return `setting everything up behind ${uplink}`
    case 'waiting-for-lease':
      return `waiting for an address and a way out through ${uplink}`
    case 'online':
      return `online through ${uplink}`
    case 'no-uplink': {
      const seconds = nextAt === undefined ? undefined : Math.round((nextAt - since) / 100) / 10
      return `no uplink: ${lastError?.message}${seconds === undefined ? '' : `; next attempt in ${seconds} s`}`
    }
  }
}
