import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { ApiPromise } from '@polkadot/api'

import { connect, type Fixture, send, startFixture } from '../testing/chain-fixture.js'

let chain: Fixture
let api: ApiPromise
beforeAll(async () => {
  chain = await startFixture()
  api = await connect(chain.url)
})
afterAll(async () => {
  await api?.disconnect()
  await chain?.close()
})
beforeEach(() => chain.faults.clear())

/** The answer to raw bytes. */
const submit = async (hex: string): Promise<{ code?: number; message?: string; data?: unknown; result?: unknown }> => {
  const response = await fetch(chain.url.replace('ws:', 'http:'), {
    method: 'POST',
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'author_submitExtrinsic', params: [hex] }),
  })
  const reply = (await response.json()) as { error?: object; result?: unknown }
  return reply.error ?? { result: reply.result }
}
const signedHex = async (options: object = {}, signer = chain.user) => {
  const tx = await api.tx.system!.remark!('hello').signAsync(signer, { nonce: -1, ...options })
  return tx.toHex()
}
const flip = (hex: string, at: number) => {
  const digit = hex[at] === '0' ? '1' : '0'
  return hex.slice(0, at) + digit + hex.slice(at + 1)
}
const invalid = (data: string) => ({ code: 1010, message: 'Invalid Transaction', data })

describe('the pool refuses', () => {
  it('a signature that is not the sender’s', async () => {
    const hex = await signedHex()
    expect(await submit(flip(hex, 120))).toEqual(invalid('Transaction has a bad signature'))
  })

  it('a signature over another genesis or version', async () => {
    const nonce = (await api.rpc.system.accountNextIndex(chain.user.address)).toNumber()
    const right = {
      genesisHash: api.genesisHash,
      blockHash: api.genesisHash,
      runtimeVersion: api.runtimeVersion,
      nonce,
    }
    const wrong = [
      { genesisHash: `0x${'11'.repeat(32)}` },
      { runtimeVersion: { specVersion: 148, transactionVersion: 2 } },
      { runtimeVersion: { specVersion: 149, transactionVersion: 1 } },
    ]
    const sign = (options: object) =>
      api.tx.system!.remark!('hello')
        .sign(chain.user, { ...right, ...options } as never)
        .toHex()
    for (const options of wrong) expect(await submit(sign(options))).toEqual(invalid('Transaction has a bad signature'))
    expect(await submit(sign({}))).toHaveProperty('result')
  })

  it('a nonce that was used', async () => {
    await send(api, api.tx.system!.remark!('a'), chain.user)
    expect(await submit(await signedHex({ nonce: 0 }))).toEqual(invalid('Transaction is outdated'))
  })

  it('an era that is over', async () => {
    await chain.control.advance(200)
    const blockHash = await api.rpc.chain.getBlockHash(1)
    const era = api.registry.createType('ExtrinsicEra', { current: 1, period: 8 })
    const reply = await submit(await signedHex({ blockHash, era }))
    expect(reply).toEqual(invalid('Transaction has a bad signature'))
  })

  it('a sender who cannot pay', async () => {
    const poor = chain.user.derive('//poor')
    const refused = invalid('Inability to pay some fees , e.g. account balance too low')
    expect(await submit(await signedHex({ nonce: 0 }, poor))).toEqual(refused)
    chain.control.endow(poor.address, 10_200n)
    await chain.control.advance(1)
    expect(await submit(await signedHex({ nonce: 0 }, poor))).toEqual(refused) // it would not stay alive
    chain.control.endow(poor.address, 11_000n)
    await chain.control.advance(1)
    expect(await submit(await signedHex({ nonce: 0 }, poor))).toHaveProperty('result')
  })

  it('bytes that are no extrinsic, each with an error', async () => {
    const hex = await signedHex()
    expect(await submit('0x')).toMatchObject({ code: 1001 })
    expect(await submit('0x00')).toMatchObject({ code: 1002 })
    expect(await submit(hex.slice(0, -2))).toMatchObject({ code: 1001 })
    expect(await submit('0x0c040300')).toMatchObject({ code: 1002 })
    expect(await submit('0x280401000b0000000000000000')).toMatchObject({ code: 1001 })
    expect(await submit('zz')).toMatchObject({ code: -32602 })
  })

  it('the same transaction twice while it waits', async () => {
    const nonce = (await api.rpc.system.accountNextIndex(chain.farmer.address)).toNumber()
    const tx = await api.tx.system!.remark!('later').signAsync(chain.farmer, { nonce: nonce + 1 })
    expect(await submit(tx.toHex())).toEqual({ result: tx.hash.toHex() })
    expect(await submit(tx.toHex())).toMatchObject({ code: 1013 })
    const rival = await api.tx.system!.remark!('rival').signAsync(chain.farmer, { nonce: nonce + 1 })
    expect(await submit(rival.toHex())).toMatchObject({ code: 1014 })
    await send(api, api.tx.system!.remark!('now'), chain.farmer, { nonce })
    expect((await api.rpc.system.accountNextIndex(chain.farmer.address)).toNumber()).toBe(nonce + 2)
  })
})

