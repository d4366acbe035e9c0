/**
 * A grid in this process: chain, relay, explorer, KYC, activation and nodes on 127.0.0.1, speaking the real protocols.
 * Nothing of it is loaded before it is started.
 */
import { join } from 'node:path'

import { publicKeyOf } from '../chain/keys.js'
import { LocalGridError } from '../errors/localgrid.js'
import { unitsOfTft } from './amount.js'
import type { DefaultGrid } from './default-grid.js'
import { FaultBoard } from './faults.js'
import { readCounts } from './grid-plan.js'
import type { NewIdentity } from './identities.js'
import { checkOptions, type LocalGridOptions } from './options.js'
import { type ChainControl, memoryStore, type NodeKind } from './ports.js'
import { sealed } from './sealed.js'

export { type ActiveFault, type Fault, FaultBoard, type FaultKind } from './faults.js'
export type { NewIdentity } from './identities.js'
export type { LocalGridOptions } from './options.js'
export type { ChainControl, ChainView, LocalBlock, NodeKind } from './ports.js'

export interface LocalGridNode {
  readonly nodeId: number
  readonly kind: NodeKind
  readonly farmId: number
  readonly twinId: number
}

/** URLs as clients take them; everything listens on 127.0.0.1 only. */
export interface LocalGridUrls {
  readonly substrateURL: string
  readonly relayURL: string
  readonly proxyURL: string
  readonly graphqlURL: string
  readonly activationURL: string
  readonly kycURL: string
  readonly adminURL: string
}

export interface LocalGrid extends LocalGridUrls {
  /** The name that clients want to hear; no URL contains it. */
  readonly network: 'dev'
  /** Of a funded account with a twin, terms accepted and KYC. Known to everybody: worth nothing anywhere. */
  readonly mnemonic: string
  readonly twinId: number
  readonly nodes: readonly LocalGridNode[]
  readonly faults: FaultBoard
  readonly chain: ChainControl
  /** Adds TFT to an account. @throws {LocalGridError} LOCALGRID_REQUEST */
  fund(address: string, tft: number | bigint | string): Promise<void>
  /** Another account like the first: 10,000 TFT, twin, terms, KYC. */
  newIdentity(): Promise<NewIdentity>
  /** Resolves when no node has anything left to provision. */
  idle(): Promise<void>
  /** Frees ports and folder. Idempotent. */
  close(): Promise<void>
}

type Closer = () => void | Promise<void>
const NEWCOMER_TFT = 10_000

/** Starts a grid and resolves when all of it answers.
 *
 * @throws {LocalGridError} LOCALGRID_OPTION, LOCALGRID_PORT, LOCALGRID_DATA
 * @example
 * const grid = await startLocalGrid({ nodes: { full: 3 } })
 * const client = new GridClient({ ...grid })
 * grid.faults.set({ kind: 'silent-node', nodeId: 11 })
 * await grid.close()
 */
export async function startLocalGrid(options: LocalGridOptions = {}): Promise<LocalGrid> {
  checkOptions(options)
  const closers: Closer[] = []
  try {
    return await start(options, closers)
  } catch (error) {
    await closeAll(closers)
    throw error
  }
}

