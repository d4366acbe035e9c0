/**
 * TFChain over JSON-RPC: the door of this room, and with it the one place of Hyphae that names @polkadot/api.
 *
 * wire/ talks, runtime.ts understands, reader.ts reads, submit/ writes. A client owns one instance of each; two clients
 * in a process share nothing.
 */
import { Deadline } from '../../core/deadline.js'
import { ChainError } from '../../errors/chain.js'
import { InputError } from '../../errors/input.js'
import { DeadlineError } from '../../errors/wait.js'
import { type Host, silentHost } from '../../events/host.js'
import type { Identity } from '../identity.js'
import type { ChainCall, ChainPort, SubmitOptions, Submitted } from '../port.js'
import { Heads } from './heads.js'
import { Reader } from './reader.js'
import { genesisOf, loadRuntime, type Runtime, readVersion } from './runtime.js'
import { estimateFee } from './submit/fee.js'
import { Submitter } from './submit/submitter.js'
import { Rpc } from './wire/rpc.js'
import { shownUrl } from './wire/shown-url.js'
import type { RpcSocket } from './wire/socket.js'

export interface ConnectChainOptions {
  /** `ws:` or `wss:`. */
  readonly url: string
  /** Who signs. Without one the chain is read only. */
  readonly identity?: Identity
  /** For the connection and the metadata; 10 s when absent. */
  readonly connectTimeoutMs?: number
  /** Hears of reconnections. */
  readonly host?: Host
  /** Try again until the time to connect is over, and come back after a drop without being asked. False when absent:
   * then a dropped connection is opened again by the next question. */
  readonly keepReconnecting?: boolean
}

const CONNECT_MS = 10_000
/** What `close` waits for submissions that are under way. */
const DRAIN_MS = 10_000

/** Connects and reads the chain's metadata.
 *
 * @throws {ChainError} CHAIN_UNREACHABLE, or CHAIN_REPLY when something else than a chain answers
 * @throws {DeadlineError} nothing answered in time
 * @throws {InputError} INPUT_URL
 * @example
 * const chain = await connectChain({ url: 'wss://tfchain.grid.tf/ws', identity })
 * const { created } = await chain.submit([{ kind: 'createNameContract', name: 'hello' }], { timeoutMs: 60_000 })
 */
export async function connectChain(options: ConnectChainOptions): Promise<ChainPort> {
  checkUrl(options.url)
  const timeoutMs = options.connectTimeoutMs ?? CONNECT_MS
  const chain = new PolkadotChain(options, timeoutMs)
  try {
    await chain.open(timeoutMs)
    return chain
  } catch (error) {
    await chain.close()
    throw error
  }
}

class PolkadotChain extends Reader implements ChainPort {
  readonly #rpc: Rpc
  readonly #submitter: Submitter
  readonly #runtime: CurrentRuntime
  readonly #identity: Identity | undefined
  #closing: Promise<void> | undefined

  constructor(options: ConnectChainOptions, connectTimeoutMs: number) {
    const rpc = new Rpc({
      url: options.url,
      host: options.host ?? silentHost,
      connectTimeoutMs,
      keepReconnecting: options.keepReconnecting ?? false,
    })
    const runtime = new CurrentRuntime(rpc)
    super(rpc, () => runtime.get())
    const heads = new Heads(rpc)
    rpc.onOpen((socket, deadline) =>
      Promise.all([runtime.follow(socket, deadline), heads.follow(socket, deadline)]).then(() => {}),
    )
    this.#rpc = rpc
    this.#runtime = runtime
    this.#identity = options.identity
    this.#submitter = new Submitter({
      rpc,
      heads,
      identity: options.identity,
      runtime: () => runtime.get(),
      renewRuntime: deadline => runtime.renew(deadline),
    })
  }

  open(timeoutMs: number): Promise<void> {
    return this.#rpc.connect(timeoutMs)
  }

  async submit(calls: readonly ChainCall[], options: SubmitOptions): Promise<Submitted> {
    if (this.#closing) throw new ChainError('CHAIN_CLOSED', 'the connection to the chain was closed by this program')
    return this.#submitter.submit(calls, options)
  }

  async estimateFee(calls: readonly ChainCall[]): Promise<bigint> {
    const deadline = this.#rpc.question('the fee')
    return estimateFee(this.#rpc, await this.#runtime.get(), calls, this.#identity?.address, deadline)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const deadline = new Deadline('what is under way to end', DRAIN_MS)
    try {
      await deadline.race(this.#submitter.drained())
    } catch (error) {
      // What is left ends with CHAIN_CLOSED; its caller hears of it there.
      if (!(error instanceof DeadlineError)) throw error
    }
    this.#rpc.close()
  }
}

/** The runtime of the chain as it is now: read on the first connection, and again when the chain upgrades. */
class CurrentRuntime {
  readonly #rpc: Rpc
  #runtime: Runtime | undefined
  #renewing: Promise<boolean> | undefined
  #outdated = false

  constructor(rpc: Rpc) {
    this.#rpc = rpc
  }

  async get(): Promise<Runtime> {
    if (!this.#runtime) await this.#rpc.socket(this.#rpc.question('the metadata'))
    if (this.#outdated) await this.renew(this.#rpc.question('the metadata'))
    return this.#runtime as Runtime
  }

  /** The hook for each new connection. */
  async follow(socket: RpcSocket, deadline: Deadline): Promise<void> {
    if (this.#runtime) {
      const genesis = await genesisOf(socket, deadline)
      if (genesis !== this.#runtime.genesisHash) {
        throw new ChainError('CHAIN_REPLY', `another chain answers at ${this.#rpc.shownUrl} than before`, {
          where: this.#rpc.shownUrl,
          hint: 'connect again; what is known of the former chain does not hold for this one',
          details: { before: this.#runtime.genesisHash, now: genesis },
        })
      }
    } else this.#runtime = await loadRuntime(socket, deadline)
    // The chain tells its version at once, and then at each upgrade.
    socket
      .subscribe('state_subscribeRuntimeVersion', [], version => {
        try {
          if (readVersion(version).specVersion !== this.#runtime?.version.specVersion) this.#outdated = true
        } catch {
          // A malformed notification tells nothing.
        }
      })
      .catch(() => {})
  }

  async renew(deadline: Deadline): Promise<boolean> {
    this.#renewing ??= this.#renew(deadline).finally(() => {
      this.#renewing = undefined
    })
    return deadline.race(this.#renewing)
  }

  async #renew(deadline: Deadline): Promise<boolean> {
    const socket = await this.#rpc.socket(deadline)
    const version = readVersion(await deadline.race(socket.request('state_getRuntimeVersion', [])))
    const changed = version.specVersion !== this.#runtime?.version.specVersion
    if (changed) this.#runtime = await loadRuntime(socket, deadline)
    this.#outdated = false
    return changed
  }
}

function checkUrl(url: string): void {
  let protocol: string
  try {
    protocol = new URL(url).protocol
  } catch (cause) {
    throw new InputError('INPUT_URL', 'the address of the chain is not a URL', { cause })
  }
  if (protocol !== 'ws:' && protocol !== 'wss:') {
    throw new InputError('INPUT_URL', `the address of the chain begins with ${protocol}`, {
      where: shownUrl(url),
      hint: 'use ws:// or wss://',
    })
  }
}
