/**
 * The chain itself: state, pool, blocks. It seals at once or on a beat, writes each block to the store before anybody
 * hears of it, and starts again from what the store holds.
 */
import { randomBytes } from '../../../core/random.js'
import { LocalGridError } from '../../../errors/localgrid.js'
import type { FaultBoard } from '../../faults.js'
import type { Store } from '../../ports.js'
import { contractsDueAt } from '../pallets/smart-contract/billing.js'
import * as system from '../pallets/system.js'
import { now as timestampNow } from '../pallets/timestamp.js'
import { Executive } from '../runtime/executive.js'
import type { ChainConstants, Context, EventValue } from '../runtime/pallet.js'
import { type EventRecord, theRuntime } from '../runtime/runtime.js'
import { accountOfAddress } from '../runtime/ss58.js'
import { encode } from '../scale/coding.js'
import { BaseState, type Cell, Layer } from '../state/overlay.js'
import { timestampInherent } from '../transactions/extrinsic.js'
import { Pool, type Pooled } from '../transactions/pool.js'
import type { SignatureChecker } from '../transactions/signatures.js'
import { lastBlockOf, MAX_EXTRINSIC_BYTES, parseExtrinsic, refusals, validate } from '../transactions/validity.js'
import { ContractIndex, type IndexDelta } from '../view/contract-index.js'
import { Finality } from './finality.js'
import { type GenesisOptions, writeGenesis } from './genesis.js'
import { type Header, headerHash } from './header.js'
import { type Block, History } from './history.js'
import { type BlockRecord, Journal } from './journal.js'
import { extrinsicsRoot, nextStateRoot } from './roots.js'

export type Sealing = 'instant' | { readonly everyMs: number }

/** A block as it is told to listeners. */
export interface SealedBlock {
  readonly block: Block
  readonly records: readonly EventRecord[]
  /** Hex keys whose value changed. */
  readonly changed: ReadonlySet<string>
}

export interface ChainOptions {
  readonly store: Store
  readonly faults: FaultBoard
  readonly seal: Sealing
  readonly genesis: GenesisOptions
  readonly now: () => number
  readonly signatures: SignatureChecker
}

/** Time a block of the real chain takes; what `advance` lets pass. */
const BLOCK_MS = 6000
const MAX_EXTRINSICS_PER_BLOCK = 2048

export class Chain {
  readonly base = new BaseState()
  readonly history = new History(this.base)
  readonly pool = new Pool()
  readonly executive: Executive
  readonly index = new ContractIndex()
  readonly finality: Finality
  readonly #journal: Journal
  readonly #options: ChainOptions
  readonly #listeners = new Set<(sealed: SealedBlock) => void>()
  #genesisHash = ''
  #offsetMs = 0
  #clashes = 0
  /** What the grid itself did since the last block. */
  #next: Layer | undefined
  #nextEvents: EventValue[] = []
  #sealScheduled = false
  #beat: ReturnType<typeof setInterval> | undefined
  #closed = false

  constructor(options: ChainOptions) {
    this.#options = options
    this.#journal = new Journal(options.store)
    const found = this.#journal.load()
    const genesis = found?.genesis.options ?? options.genesis
    const constants: ChainConstants = {
      billingFrequency: genesis.billingFrequency ?? 600,
      gracePeriodBlocks: genesis.gracePeriodBlocks ?? 201_600,
      distributionCycles: genesis.distributionCycles ?? 24,
      anyRelay: options.genesis.anyRelay ?? genesis.anyRelay ?? false,
    }
    this.executive = new Executive(constants, options.signatures)
    const seed = found?.genesis.seed ?? randomBytes(32)
    this.#begin(genesis, seed, !found)
    if (found && found.genesis.hash !== this.#genesisHash) {
      throw new LocalGridError('LOCALGRID_DATA', 'the data folder holds a chain that began under other rules', {
        hint: 'start with an empty data folder',
      })
    }
    for (const record of found?.blocks ?? []) this.#restore(record)
    this.finality = new Finality(this.history.head.number)
    if (options.seal !== 'instant') {
      this.#beat = setInterval(() => this.seal(), options.seal.everyMs)
      this.#beat.unref?.()
    }
  }

  get genesisHash(): string {
    return this.#genesisHash
  }

  /** What the grid's own services read: blocks and what waits for the next one. */
  get view() {
    return this.#next ?? this.base
  }

