/** What a local grid can be told when it starts. */
import { LocalGridError } from '../errors/localgrid.js'
import type { FaultBoard } from './faults.js'
import type { NodeCounts } from './grid-plan.js'

export interface LocalGridOptions {
  /** Keeps everything in this folder: it comes back after SIGKILL. In memory when absent. */
  readonly dataDir?: string
  /** The chain's port; relay, explorer and admin take the three that follow. Free ones when absent or 0. */
  readonly port?: number
  /** Nodes of each kind; `{ full: 2, hidden: 1, gateway: 1, light: 1, gpu: 1 }` fills what is absent. A grid in a
   * folder keeps the nodes it has and gains what is asked beyond them. */
  readonly nodes?: Partial<NodeCounts>
  /** When blocks are sealed: at once (the default), or every so many milliseconds. */
  readonly seal?: 'instant' | { readonly everyMs: number }
  /** What the keys of farmer and nodes are derived from; every grid has the same ones when absent. Not the user's. */
  readonly seed?: string
  /** Public addresses of the farm; 16 when absent, at most 200. */
  readonly publicIps?: number
  /** mUSD per TFT; 50 when absent. */
  readonly tftPriceMilliUsd?: number
  /** Blocks until a contract in grace ends; 201,600 (14 days) when absent. */
  readonly gracePeriodBlocks?: number
  /** What zdb workloads are: nothing but their results (the default), or namespaces of real 0-DBs on 127.0.0.1. */
  readonly zdb?: 'simulated' | 'real'
  /** Faults that shall strike from the first moment. */
  readonly faults?: FaultBoard
  /** Milliseconds since the epoch; the system's clock when absent. */
  readonly now?: () => number
}

const KNOWN = [
  'dataDir',
  'port',
  'nodes',
  'seal',
  'seed',
  'publicIps',
  'tftPriceMilliUsd',
  'gracePeriodBlocks',
  'zdb',
  'faults',
  'now',
]
/** The highest that leaves room for the services behind the chain's. */
const MAX_PORT = 65_532

/** @throws {LocalGridError} LOCALGRID_OPTION naming the option */
export function checkOptions(options: LocalGridOptions): void {
  for (const name of Object.keys(options)) {
    if (!KNOWN.includes(name)) throw refused(name, 'is not known', `known are ${KNOWN.join(', ')}`)
  }
  const { dataDir, port = 0, seal = 'instant', seed, tftPriceMilliUsd: price, gracePeriodBlocks: grace } = options
  if (dataDir !== undefined && (typeof dataDir !== 'string' || dataDir === '')) {
    throw refused('dataDir', 'is empty', 'give the path of a folder, or leave it out')
  }
  if (!Number.isSafeInteger(port) || port < 0 || port > MAX_PORT) {
    throw refused('port', 'is out of range', `use 1 to ${MAX_PORT}, or 0 for free ports`)
  }
  if (seal !== 'instant' && !(Number.isSafeInteger(seal?.everyMs) && seal.everyMs >= 10 && seal.everyMs <= 60_000)) {
    throw refused('seal', 'is out of range', "use 'instant' or { everyMs: 10 … 60000 }")
  }
  if (seed !== undefined && (typeof seed !== 'string' || seed === '')) throw refused('seed', 'is empty', 'use any text')
  if (price !== undefined && !(Number.isSafeInteger(price) && price >= 1 && price <= 1_000_000)) {
    throw refused('tftPriceMilliUsd', 'is out of range', 'use 1 to 1000000')
  }
  if (options.zdb !== undefined && options.zdb !== 'simulated' && options.zdb !== 'real') {
    throw refused('zdb', 'is not known', "use 'simulated' or 'real'")
  }
  if (grace !== undefined && !(Number.isSafeInteger(grace) && grace >= 1)) {
    throw refused('gracePeriodBlocks', 'is out of range', 'use 1 or more')
  }
}

function refused(option: string, what: string, hint: string): LocalGridError {
  return new LocalGridError('LOCALGRID_OPTION', `the local grid's option ${option} ${what}`, { where: option, hint })
}
