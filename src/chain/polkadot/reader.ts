/** The reading half of the port. Reads that belong together start together, and so travel together (storage.ts). */
import { concatBytes } from '../../core/bytes.js'
import { fromHex, toHex } from '../../core/hex.js'
import { ChainError } from '../../errors/chain.js'
import { InputError } from '../../errors/input.js'
import { publicKeyOf } from '../keys/ss58.js'
import type { Balance, ChainReader, Contract, ContractLock, Farm, GridNode, PricingPolicy, Twin } from '../port.js'
import { blockNumber } from './blocks.js'
import { bytesCodec, deploymentHashBytes } from './calls.js'
import { type Plain, plain } from './plain.js'
import { readContract, readContractLock } from './read/contract.js'
import { decodeText, Fields } from './read/fields.js'
import { readFarm, readNode, readPricingPolicy, readTwin } from './read/grid.js'
import { hex, type Runtime } from './runtime.js'
import { Storage, storageItem } from './storage.js'
import type { Rpc } from './wire/rpc.js'

const GRID = 'tfgridModule'
const CONTRACTS = 'smartContractModule'
const PRICE = 'tftPriceModule'
const KV = 'tfkvStore'
const HASH = /^0x[0-9a-f]{64}$/
const KEYS_PER_PAGE = 1_000
/** An account with more keys than this is not listed. */
const MAX_KEY_PAGES = 100
/** Two parts of 16 bytes name the pallet and the item; then each argument has 16 bytes of its hash before it. */
const PREFIX_BYTES = 32
const HASH_BYTES = 16

export class Reader implements ChainReader {
  readonly #rpc: Rpc
  readonly #runtime: () => Promise<Runtime>
  readonly #storage: Storage

  constructor(rpc: Rpc, runtime: () => Promise<Runtime>) {
    this.#rpc = rpc
    this.#runtime = runtime
    this.#storage = new Storage(rpc)
  }

