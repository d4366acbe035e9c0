/** Who lives on a local grid: the farmer and the nodes (keys derived from the grid's seed), the user, and newcomers. */
import { createHmac } from 'node:crypto'
import type { Identity } from '../chain/identity.js'
import { createIdentity, generateMnemonic } from '../chain/keys.js'
import { relayName, rmbPublicKey } from '../rmb/index.js'
import type { ChainControl } from './ports.js'

/**
 * The user of every local grid: the development phrase of Substrate, known to everybody. Whatever is sent to this
 * account on a real chain is taken at once; here it is only a name.
 */
export const LOCAL_MNEMONIC = 'bottom drive obey lake curtain smoke basket hold race lonely fit walk'

/** The grid's own account for a purpose: `farmer`, `node/11`. */
export function gridIdentity(seed: string, purpose: string): Promise<Identity> {
  return createIdentity(createHmac('sha256', `hyphae local grid/${seed}`).update(purpose).digest('hex'))
}

/** Gives the account money and a twin that is reached over the relay; one that has a twin keeps what it has. */
export function settle(
  chain: ChainControl,
  relayUrl: string,
  identity: Identity,
  amountUnits: bigint,
): { twinId: number; isNew: boolean } {
  const { address } = identity
  const twin = chain.twinOf(address)
  if (twin) return { twinId: twin.id, isNew: false }
  chain.endow(address, chain.balance(address).free + amountUnits)
  const twinId = chain.seedTwin({ account: address, relay: relayName(relayUrl), pk: rmbPublicKey(identity) })
  return { twinId, isNew: true }
}

export interface NewIdentity {
  /** Of an account that exists on this grid only. */
  readonly mnemonic: string
  /** SS58. */
  readonly address: string
  readonly twinId: number
}

export async function drawIdentity(): Promise<{ mnemonic: string; identity: Identity }> {
  const mnemonic = await generateMnemonic()
  return { mnemonic, identity: await createIdentity(mnemonic) }
}
