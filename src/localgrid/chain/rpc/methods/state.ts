/** state_*: storage, metadata, runtime calls. */
import { toHex } from '../../../../core/hex.js'
import { metadataHex } from '../../metadata/cached.js'
import { runtimeVersion } from '../../runtime/version.js'
import { blake256 } from '../../state/hash.js'
import type { StateReader } from '../../state/overlay.js'
import { RpcError } from '../json-rpc.js'
import { type Method, type Methods, type RpcContext, subscriberOf, unsubscribe } from '../method.js'
import { bytesParam, countParam, hashParam, hexParam, keysParam, optional, textParam } from '../params.js'
import { runtimeCall } from '../runtime-api.js'
import { blockAt } from './chain.js'

const MAX_PAGE = 1000
const MAX_PAIRS = 10_000
const MAX_RANGE_BLOCKS = 256

function unknownBlock(at: unknown): RpcError {
  return new RpcError(4003, `Client error: UnknownBlock: State already discarded for ${at}`)
}

/** State at a block, the newest when none is given. @throws {RpcError} when the block or its state is not known */
export function stateAt({ chain }: RpcContext, at: unknown): StateReader {
  const block = blockAt(chain, at)
  if (!block) throw new RpcError(4003, `Client error: UnknownBlock: Header was not found in the database: ${at}`)
  const state = chain.history.stateAt(block.number)
  if (!state) throw unknownBlock(at)
  return state
}

const hex = (state: StateReader, key: string) => {
  const cell = state.read(key)
  return cell ? `0x${toHex(cell.bytes)}` : null
}

const getStorage: Method = (context, [key, at]) => hex(stateAt(context, at), hexParam(key, 'key'))

const getKeysPaged: Method = (context, [prefix, count, start, at]) => {
  const page = countParam(count, 'count', MAX_PAGE)
  const from = optional(start, 'startKey', hexParam)
  const keys = [...stateAt(context, at).keys(optional(prefix, 'prefix', hexParam) ?? '')].sort()
  const first = from === undefined ? 0 : keys.findIndex(key => key > from)
  return first < 0 ? [] : keys.slice(first, first + page).map(key => `0x${key}`)
}

const getKeys: Method = (context, [prefix, at]) => {
  const keys = [...stateAt(context, at).keys(hexParam(prefix, 'prefix'))].sort()
  return keys.slice(0, MAX_PAIRS).map(key => `0x${key}`)
}

const getPairs: Method = (context, [prefix, at]) => {
  const state = stateAt(context, at)
  const keys = [...state.keys(hexParam(prefix, 'prefix'))].sort()
  return keys.slice(0, MAX_PAIRS).map(key => [`0x${key}`, hex(state, key)])
}

const queryStorageAt: Method = (context, [keys, at]) => {
  const list = keysParam(keys, 'keys')
  const state = stateAt(context, at)
  const block = blockAt(context.chain, at) as { hash: string }
  return [{ block: `0x${block.hash}`, changes: list.map(key => [`0x${key}`, hex(state, key)]) }]
}

/** What the keys held in the first block of a range, and each change since. */
const queryStorage: Method = (context, [keys, from, to]) => {
  const list = keysParam(keys, 'keys')
  const first = blockAt(context.chain, hashParam(from, 'fromBlock') && from)
  const last = blockAt(context.chain, to)
  if (!first || !last) throw unknownBlock(first ? to : from)
  if (last.number < first.number || last.number - first.number > MAX_RANGE_BLOCKS) {
    throw new RpcError(
      4001,
      `Cannot resolve a block range ['${from}' ... '${to}']. more than ${MAX_RANGE_BLOCKS} blocks`,
    )
  }
  const known = new Map<string, string | null>()
  const sets: unknown[] = []
  for (let number = first.number; number <= last.number; number++) {
    const state = context.chain.history.stateAt(number)
    if (!state) throw unknownBlock(number)
    const changes: [string, string | null][] = []
    for (const key of list) {
      const value = hex(state, key)
      if (known.has(key) && known.get(key) === value) continue
      known.set(key, value)
      changes.push([`0x${key}`, value])
    }
    if (changes.length > 0) sets.push({ block: `0x${context.chain.history.byNumber(number)?.hash}`, changes })
  }
  return sets
}

const subscribeStorage: Method = (context, [keys]) => {
  const { chain } = context
  const list = optional(keys, 'keys', keysParam) ?? []
  return subscriberOf(context).subscribe('state_storage', push => {
    const set = (hash: string, changed: readonly string[]) =>
      push({ block: `0x${hash}`, changes: changed.map(key => [`0x${key}`, hex(chain.base, key)]) })
    set(chain.history.head.hash, list)
    return chain.onBlock(({ block, changed }) => {
      const hit = list.filter(key => changed.has(key))
      if (hit.length > 0) set(block.hash, hit)
    })
  })
}

const version: Method = ({ chain }, [at]) => {
  if (!blockAt(chain, at)) throw new RpcError(4003, `Client error: UnknownBlock: ${at}`)
  return runtimeVersion
}

const subscribeVersion: Method = context =>
  subscriberOf(context).subscribe('state_runtimeVersion', push => {
    push(runtimeVersion)
    return () => {}
  })

const call: Method = (context, [method, data, at]) => {
  const state = stateAt(context, at)
  const input = bytesParam(data, 'data')
  return `0x${toHex(runtimeCall(state, textParam(method, 'method'), input))}`
}

export const stateMethods: Methods = {
  state_getStorage: getStorage,
  state_getStorageAt: getStorage,
  state_getStorageHash: (context, [key, at]) => {
    const cell = stateAt(context, at).read(hexParam(key, 'key'))
    return cell ? `0x${toHex(blake256(cell.bytes))}` : null
  },
  state_getStorageSize: (context, [key, at]) => stateAt(context, at).read(hexParam(key, 'key'))?.bytes.length ?? null,
  state_getKeys: getKeys,
  state_getKeysPaged: getKeysPaged,
  state_getKeysPagedAt: getKeysPaged,
  state_getPairs: getPairs,
  state_queryStorage: queryStorage,
  state_queryStorageAt: queryStorageAt,
  state_subscribeStorage: subscribeStorage,
  state_unsubscribeStorage: unsubscribe,
  state_getMetadata: (context, [at]) => {
    stateAt(context, at)
    return metadataHex()
  },
  state_getRuntimeVersion: version,
  chain_getRuntimeVersion: version,
  state_subscribeRuntimeVersion: subscribeVersion,
  chain_subscribeRuntimeVersion: subscribeVersion,
  state_unsubscribeRuntimeVersion: unsubscribe,
  chain_unsubscribeRuntimeVersion: unsubscribe,
  state_call: call,
  state_callAt: call,
}
