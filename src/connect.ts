/** Opens the ways to a grid: a local one of this process, or one that is there. Loaded at the first use. */
import { join } from 'node:path'

import { createIdentity, loadVerifier } from './chain/keys.js'
import { connectChain } from './chain/polkadot/index.js'
import type { ChainPort, Twin } from './chain/port.js'
import type { ClientConfig, GridTarget, RemoteGrid } from './config.js'
import { Secret } from './core/secret.js'
import { GridError } from './errors/grid.js'
import type { Host } from './events/host.js'
import { createExplorer } from './explorer/index.js'
import { type Journal, memoryJournal } from './plan/journal.js'
import { fileJournal } from './plan/journal-file.js'
import { defaultLimits, type GridPorts } from './plan/ports.js'
import { stateFolder } from './state-folder.js'

export interface Connection {
  readonly ports: GridPorts
  close(): Promise<void>
}

/** Undone in reverse order, also when a later step of connecting fails. */
type Closer = () => Promise<void>

export async function connect(config: ClientConfig, host: Host): Promise<Connection> {
  const closers: Closer[] = []
  const close = () => closeAll(closers)
  try {
    const grid = await openGrid(config.target, host, closers)
    return { ports: await openPorts(config, grid, host, closers), close }
  } catch (error) {
    // What went wrong first is what a person must hear.
    await close().catch(() => {})
    throw error
  }
}

/** One that cannot be closed keeps none of the others open. */
async function closeAll(closers: Closer[]): Promise<void> {
  const failures: unknown[] = []
  for (const closer of closers.splice(0).reverse()) {
    try {
      await closer()
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
}

interface OpenedGrid extends RemoteGrid {
  /** Forgets everything when this process ends; so must the journal. */
  readonly ephemeral: boolean
}

async function openGrid(target: GridTarget, host: Host, closers: Closer[]): Promise<OpenedGrid> {
  if (target.kind === 'remote') return { ...target, ephemeral: false }

  const startedAt = performance.now()
  host.notify({ code: 'GRID_STARTING', level: 'info', text: 'no grid is configured: starting a local one' })
  const { startLocalGrid } = await import('./localgrid/index.js')
  const grid = await startLocalGrid(target.dataDir === undefined ? {} : { dataDir: target.dataDir })
  closers.push(() => grid.close())
  host.notify({
    code: 'GRID_READY',
    level: 'info',
    text: `a local grid of ${grid.nodes.length} nodes is ready`,
    data: { elapsedMs: Math.round(performance.now() - startedAt), nodes: grid.nodes.length },
  })
  return {
    kind: 'remote',
    network: grid.network,
    urls: grid,
    mnemonic: new Secret(grid.mnemonic),
    ephemeral: target.dataDir === undefined,
  }
}

async function openPorts(config: ClientConfig, grid: OpenedGrid, host: Host, closers: Closer[]): Promise<GridPorts> {
  const limits = { ...defaultLimits, ...config.limits }
  const { urls } = grid
  const explorer = createExplorer({
    proxyUrl: urls.proxyURL,
    graphqlUrl: urls.graphqlURL,
    activationUrl: urls.activationURL,
    kycUrl: urls.kycURL,
  })
  closers.push(() => explorer.close())

  const [identity, verifier] = await Promise.all([
    createIdentity(grid.mnemonic.reveal(), config.keyType),
    loadVerifier(),
  ])
  const opening = connectChain({ url: urls.substrateURL, identity, host, keepReconnecting: config.keepReconnecting })
  // Also when it opens after the explorer has failed.
  closers.push(async () => (await opening.catch(() => undefined))?.close())
  const [chain] = await Promise.all([opening, explorer.check()])

  const twinId = await ownTwin(chain, identity.address)
  const { createRmb, relayName, rmbPublicKey } = await import('./rmb/index.js')
  await publishTwin(chain, twinId, { relay: relayName(urls.relayURL), pk: rmbPublicKey(identity) }, limits.chainMs)
  const rmb = createRmb({ relayUrl: urls.relayURL, twinId, identity, twins: id => chain.twin(id), verifier, host })
  closers.push(() => rmb.close())
  await rmb.connect()

  const journal = await openJournal(config, grid, chain, twinId)
  host.notify({
    code: 'CLIENT_CONNECTED',
    level: 'info',
    text: `connected as twin ${twinId}`,
    data: { network: grid.network, twinId },
  })
  return { chain, rmb, explorer, identity, twinId, host, journal, limits }
}

async function ownTwin(chain: ChainPort, address: string): Promise<number> {
  const twinId = await chain.twinIdOf(address)
  if (twinId !== undefined) return twinId
  throw new GridError('GRID_IDENTITY', `account ${address} has no twin on this grid`, {
    where: address,
    hint: 'activate the account, accept the terms and create a twin first; the dashboard of the grid does all three',
  })
}

/** Nodes answer through the relay, and encrypt with the key, that the chain names for this twin. */
async function publishTwin(
  chain: ChainPort,
  twinId: number,
  own: { relay: string; pk: Uint8Array },
  timeoutMs: number,
): Promise<void> {
  const twin = await chain.twin(twinId)
  if (twin?.relay !== undefined && sameKey(twin, own.pk) && twin.relay.split('_').includes(own.relay)) return
  await chain.submit([{ kind: 'updateTwin', relay: own.relay, pk: own.pk }], { timeoutMs, until: 'inBlock' })
}

function sameKey(twin: Twin, pk: Uint8Array): boolean {
  return twin.pk !== undefined && twin.pk.length === pk.length && twin.pk.every((byte, i) => byte === pk[i])
}

async function openJournal(config: ClientConfig, grid: OpenedGrid, chain: ChainPort, twinId: number): Promise<Journal> {
  if (grid.ephemeral) return memoryJournal()
  // Two grids may know the same account by the same twin id; their first blocks differ.
  const genesis = (await chain.genesisHash()).replace(/^0x/, '').slice(0, 16)
  return fileJournal(join(stateFolder(config.stateDir), `${genesis}-${twinId}`, 'journal.ndjson'))
}