  #begin(options: GenesisOptions, seed: Uint8Array, fresh: boolean): void {
    writeGenesis(this.base, options, seed)
    const zero = '0'.repeat(64)
    const changes = [...this.base.entries()]
    const header: Header = {
      parentHash: zero,
      number: 0,
      stateRoot: nextStateRoot(zero, changes),
      extrinsicsRoot: extrinsicsRoot([]),
      logs: [],
    }
    this.#genesisHash = headerHash(header)
    system.blockHash.put(this.base, this.#genesisHash, 0)
    this.history.push({ number: 0, hash: this.#genesisHash, header, timeMs: 0, extrinsics: [] }, undefined)
    if (fresh) this.#journal.begin({ options, seed, hash: this.#genesisHash })
  }

  /** One stored record: a block, several that were sealed together, or a snapshot in place of all before it. */
  #restore(record: BlockRecord): void {
    if (record.snapshot) for (const [key] of [...this.base.entries()]) this.base.write(key, undefined)
    const before = new Map<string, Cell | undefined>()
    for (const [key, cell] of record.changes) {
      before.set(key, this.base.read(key))
      this.base.write(key, cell)
    }
    this.#offsetMs = record.offsetMs
    const alone = record.blocks.length === 1 && !record.snapshot
    for (const block of record.blocks) if (block.number > 0) this.history.push(block, alone ? before : undefined)
    for (const delta of record.index) this.index.restore(delta)
  }

  get journal(): Journal {
    return this.#journal
  }

  nowMs(): number {
    return this.history.head.timeMs || this.#options.now() + this.#offsetMs
  }

  onBlock(listener: (sealed: SealedBlock) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Takes a transaction in. @throws {Refusal} */
  submit(bytes: Uint8Array, notify: Pooled['notify'] = () => {}): string {
    const extrinsic = parseExtrinsic(bytes)
    const { faults } = this.#options
    if (faults.strike('nonce-clash')) throw this.#clashes++ % 2 === 0 ? refusals.stale() : refusals.lowPriority()
    if (
      faults.strike('no-funds', fault => fault.address === undefined || sameAccount(fault.address, extrinsic.account))
    ) {
      throw refusals.payment()
    }

    validate(extrinsic, { state: this.base, history: this.history, genesisHash: this.#genesisHash }, this.executive)
    const pooled: Pooled = { extrinsic, notify, validUntil: lastBlockOf(extrinsic, this.history.head.number + 1) }
    this.pool.add(pooled)
    const included = system.account.get(this.base, extrinsic.account).nonce
    if (this.pool.isReady(pooled, included)) {
      notify('ready')
      for (const next of this.pool.after(extrinsic.account, extrinsic.nonce)) next.notify('ready')
      this.#scheduleSeal()
    } else notify('future')
    return extrinsic.hash
  }

  nextNonce(account: string): number {
    return this.pool.nextNonce(account, system.account.get(this.base, account).nonce)
  }

  /** Something the grid does by itself; part of the next block, seen by `view` at once. */
  act<T>(work: (context: Context) => T): T {
    if (!this.#next) {
      this.#next = new Layer(this.base)
      // What happens now must not bear the time of the last block, least of all that of block 0, which has none.
      timestampNow.put(this.#next, BigInt(Math.floor(this.#options.now() + this.#offsetMs)))
    }
    const context = this.executive.context(this.#next, { kind: 'root' }, event => this.#nextEvents.push(event))
    const result = context.transaction(work)
    this.#scheduleSeal()
    return result
  }

  #scheduleSeal(): void {
    if (this.#options.seal !== 'instant' || this.#sealScheduled || this.#closed) return
    this.#sealScheduled = true
    setImmediate(() => {
      this.#sealScheduled = false
      if (!this.#closed) this.seal()
    })
  }

  /** Seals a block now, with whatever is ready. */
  seal(): void {
    const [record, tell] = this.#build(0)
    this.#store([record])
    tell()
    if (this.pool.size > 0 && this.#hasReady()) this.#scheduleSeal()
  }

  #store(records: readonly BlockRecord[]): void {
    this.#journal.append(records)
    if (!this.#journal.wantsSnapshot) return
    const blocks = this.history.kept.map(block => ({ ...block, extrinsics: block.extrinsics ?? [] }))
    this.#journal.compact(this.base, blocks, this.#offsetMs, this.index.snapshot())
  }

  #hasReady(): boolean {
    return this.pool
      .inOrder()
      .some(pooled => this.pool.isReady(pooled, system.account.get(this.base, pooled.extrinsic.account).nonce))
  }

  /** Lets the time of so many blocks pass. */
  async advance(blocks: number): Promise<void> {
    const BATCH = 500
    for (let done = 0; done < blocks && !this.#closed; done += BATCH) {
      const records: BlockRecord[] = []
      const tells: (() => void)[] = []
      for (let i = done; i < Math.min(blocks, done + BATCH); i++) {
        const [record, tell] = this.#build(BLOCK_MS)
        records.push(record)
        tells.push(tell)
      }
      this.#store(records)
      for (const tell of tells) tell()
      await new Promise(resolve => setImmediate(resolve))
    }
  }

  /** Makes the next block: inherent, transactions, bills. Returns its record and the way to tell everybody. */
  #build(skipMs: number): [BlockRecord, () => void] {
    const parent = this.history.head
    const number = parent.number + 1
    this.#offsetMs += skipMs
    const timeMs = Math.max(Math.floor(this.#options.now() + this.#offsetMs), parent.timeMs + 1)

    const layer = this.#next ?? new Layer(this.base)
    const records: EventRecord[] = this.#nextEvents.map(event => ({ phase: { kind: 'Initialization' }, event }))
    this.#next = undefined
    this.#nextEvents = []
    system.blockNumber.put(layer, number)
    system.parentHash.put(layer, parent.hash)
    system.blockHash.put(layer, parent.hash, parent.number)
    if (number > system.BLOCK_HASH_COUNT) system.blockHash.remove(layer, number - 1 - system.BLOCK_HASH_COUNT)
    timestampNow.put(layer, BigInt(timeMs))

    const extrinsics: Uint8Array[] = [timestampInherent(BigInt(timeMs))]
    const inherentInfo = { weight: { refTime: 0n, proofSize: 0n }, class: 'Mandatory', paysFee: 'Yes' } as const
    records.push({
      phase: { kind: 'ApplyExtrinsic', value: 0 },
      event: system.systemEvents.ExtrinsicSuccess({ dispatchInfo: inherentInfo }),
    })

    const included = this.#include(layer, number, extrinsics, records)
    this.#bill(layer, number, records)

    const { events, eventRecords } = theRuntime()
    layer.write(events.key(), { bytes: encode(eventRecords, records), value: records })
    system.eventCount.put(layer, records.length)

    const before = new Map<string, Cell | undefined>()
    const changes: [string, Cell | undefined][] = []
    for (const [key, cell] of layer.changes) {
      const old = this.base.read(key)
      if (!old && !cell) continue
      before.set(key, old)
      changes.push([key, cell])
      this.base.write(key, cell)
    }
    const header: Header = {
      parentHash: parent.hash,
      number,
      stateRoot: nextStateRoot(parent.header.stateRoot, changes),
      extrinsicsRoot: extrinsicsRoot(extrinsics),
      logs: [],
    }
    const block: Block = { number, hash: headerHash(header), header, timeMs, extrinsics }
    this.history.push(block, before)
    const sealed = { block, records, changed: new Set(before.keys()) }
    const delta: IndexDelta | undefined = this.index.apply(
      records.map(({ event }) => event),
      timeMs,
    )
    const index = delta ? [delta] : []
    const record: BlockRecord = { blocks: [block], changes, offsetMs: this.#offsetMs, snapshot: false, index }
    return [record, () => this.#tell(sealed, included)]
  }

  #include(layer: Layer, number: number, extrinsics: Uint8Array[], records: EventRecord[]): Pooled[] {
    const included: Pooled[] = []
    let bytes = 0
    for (const pooled of this.pool.inOrder()) {
      const { extrinsic } = pooled
      const { nonce } = system.account.get(layer, extrinsic.account)
      if (extrinsic.nonce > nonce) continue
      if (extrinsic.nonce < nonce || pooled.validUntil < number || !this.executive.canPay(layer, extrinsic)) {
        this.pool.remove(pooled, 'invalid')
        continue
      }
      bytes += extrinsic.bytes.length
      if (included.length >= MAX_EXTRINSICS_PER_BLOCK || (bytes > MAX_EXTRINSIC_BYTES && included.length > 0)) break
      const phase = { kind: 'ApplyExtrinsic', value: extrinsics.length } as const
      this.executive.apply(layer, extrinsic, event => records.push({ phase, event }))
      extrinsics.push(extrinsic.bytes)
      this.pool.remove(pooled)
      included.push(pooled)
    }
    return included
  }

  /** On the real chain a worker of the next author sends these bills; here they close the block they fall due in. */
  #bill(layer: Layer, number: number, records: EventRecord[]): void {
    const due = contractsDueAt(layer, number)
    if (due.length === 0) return
    const emit = (event: EventValue) => records.push({ phase: { kind: 'Finalization' }, event })
    for (const contractId of due) {
      const call = theRuntime().call('SmartContractModule', 'billContractForBlock', { contractId })
      this.executive.dispatch(layer, call, { kind: 'signed', account: '0'.repeat(64) }, emit)
    }
  }

  #tell(sealed: SealedBlock, included: readonly Pooled[]): void {
    const { block } = sealed
    const hash = `0x${block.hash}`
    this.#tellListeners(sealed)

    const slow = this.#options.faults.strike('slow-finality')
    // Watchers first hear of the block, then that it is final.
    for (const { notify } of included) notify({ inBlock: hash })
    this.finality.sealed(block.number, slow?.delayMs ?? 0)
    for (const { notify } of included) this.finality.watch(block.number, () => notify({ finalized: hash }))
  }

  /** One listener's fault must not keep the block from the others, nor stay unseen. */
  #tellListeners(sealed: SealedBlock): void {
    for (const listener of this.#listeners) {
      try {
        listener(sealed)
      } catch (error) {
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }

  close(): void {
    if (this.#closed) return
    // What the grid did and no block holds yet must survive too.
    if (this.#next) this.seal()
    this.#closed = true
    clearInterval(this.#beat)
    this.finality.close()
    this.#listeners.clear()
  }
}

function sameAccount(address: string, account: string): boolean {
  return accountOfAddress(address) === account
}
