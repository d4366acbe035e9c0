/** system_*: who this node is. */
import { TOKEN } from '../../runtime/version.js'
import type { Method, Methods } from '../method.js'
import { accountParam } from '../params.js'

const nextIndex: Method = ({ chain }, [address]) => chain.nextNonce(accountParam(address, 'account'))

export const systemMethods: Methods = {
  system_name: () => 'hyphae-localgrid',
  system_version: () => '0.1.0',
  system_chain: () => 'Hyphae local grid',
  system_chainType: () => 'Development',
  system_properties: () => ({
    ss58Format: TOKEN.ss58Format,
    tokenDecimals: TOKEN.decimals,
    tokenSymbol: TOKEN.symbol,
  }),
  system_health: () => ({ peers: 0, isSyncing: false, shouldHavePeers: false }),
  system_peers: () => [],
  system_nodeRoles: () => ['Authority'],
  system_localListenAddresses: () => [],
  system_localPeerId: ({ chain }) => chain.genesisHash,
  system_syncState: ({ chain }) => {
    const { number } = chain.history.head
    return { startingBlock: 0, currentBlock: number, highestBlock: number }
  },
  system_accountNextIndex: nextIndex,
  account_nextIndex: nextIndex,
}