  async genesisHash(): Promise<string> {
    return (await this.#runtime()).genesisHash
  }

  async height(): Promise<number> {
    return blockNumber(await this.#rpc.ask('chain_getHeader'))
  }

  async finalizedHeight(): Promise<number> {
    const hash = hex(await this.#rpc.ask('chain_getFinalizedHead'), HASH, 'the hash of the final block')
    return blockNumber(await this.#rpc.ask('chain_getHeader', [hash]))
  }

  async nonces(account: string): Promise<{ next: number; included: number }> {
    publicKeyOf(account)
    const [next, stored] = await Promise.all([
      this.#rpc.ask('system_accountNextIndex', [account]),
      this.#read('system', 'account', [account]),
    ])
    if (!Number.isSafeInteger(next)) throw new ChainError('CHAIN_REPLY', 'the next nonce of an account is not a number')
    return { next: next as number, included: new Fields(stored, 'an account').number('nonce') }
  }

  async twinIdOf(account: string): Promise<number | undefined> {
    publicKeyOf(account)
    return this.#id(GRID, 'twinIdByAccountID', [account], Number)
  }

  async twin(id: number): Promise<Twin | undefined> {
    return present(await this.#read(GRID, 'twins', [u32('twin', id)]), readTwin)
  }

  async farm(id: number): Promise<Farm | undefined> {
    return present(await this.#read(GRID, 'farms', [u32('farm', id)]), readFarm)
  }

  async node(id: number): Promise<GridNode | undefined> {
    const [node, power] = await Promise.all([
      this.#read(GRID, 'nodes', [u32('node', id)]),
      this.#read(GRID, 'nodePower', [id]),
    ])
    return present(node, value => readNode(value, power))
  }

  async contracts(ids: readonly bigint[]): Promise<readonly (Contract | undefined)[]> {
    const values = await this.#readMany(
      CONTRACTS,
      'contracts',
      ids.map(id => [u64('contract', id)]),
    )
    return values.map(value => present(value, readContract))
  }

  async contractIdByHash(nodeId: number, hash: string): Promise<bigint | undefined> {
    const args = [u32('node', nodeId), deploymentHashBytes(hash)]
    return this.#id(CONTRACTS, 'contractIDByNodeIDAndHash', args, BigInt)
  }

  async contractIdByName(name: string): Promise<bigint | undefined> {
    const { api } = await this.#runtime()
    return this.#id(CONTRACTS, 'contractIDByNameRegistration', [bytesCodec(api.registry, name)], BigInt)
  }

  async activeNodeContracts(nodeIds: readonly number[]): Promise<readonly (readonly bigint[])[]> {
    const values = await this.#readMany(
      CONTRACTS,
      'activeNodeContracts',
      nodeIds.map(id => [u32('node', id)]),
    )
    return values.map(value => new Fields({ ids: value }, 'the contracts of a node').list('ids').map(toBigInt))
  }

  async activeRentContract(nodeId: number): Promise<bigint | undefined> {
    return this.#id(CONTRACTS, 'activeRentContractForNode', [u32('node', nodeId)], BigInt)
  }

  async contractLock(contractId: bigint): Promise<ContractLock> {
    const { api } = await this.#runtime()
    // Runtimes after spec 149 keep another record of what a contract owes.
    const item = api.query[CONTRACTS]?.contractLock ? 'contractLock' : 'contractPaymentState'
    return readContractLock(await this.#read(CONTRACTS, item, [u64('contract', contractId)]))
  }

  async extraFee(nodeId: number): Promise<bigint> {
    return toBigInt(await this.#read(CONTRACTS, 'dedicatedNodesExtraFee', [u32('node', nodeId)]))
  }

  async balance(account: string): Promise<Balance> {
    publicKeyOf(account)
    const stored = new Fields(await this.#read('system', 'account', [account]), 'an account').struct('data')
    return { free: stored.bigint('free'), reserved: stored.bigint('reserved'), frozen: stored.bigint('frozen') }
  }

  async pricingPolicy(id: number): Promise<PricingPolicy | undefined> {
    return present(await this.#read(GRID, 'pricingPolicies', [u32('pricing policy', id)]), readPricingPolicy)
  }

  async tftPriceMilliUsd(): Promise<number> {
    const [average, lowest, highest] = await Promise.all(
      ['averageTftPrice', 'minTftPrice', 'maxTftPrice'].map(async item => Number(await this.#read(PRICE, item, []))),
    )
    return Math.min(Math.max(average ?? 0, lowest ?? 0), highest ?? 0)
  }

  async termsAccepted(account: string): Promise<boolean> {
    publicKeyOf(account)
    const accepted = await this.#read(GRID, 'usersTermsAndConditions', [account])
    return Array.isArray(accepted) && accepted.length > 0
  }

  async keyValue(account: string, key: string): Promise<string | undefined> {
    publicKeyOf(account)
    const { api } = await this.#runtime()
    const value = await this.#read(KV, 'tfkvStore', [account, bytesCodec(api.registry, key)])
    // The chain's default for what nobody has set.
    return value instanceof Uint8Array && value.length > 0 ? decodeText(value) : undefined
  }

  async keys(account: string): Promise<readonly string[]> {
    const owner = publicKeyOf(account)
    const runtime = await this.#runtime()
    const { api } = runtime
    const whole = storageItem(runtime, KV, 'tfkvStore', [account, bytesCodec(api.registry, '')]).key
    const skipped = PREFIX_BYTES + HASH_BYTES + owner.length
    const prefix = `0x${whole.slice(2, 2 + skipped * 2)}`

    const found: string[] = []
    let after: string | undefined
    for (let page = 0; page < MAX_KEY_PAGES; page++) {
      const params = [prefix, KEYS_PER_PAGE, ...(after === undefined ? [] : [after])]
      const answer = await this.#rpc.ask('state_getKeysPaged', params)
      if (!Array.isArray(answer)) throw new ChainError('CHAIN_REPLY', 'the list of keys is not a list')
      for (const key of answer) {
        after = hex(key, /^0x([0-9a-f]{2})+$/, 'a key of storage')
        found.push(readKey(fromHex(after, 'a key of storage').subarray(skipped + HASH_BYTES), runtime))
      }
      if (answer.length < KEYS_PER_PAGE) return found
    }
    throw new ChainError('CHAIN_REPLY', `the account has more than ${MAX_KEY_PAGES * KEYS_PER_PAGE} keys`)
  }

  async #read(pallet: string, item: string, args: readonly unknown[]): Promise<Plain> {
    const runtime = await this.#runtime()
    const codec = await this.#storage.read(storageItem(runtime, pallet, item, args))
    return codec === undefined ? undefined : plain(codec, runtime.classes)
  }

  async #readMany(pallet: string, item: string, args: readonly (readonly unknown[])[]): Promise<readonly Plain[]> {
    return Promise.all(args.map(one => this.#read(pallet, item, one)))
  }

  /** An id where 0 or nothing means that there is none. */
  async #id<T extends number | bigint>(
    pallet: string,
    item: string,
    args: readonly unknown[],
    convert: (value: number | bigint) => T,
  ): Promise<T | undefined> {
    const id = await this.#read(pallet, item, args)
    return typeof id !== 'number' && typeof id !== 'bigint' ? undefined : Number(id) === 0 ? undefined : convert(id)
  }
}

function present<T>(value: Plain, read: (value: Plain) => T): T | undefined {
  return value === undefined ? undefined : read(value)
}

function toBigInt(value: Plain): bigint {
  return new Fields({ number: value }, 'a number').bigint('number')
}

function u32(what: string, id: number): number {
  if (Number.isInteger(id) && id >= 0 && id <= 0xffff_ffff) return id
  throw new InputError('INPUT_OPTION', `${id} is not the id of a ${what}`)
}

function u64(what: string, id: bigint): bigint {
  if (typeof id === 'bigint' && id >= 0n && id <= 0xffff_ffff_ffff_ffffn) return id
  throw new InputError('INPUT_OPTION', `${id} is not the id of a ${what}`)
}

/** The part of a storage key that is SCALE bytes: a length, then the text. */
function readKey(bytes: Uint8Array, { api }: Runtime): string {
  try {
    return decodeText(api.registry.createType('Bytes', concatBytes(bytes)).toU8a(true))
  } catch (cause) {
    throw new ChainError('CHAIN_REPLY', `a key of storage cannot be decoded: ${toHex(bytes)}`, { cause })
  }
}
