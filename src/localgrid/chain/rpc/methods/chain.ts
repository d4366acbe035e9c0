/** chain_*: blocks and heads. */
import { toHex } from '../../../../core/hex.js'
import type { Chain } from '../../blocks/chain.js'
import { headerJson } from '../../blocks/header.js'
import { type Method, type Methods, type RpcContext, subscriberOf, unsubscribe } from '../method.js'
import { blockNumberParam, hashParam, optional } from '../params.js'

/** The block asked for, the newest when none is; undefined when it is not known. */
export function blockAt(chain: Chain, at: unknown) {
  const hash = optional(at, 'hash', hashParam)
  return hash === undefined ? chain.history.head : chain.history.byHash(hash)
}

const getBlock: Method = ({ chain }, [at]) => {
  const block = blockAt(chain, at)
  const body = block && chain.history.body(block.hash)
  if (!block || !body) return null
  const extrinsics = body.map(bytes => `0x${toHex(bytes)}`)
  return { block: { header: headerJson(block.header), extrinsics }, justifications: null }
}

const getBlockHash: Method = ({ chain }, [number]) => {
  const hashOf = (value: unknown) => {
    const block = chain.history.byNumber(blockNumberParam(value, 'number'))
    return block ? `0x${block.hash}` : null
  }
  if (number === undefined || number === null) return `0x${chain.history.head.hash}`
  return Array.isArray(number) ? number.slice(0, 1000).map(hashOf) : hashOf(number)
}

const getHeader: Method = ({ chain }, [at]) => {
  const block = blockAt(chain, at)
  return block ? headerJson(block.header) : null
}

const finalizedHead: Method = ({ chain }) => {
  const block = chain.history.byNumber(chain.finality.number) ?? chain.history.head
  return `0x${block.hash}`
}

function subscribeHeads(notification: string) {
  return (context: RpcContext) => {
    const { chain } = context
    return subscriberOf(context).subscribe(notification, push => {
      push(headerJson(chain.history.head.header))
      return chain.onBlock(({ block }) => push(headerJson(block.header)))
    })
  }
}

/** Every block that becomes final, in order, also when several do at once. */
const subscribeFinalized: Method = context => {
  const { chain } = context
  return subscriberOf(context).subscribe('chain_finalizedHead', push => {
    let told = chain.finality.number
    const tell = (number: number) => {
      const block = chain.history.byNumber(number)
      if (block) push(headerJson(block.header))
    }
    tell(told)
    return chain.finality.onFinalized(number => {
      while (told < number) tell(++told)
    })
  })
}

export const chainMethods: Methods = {
  chain_getBlock: getBlock,
  chain_getBlockHash: getBlockHash,
  chain_getHead: getBlockHash,
  chain_getHeader: getHeader,
  chain_getFinalizedHead: finalizedHead,
  chain_getFinalisedHead: finalizedHead,
  chain_subscribeNewHead: subscribeHeads('chain_newHead'),
  chain_subscribeNewHeads: subscribeHeads('chain_newHead'),
  subscribe_newHead: subscribeHeads('chain_newHead'),
  chain_subscribeAllHeads: subscribeHeads('chain_allHead'),
  chain_subscribeFinalizedHeads: subscribeFinalized,
  chain_subscribeFinalisedHeads: subscribeFinalized,
  chain_unsubscribeNewHead: unsubscribe,
  chain_unsubscribeNewHeads: unsubscribe,
  unsubscribe_newHead: unsubscribe,
  chain_unsubscribeAllHeads: unsubscribe,
  chain_unsubscribeFinalizedHeads: unsubscribe,
  chain_unsubscribeFinalisedHeads: unsubscribe,
}