async function start(options: LocalGridOptions, closers: Closer[]): Promise<LocalGrid> {
  const counts = readCounts(options.nodes)
  const faults = options.faults ?? new FaultBoard()
  const ports = portsFrom(options.port ?? 0)
  const now = options.now === undefined ? {} : { now: options.now }

  const { startChain, startRelay, startNodes, explorer, startAdmin, keys, identities, ...rooms } = await loadRooms()
  const store = options.dataDir === undefined ? memoryStore() : rooms.folderStore(options.dataDir)
  closers.push(() => store.close())

  const seal = options.seal ?? 'instant'
  const genesis = {
    // The peer client names its relay `ws:/127.0.0.1:PORT`, which the real chain would refuse.
    anyRelay: true,
    ...(options.tftPriceMilliUsd === undefined ? {} : { tftPriceMilliUsd: options.tftPriceMilliUsd }),
    ...(options.gracePeriodBlocks === undefined ? {} : { gracePeriodBlocks: options.gracePeriodBlocks }),
  }
  const [chainService, verifier] = await Promise.all([
    startChain({ port: ports.chain, store, faults, seal, genesis, ...now }),
    keys.loadVerifier(),
  ])
  closers.push(() => chainService.close())
  const chain = chainService.control

  const relay = await startRelay({ port: ports.relay, chain, faults, verifier })
  closers.push(() => relay.close())

  const grid = await rooms.populate({
    chain,
    store,
    relayUrl: relay.url,
    counts,
    publicIps: options.publicIps ?? 16,
    seed: options.seed ?? '',
  })
  if (grid.isNew) await sealed(chain)

  const kyc = rooms.createKyc(chain, faults)
  const kycStatus = (twinId: number) => kyc.ofTwin(twinId)
  const driver = options.zdb === 'real' ? { driver: await loadZdbDriver(options.dataDir) } : {}
  const nodes = await startNodes({
    chain,
    relay: relay.relay,
    faults,
    store,
    verifier,
    kycStatus,
    nodes: grid.nodes,
    ...driver,
    ...now,
  })
  closers.push(() => nodes.close())

  const fund = async (address: string, tft: number | bigint | string): Promise<void> => {
    checkAddress(address)
    chain.endow(address, chain.balance(address).free + unitsOfTft(tft))
    await sealed(chain)
  }
  const newIdentity = async (): Promise<NewIdentity> => {
    const { mnemonic, identity } = await identities.drawIdentity()
    const { twinId } = identities.settle(chain, relay.url, identity, unitsOfTft(NEWCOMER_TFT))
    await sealed(chain)
    return { mnemonic, address: identity.address, twinId }
  }

  const http = await explorer.startExplorer({ port: ports.explorer, chain, nodes, faults, kyc })
  closers.push(() => http.close())
  const admin = await startAdmin({ port: ports.admin, chain, nodes, faults, fund, newIdentity })
  closers.push(() => admin.close())

  return {
    substrateURL: chainService.url,
    relayURL: relay.url,
    proxyURL: http.url,
    graphqlURL: `${http.url}/graphql`,
    activationURL: `${http.url}/activation/activate`,
    kycURL: http.url,
    adminURL: admin.url,
    network: 'dev',
    mnemonic: identities.LOCAL_MNEMONIC,
    twinId: grid.userTwinId,
    nodes: nodesOf(grid),
    faults,
    chain,
    fund,
    newIdentity,
    idle: () => nodes.idle(),
    close: () => closeAll(closers),
  }
}

/**
 * One after the other: loading is work of one core, so nothing is gained by doing it at once, and module loaders that
 * run tests stumble over it.
 */
async function loadRooms() {
  const keys = await import('../chain/keys.js')
  const { startChain } = await import('./chain/index.js')
  const { startRelay } = await import('./relay/index.js')
  const { startNodes } = await import('./node/index.js')
  const explorer = await import('./explorer/index.js')
  const { startAdmin } = await import('./admin/index.js')
  const identities = await import('./identities.js')
  const { populate } = await import('./default-grid.js')
  const { createKyc } = await import('./kyc.js')
  const { folderStore } = await import('./store.js')
  return {
    keys,
    startChain,
    startRelay,
    startNodes,
    explorer,
    startAdmin,
    identities,
    populate,
    createKyc,
    folderStore,
  }
}

async function loadZdbDriver(dataDir: string | undefined) {
  const { zdbDriver } = await import('./node/drivers/zdb-driver.js')
  return zdbDriver(dataDir === undefined ? {} : { dataDir: join(dataDir, 'zdb') })
}

function portsFrom(port: number): { chain: number; relay: number; explorer: number; admin: number } {
  if (port === 0) return { chain: 0, relay: 0, explorer: 0, admin: 0 }
  return { chain: port, relay: port + 1, explorer: port + 2, admin: port + 3 }
}

function nodesOf(grid: DefaultGrid): readonly LocalGridNode[] {
  return grid.nodes.map(({ nodeId, kind, twinId }) => ({ nodeId, kind, farmId: grid.farmId, twinId }))
}

function checkAddress(address: string): void {
  try {
    publicKeyOf(address)
  } catch (cause) {
    throw new LocalGridError('LOCALGRID_REQUEST', 'the address is not an SS58 address with prefix 42', {
      where: address.slice(0, 64),
      cause,
    })
  }
}

/** Newest first. All are closed, whatever one of them says. */
async function closeAll(closers: Closer[]): Promise<void> {
  const problems: unknown[] = []
  for (let close = closers.pop(); close; close = closers.pop()) {
    try {
      await close()
    } catch (error) {
      problems.push(error)
    }
  }
  if (problems.length > 0) throw problems[0]
}
