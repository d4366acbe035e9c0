/** A local grid, clients on it, and what the grid itself says happened. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { GridClient, type GridClientOptions, type Host, type Message } from '../../../src/index.js'
import { type LocalGrid, type LocalGridOptions, startLocalGrid } from '../../../src/localgrid/index.js'

export interface Rig {
  readonly grid: LocalGrid
  readonly stateDir: string
  /** Clients are disconnected with the rig. */
  client(options?: GridClientOptions): GridClient
  /** Everything the clients' hosts were told, oldest first. */
  readonly messages: Message[]
  close(): Promise<void>
}

export async function startRig(options: LocalGridOptions = {}): Promise<Rig> {
  const [grid, stateDir] = await Promise.all([startLocalGrid(options), mkdtemp(join(tmpdir(), 'hyphae-e2e-'))])
  const clients: GridClient[] = []
  const messages: Message[] = []
  const host: Host = { notify: message => messages.push(message) }
  return {
    grid,
    stateDir,
    messages,
    client: more => {
      const client = new GridClient({ ...urlsOf(grid), stateDir, host, ...more })
      clients.push(client)
      return client
    },
    close: async () => {
      for (const client of clients) await client.disconnect()
      await grid.close()
      await rm(stateDir, { recursive: true, force: true })
    },
  }
}

export function urlsOf(grid: LocalGrid): GridClientOptions {
  const { network, mnemonic, substrateURL, relayURL, proxyURL, graphqlURL, activationURL, kycURL } = grid
  return { network, mnemonic, substrateURL, relayURL, proxyURL, graphqlURL, activationURL, kycURL }
}

/** Ids of contracts that are live, and how many there ever were: two runs that create twice show here. */
export function contractsOf(grid: LocalGrid): { live: bigint[]; ever: number } {
  const all = grid.chain.contracts().filter(contract => contract.twinId === grid.twinId)
  return { live: all.filter(({ id }) => grid.chain.contract(id)).map(({ id }) => id), ever: all.length }
}
