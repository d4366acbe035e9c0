/**
 * The door to a grid: wires the ports to the modules, and opens nothing before it is used.
 *
 * @example
 * const client = new GridClient()
 * const plan = await client.machines.plan(model)
 * const result = await client.machines.deploy(model)
 * await client.disconnect()
 */
import { type ClientConfig, type GridClientOptions, readConfig } from './config.js'
import type { Connection } from './connect.js'
import { type Host, silentHost } from './events/host.js'
import { Balance } from './modules/balance/index.js'
import type { ModuleContext } from './modules/context.js'
import { Contracts } from './modules/contracts/index.js'
import { Machines } from './modules/machines/index.js'
import { Networks } from './modules/networks/index.js'
import { Nodes } from './modules/nodes/index.js'
import { Twins } from './modules/twins/index.js'
import type { GridPorts } from './plan/ports.js'

/** Where the command line registers its renderer, so that a program's clients are heard without being told. */
const HOST_KEY = Symbol.for('hyphae.host')

export class GridClient {
  readonly machines: Machines
  readonly networks: Networks
  readonly contracts: Contracts
  readonly nodes: Nodes
  readonly twins: Twins
  readonly balance: Balance

  readonly #config: ClientConfig
  readonly #host: Host
  #connection: Promise<Connection> | undefined
  #writer: Promise<unknown> = Promise.resolve()
  #closing: Promise<void> | undefined

  /** Checks the options; connects to nothing.
   *
   * @throws {InputError|GridError} an option or environment variable is wrong or missing
   */
  constructor(options: GridClientOptions = {}) {
    this.#config = readConfig(options, globalThis.process?.env ?? {})
    this.#host = options.host ?? registeredHost() ?? silentHost

    const context: ModuleContext = {
      ports: () => this.#ports(),
      host: this.#host,
      projectName: this.#config.projectName,
      exclusively: work => this.#exclusively(work),
    }
    this.machines = new Machines(context)
    this.networks = new Networks(context)
    this.contracts = new Contracts(context)
    this.nodes = new Nodes(context)
    this.twins = new Twins(context)
    this.balance = new Balance(context)
  }

  /** Connects now instead of at the first call, so that a wrong account or URL shows at once. Idempotent. */
  async connect(): Promise<void> {
    await this.#ports()
  }

  /** The twin this client acts as. */
  async twinId(): Promise<number> {
    return (await this.#ports()).twinId
  }

  /** Finishes what is under way, then closes every connection, and the local grid if this client started one. Idempotent. */
  async disconnect(): Promise<void> {
    this.#closing ??= this.#close().finally(() => {
      this.#closing = undefined
    })
    return this.#closing
  }

  async #close(): Promise<void> {
    // Verbs that wait for their turn need the connection too; a new one would never be closed.
    let writer: Promise<unknown>
    do {
      writer = this.#writer
      await writer.catch(() => {})
    } while (writer !== this.#writer)

    const connection = this.#connection
    this.#connection = undefined
    const opened = await connection?.catch(() => undefined)
    await opened?.close()
  }

  async #ports(): Promise<GridPorts> {
    this.#connection ??= import('./connect.js').then(({ connect }) => connect(this.#config, this.#host))
    const connection = this.#connection
    try {
      return (await connection).ports
    } catch (error) {
      // A later call may try again.
      if (this.#connection === connection) this.#connection = undefined
      throw error
    }
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#writer.then(work, work)
    this.#writer = next.catch(() => {})
    return next
  }
}

function registeredHost(): Host | undefined {
  return (globalThis as { [HOST_KEY]?: Host })[HOST_KEY]
}
