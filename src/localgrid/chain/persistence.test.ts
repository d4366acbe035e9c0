import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { utf8 } from '../../core/bytes.js'
import type { Store } from '../ports.js'
import { folderStore } from '../store.js'
import { addressOfAccount } from './runtime/ss58.js'
import { type Bare, bareChain, hash, USER } from './testing/bare-chain.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hyphae-chain-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A store in memory that can be looked into and cut off. */
function recording(records: unknown[] = []): Store & { readonly records: unknown[] } {
  return {
    records,
    read: () => structuredClone(records),
    append: (_, record) => void records.push(structuredClone(record)),
    rewrite: (_, next) => void records.splice(0, records.length, ...structuredClone([...next])),
    close: () => {},
  }
}

/** Everything two chains must agree on. */
function picture({ chain, control }: Bare) {
  const state = [...chain.base.entries()].map(([key, cell]) => `${key}=${Buffer.from(cell.bytes).toString('hex')}`)
  return {
    genesis: chain.genesisHash,
    head: chain.history.head.hash,
    hashes: chain.history.kept.map(block => block.hash),
    state: state.sort(),
    nonce: chain.nextNonce(USER),
    contracts: control.contracts(),
    bills: control.bills(1n),
    balance: control.balance(addressOfAccount(USER)),
  }
}

async function busy(store: Store): Promise<Bare> {
  const bare = await bareChain({ store, genesis: { billingFrequency: 10 } })
  bare.nodeContract(USER, { publicIps: 1 })
  bare.nodeContract(USER, { deploymentHash: hash(2) })
  bare.call(USER, 'TFKVStore', 'set', { key: utf8('k'), value: utf8('v') })
  await bare.control.advance(50)
  bare.call(USER, 'SmartContractModule', 'cancelContract', { contractId: 2n })
  return bare
}

describe('a chain that is started again', () => {
  it('is the same to the last block, without having been closed', async () => {
    const store = recording()
    const first = await busy(store)
    const again = await bareChain({ store: recording(store.records), seed: false })
    const before = picture(first)
    expect(again.chain.history.byNumber(first.chain.history.head.number)?.hash).toBe(before.head)
    expect(again.chain.genesisHash).toBe(before.genesis)
    expect(again.control.contracts()).toEqual(before.contracts)
    expect(again.control.bills(1n)).toEqual(before.bills)
    expect(again.control.balance(addressOfAccount(USER))).toEqual(before.balance)
  })

  it('goes on from a snapshot as from the blocks', async () => {
    const store = recording()
    const first = await busy(store)
    const { chain } = first
    const blocks = chain.history.kept.map(block => ({ ...block, extrinsics: block.extrinsics ?? [] }))
    chain.journal.compact(chain.base, blocks, 0, chain.index.snapshot())
    expect(store.records).toHaveLength(2)
    first.call(USER, 'TFKVStore', 'delete', { key: utf8('k') })
    const before = picture(first)
    const again = await bareChain({ store: recording(store.records), seed: false })
    expect(again.chain.history.byNumber(first.chain.history.head.number)?.hash).toBe(before.head)
    expect(again.control.contracts()).toEqual(before.contracts)
    expect(again.control.bills(1n)).toEqual(before.bills)
  })

  it('ends at the last whole record when the log is cut anywhere', async () => {
    const store = recording()
    await busy(store)
    for (const length of [1, 2, 3, store.records.length - 1]) {
      const again = await bareChain({ store: recording(store.records.slice(0, length)), seed: false })
      expect(again.chain.genesisHash).toBe((store.records[0] as { hash: string }).hash)
      expect(again.chain.history.head.number).toBeGreaterThanOrEqual(length - 1)
    }
  })

  it('keeps its own rules, whatever it is started with', async () => {
    const store = recording()
    const first = await bareChain({ store, genesis: { gracePeriodBlocks: 7, tftPriceMilliUsd: 80 } })
    const again = await bareChain({ store: recording(store.records), seed: false, genesis: { tftPriceMilliUsd: 20 } })
    expect(again.control.tftPriceMilliUsd()).toBe(80)
    expect(again.chain.executive.constants.gracePeriodBlocks).toBe(7)
    expect(again.chain.genesisHash).toBe(first.chain.genesisHash)
  })

  it('refuses a log that is damaged, by name', async () => {
    const store = recording()
    await busy(store)
    const damaged = [...store.records]
    damaged[2] = { kind: 'block', blocks: [{ header: 'zz' }] }
    await expect(bareChain({ store: recording(damaged), seed: false })).rejects.toMatchObject({
      code: 'LOCALGRID_DATA',
    })
    await expect(
      bareChain({ store: recording([{ kind: 'genesis', version: 99 }]), seed: false }),
    ).rejects.toMatchObject({
      code: 'LOCALGRID_DATA',
    })
  })

  it('comes back from a folder', async () => {
    const store = folderStore(folder)
    const first = await busy(store)
    const { genesis, head } = picture(first)
    store.close()
    const reopened = folderStore(folder)
    const again = await bareChain({ store: reopened, seed: false })
    expect(again.chain.genesisHash).toBe(genesis)
    expect(again.chain.history.byNumber(first.chain.history.head.number)?.hash).toBe(head)
    reopened.close()
  })

  it('has a genesis of its own when it begins', async () => {
    const [a, b] = await Promise.all([bareChain(), bareChain()])
    expect(a.chain.genesisHash).not.toBe(b.chain.genesisHash)
  })
})

describe('old blocks', () => {
  it('are forgotten, but never the first one nor the hashes an era may need', async () => {
    const { chain, control } = await bareChain({ seed: false })
    await control.advance(4000)
    expect(chain.history.byNumber(0)?.hash).toBe(chain.genesisHash)
    expect(chain.history.byNumber(chain.history.head.number - 2400)).toBeDefined()
    expect(chain.history.byNumber(1)).toBeUndefined()
    expect(chain.history.stateAt(chain.history.head.number - 200)).toBeDefined()
    expect(chain.history.stateAt(chain.history.head.number - 1000)).toBeUndefined()
  })
})