describe('the pool accepts', () => {
  it('ed25519 and ecdsa signatures', async () => {
    const { Keyring } = await import('@polkadot/api')
    for (const type of ['ed25519', 'ecdsa'] as const) {
      const pair = new Keyring({ type, ss58Format: 42 }).addFromUri(`//${type}`)
      chain.control.endow(pair.address, 1_000_000n)
      await chain.control.advance(1)
      expect((await send(api, api.tx.system!.remark!(type), pair)).error).toBeUndefined()
    }
  })

  it('immortal transactions and tips', async () => {
    expect((await send(api, api.tx.system!.remark!('x'), chain.user, { era: 0, tip: 500 })).error).toBeUndefined()
  })

  it('reports of nodes without a fee', async () => {
    const [node] = chain.nodes
    const now = Math.floor(chain.control.nowMs() / 1000)
    const before = chain.control.balance(node!.address).free
    const { error } = await send(api, api.tx.tfgridModule!.reportUptimeV2!(100, now), node!)
    expect(error).toBeUndefined()
    expect(chain.control.balance(node!.address).free).toBe(before)
    const late = await send(api, api.tx.tfgridModule!.reportUptimeV2!(100, now - 3600), node!)
    expect(late.error).toBe('tfgridModule.InvalidTimestampHint')
    expect(chain.control.balance(node!.address).free).toBeLessThan(before)
  })

  it('calls only root may make, and answers BadOrigin', async () => {
    const { error } = await send(api, api.tx.balances!.forceSetBalance!(chain.user.address, 1), chain.user)
    expect(error).toBe('BadOrigin')
  })
})

describe('faults', () => {
  it('refuse one transaction as a nonce clash, the next passes', async () => {
    chain.faults.set({ kind: 'nonce-clash', times: 2 })
    expect(await submit(await signedHex())).toEqual(invalid('Transaction is outdated'))
    expect(await submit(await signedHex())).toMatchObject({ code: 1014 })
    expect(await submit(await signedHex())).toHaveProperty('result')
  })

  it('leave one account without funds', async () => {
    chain.faults.set({ kind: 'no-funds', address: chain.user.address })
    expect(await submit(await signedHex())).toMatchObject({ code: 1010 })
    expect(await submit(await signedHex({}, chain.stranger))).toHaveProperty('result')
  })

  it('hold finality back, and the head with it', async () => {
    chain.faults.set({ kind: 'slow-finality', delayMs: 300, times: 1 })
    const { blockHash } = await send(api, api.tx.system!.remark!('slow'), chain.user)
    expect((await api.rpc.chain.getFinalizedHead()).toHex()).not.toBe(blockHash)
    const seen = await new Promise<string>(resolve => {
      const stop = api.rpc.chain.subscribeFinalizedHeads(header => {
        if (header.hash.toHex() !== blockHash) return
        void stop.then(end => end())
        resolve(header.hash.toHex())
      })
    })
    expect(seen).toBe(blockHash)
  })

  it('restart the node on the same port with the same state', async () => {
    const height = chain.control.height()
    const lost = new Promise(resolve => api.once('disconnected', resolve))
    const back = new Promise(resolve => api.once('connected', resolve))
    chain.faults.set({ kind: 'chain-restart', downMs: 50, times: 1 })
    await lost
    await back
    await api.isReady
    expect((await api.rpc.chain.getHeader()).number.toNumber()).toBeGreaterThanOrEqual(height)
    expect((await send(api, api.tx.system!.remark!('after'), chain.user)).error).toBeUndefined()
  })
})
