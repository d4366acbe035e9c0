/**
 * An embedded TFChain: real Substrate JSON-RPC on loopback, so that unmodified clients work on it.
 *
 * Pallets, indices, layouts, checks and billing are those of threefoldtech/tfchain, spec 149; the protocol is that of
 * a substrate node. One author, no network, no WebAssembly runtime.
 */
import { systemClock } from '../../core/clock.js'
import type { FaultBoard } from '../faults.js'
import type { ChainControl, Store } from '../ports.js'
import { Chain, type Sealing } from './blocks/chain.js'
import type { GenesisOptions } from './blocks/genesis.js'
import { metadataHex } from './metadata/cached.js'
import { RpcServer } from './rpc/server.js'
import { loadSignatures } from './transactions/signatures.js'
import { chainControl } from './view/control.js'

export interface StartChainOptions {
  /** 0 or absent: a free one. */
  readonly port?: number
  /** A store that holds a chain continues it; an empty one begins a chain with a genesis hash of its own. */
  readonly store: Store
  /** `slow-finality`, `nonce-clash`, `no-funds` and `chain-restart` concern the chain. */
  readonly faults: FaultBoard
  /** `instant` (the default) seals when there is something to seal; otherwise every so many milliseconds. */
  readonly seal?: Sealing
  readonly genesis?: GenesisOptions
  /** Milliseconds since the epoch. */
  readonly now?: () => number
}

export interface RunningChain {
  /** `ws://127.0.0.1:…` */
  readonly url: string
  readonly control: ChainControl
  close(): Promise<void>
}

/** Starts a chain and listens.
 *
 * @throws {LocalGridError} LOCALGRID_PORT, LOCALGRID_DATA
 * @example
 * const { url, control, close } = await startChain({ store: memoryStore(), faults: new FaultBoard() })
 * control.endow(address, 10_000_000n)
 */
export async function startChain(options: StartChainOptions): Promise<RunningChain> {
  const signatures = await loadSignatures()
  const chain = new Chain({
    store: options.store,
    faults: options.faults,
    seal: options.seal ?? 'instant',
    genesis: options.genesis ?? {},
    now: options.now ?? systemClock.now,
    signatures,
  })
  metadataHex() // made now, so that the first client does not wait for it
  const server = new RpcServer(chain, options.port ?? 0)
  try {
    await server.listen()
  } catch (error) {
    chain.close()
    throw error
  }

  const offFaults = options.faults.onSet(fault => {
    if (fault.kind !== 'chain-restart') return
    const struck = options.faults.strike('chain-restart')
    if (struck) void server.restart(struck.downMs)
  })
  return {
    url: server.url,
    control: chainControl(chain),
    close: async () => {
      offFaults()
      await server.close()
      chain.close()
    },
  }
}

export type { GenesisOptions } from './blocks/genesis.js'
