/** What else goes wrong between a client and a chain: calls take effect once or not at all, and are told so. */
import { describe, expect, it } from '@jest/globals'

import type { SubmissionIntent } from '../../src/chain/port.js'
import {
  chainRig,
  connected,
  everMade,
  nameContract,
  proxied,
  proxiedWriter,
  richIdentity,
  SUBMIT,
  tearDown,
  writer,
} from '../support/chain-rig.js'
import type { Frame, FrameProxy } from '../support/frame-proxy.js'
import { expectNoNoise } from '../support/no-noise.js'

expectNoNoise(tearDown)

const IN_TIME = { timeoutMs: 10_000 }
const method = (name: string) => (frame: Frame) => frame.method === name

describe('a chain that tells little', () => {
  it.each<[string, (frame: Frame) => boolean]>([
    ['nothing of the pool', method('author_extrinsicUpdate')],
    ['nothing of new blocks', frame => /newHead|finalizedHead/.test(frame.method ?? '')],
    ['nothing at all', frame => frame.params !== undefined],
  ])('is asked instead: %s', async (_, matches) => {
    const { rig, proxy, port } = await proxiedWriter()
    proxy.onAnswer = frame => (matches(frame) ? 'lose' : 'pass')
    const done = await port.submit([nameContract('hello')], IN_TIME)
    expect(done.created).toHaveLength(1)
    expect(everMade(rig, 'hello')).toBe(1)
  })

  it('of the blocks that have passed is asked for them before anything is signed', async () => {
    const { rig, proxy, port } = await proxiedWriter()
    proxy.onAnswer = frame => (/newHead|finalizedHead/.test(frame.method ?? '') ? 'lose' : 'pass')
    await rig.control.advance(100)
    const intents: SubmissionIntent[] = []
    const onIntent = (intent: SubmissionIntent) => void intents.push(intent)
    expect((await port.submit([nameContract('hello')], { ...IN_TIME, onIntent })).created).toHaveLength(1)
    expect(intents[0]?.validUntilBlock).toBeGreaterThan(rig.control.height() + 50)
  })

  it('and knows no subscriptions is asked instead', async () => {
    const rig = await chainRig()
    const proxy = await proxied(rig.url)
    proxy.onAnswer = ({ id, method }) =>
      /subscribe/.test(method ?? '') && id !== undefined
        ? { replaceBy: `{"jsonrpc":"2.0","id":${id},"error":{"code":-32601,"message":"Method not found"}}` }
        : 'pass'
    const { port } = await writer(rig, proxy.url)
    expect((await port.submit([nameContract('hello')], IN_TIME)).created).toHaveLength(1)
  })

  it('tells notifications that are garbage is not believed', async () => {
    const { proxy, port } = await proxiedWriter()
    const garbage: unknown[] = [
      null,
      7,
      'x',
      [],
      { inBlock: 5 },
      { inBlock: `0x${'9'.repeat(64)}` },
      { number: '0xzz' },
    ]
    let next = 0
    proxy.onAnswer = frame => {
      if (frame.params === undefined || frame.method === undefined || next >= garbage.length) return 'pass'
      const params = { ...(frame.params as object), result: garbage[next++] }
      return { replaceBy: JSON.stringify({ jsonrpc: '2.0', method: frame.method, params }) }
    }
    expect((await port.submit([nameContract('hello')], IN_TIME)).created).toHaveLength(1)
    expect((await port.submit([nameContract('world')], IN_TIME)).created).toHaveLength(1)
  })
})

describe('a pool that takes the bytes and keeps them from everybody', () => {
  /** Says yes to what is submitted and passes none of it on. */
  const swallow = (proxy: FrameProxy, howOften: number) => {
    let swallowed = 0
    proxy.onQuestion = frame =>
      frame.method === SUBMIT && swallowed++ < howOften
        ? { replaceBy: JSON.stringify({ ...frame, method: 'system_chain', params: [] }) }
        : 'pass'
  }

  it('is found out when the era is over: nothing was written', async () => {
    const { rig, proxy, port } = await proxiedWriter()
    swallow(proxy, Number.POSITIVE_INFINITY)
    const lost = port.submit([nameContract('hello')], { ...IN_TIME, onIntent: () => void rig.control.advance(70) })
    await expect(lost).rejects.toMatchObject({
      code: 'CHAIN_LOST',
      details: { nonce: 1, extrinsicHash: expect.stringMatching(/^0x/) },
    })
    expect(everMade(rig, 'hello')).toBe(0)
  })

  it('is sent the bytes again after some blocks', async () => {
    const { rig, proxy, port } = await proxiedWriter()
    swallow(proxy, 1)
    const onIntent = () => void setTimeout(() => void rig.control.advance(8), 50)
    const done = await port.submit([nameContract('hello')], { ...IN_TIME, onIntent })
    expect(done.created).toHaveLength(1)
    expect(everMade(rig, 'hello')).toBe(1)
  })

  it('is found out when another has used the nonce: the calls are signed anew, once', async () => {
    const rig = await chainRig()
    const proxy = await proxied(rig.url)
    const { port: other, identity } = await writer(rig)
    const port = await connected({ url: proxy.url, identity })
    swallow(proxy, 1)
    const intents: SubmissionIntent[] = []
    const first = port.submit([nameContract('mine')], {
      ...IN_TIME,
      onIntent: intent => {
        intents.push(intent)
        if (intents.length === 1) setTimeout(() => void other.submit([nameContract('theirs')], IN_TIME), 100)
      },
    })
    const done = await first
    expect(done.created).toHaveLength(1)
    expect(intents.map(intent => intent.nonce)).toEqual([1, 2])
    expect(done.extrinsicHash).toBe(intents[1]?.extrinsicHash)
    expect([everMade(rig, 'mine'), everMade(rig, 'theirs')]).toEqual([1, 1])
  })
})

describe('finality that is slow', () => {
  it('is waited for, unless a block is enough', async () => {
    const rig = await chainRig()
    const { port } = await writer(rig)
    rig.faults.set({ kind: 'slow-finality', delayMs: 400, times: 1 })
    const quick = await port.submit([nameContract('quick')], { ...IN_TIME, until: 'inBlock' })
    expect(quick.created).toHaveLength(1)
    expect(await port.finalizedHeight()).toBeLessThan(quick.blockNumber)

    rig.faults.set({ kind: 'slow-finality', delayMs: 300, times: 1 })
    const order: string[] = []
    const sure = await port.submit([nameContract('sure')], { ...IN_TIME, onIncluded: () => order.push('block') })
    order.push('final')
    expect(order).toEqual(['block', 'final'])
    expect(await port.finalizedHeight()).toBeGreaterThanOrEqual(sure.blockNumber)
  })

  it('beyond the deadline is told as such, with what may still happen', async () => {
    const rig = await chainRig()
    const { port } = await writer(rig)
    rig.faults.set({ kind: 'slow-finality', delayMs: 60_000, times: 1 })
    const intents: SubmissionIntent[] = []
    const late = port.submit([nameContract('late')], { timeoutMs: 300, onIntent: intent => void intents.push(intent) })
    await expect(late).rejects.toMatchObject({
      code: 'DEADLINE',
      message: 'createNameContract to be final did not happen within 300 ms',
      hint: expect.stringContaining('may still be included, up to block 6'),
    })
    const error = await late.catch(reason => reason)
    expect(error.details).toMatchObject({ extrinsicHash: intents[0]?.extrinsicHash, nonce: 1 })
  })
})

describe('a chain that restarts', () => {
  it.each([0, 5, 20])('in the middle is waited for (%d ms after the intent)', async delayMs => {
    const rig = await chainRig()
    const { port } = await writer(rig)
    const onIntent = () => {
      setTimeout(() => rig.faults.set({ kind: 'chain-restart', downMs: 150, times: 1 }), delayMs)
    }
    const done = await port.submit([nameContract('hello')], { ...IN_TIME, onIntent })
    expect(done.created).toHaveLength(1)
    expect(everMade(rig, 'hello')).toBe(1)
  })

  it('is read again when it is back', async () => {
    const rig = await chainRig()
    const { port, twinId } = await writer(rig)
    rig.faults.set({ kind: 'chain-restart', downMs: 200, times: 1 })
    expect((await port.twin(twinId))?.id).toBe(twinId)
  })

  it('as another chain is refused', async () => {
    const rig = await chainRig()
    const other = await chainRig()
    const proxy = await proxied(rig.url)
    const port = await connected({ url: proxy.url })
    proxy.redirect(other.url)
    proxy.cut()
    await expect(port.height()).rejects.toMatchObject({
      code: 'CHAIN_REPLY',
      message: expect.stringContaining('another chain'),
    })
  })

  it('with a newer runtime is understood anew', async () => {
    const { proxy, port } = await proxiedWriter()
    let upgraded = false
    const version = { specName: 'substrate-threefold', specVersion: 999, transactionVersion: 2, apis: [] }
    proxy.onAnswer = ({ id, method }) =>
      upgraded && method === 'state_getRuntimeVersion'
        ? {
            replaceBy: JSON.stringify({
              jsonrpc: '2.0',
              id,
              result: { ...version, implName: 'x', implVersion: 1, authoringVersion: 1 },
            }),
          }
        : 'pass'
    upgraded = true
    const before = proxy.asked.filter(asked => asked === 'state_getMetadata').length
    // Signed for another version than the chain's: refused, and then signed for the version it now claims.
    proxy.onQuestion = () => 'pass'
    const refusal = '{"code":1010,"message":"Invalid Transaction","data":"Transaction has a bad signature"}'
    const honest = proxy.onAnswer
    let refused = 0
    proxy.onAnswer = frame => {
      if (frame.method === SUBMIT && frame.id !== undefined && refused++ === 0) {
        return { replaceBy: `{"jsonrpc":"2.0","id":${frame.id},"error":${refusal}}` }
      }
      return honest(frame)
    }
    // The chain itself has not changed, so it refuses the second signature; what matters is that the metadata was read.
    await expect(port.submit([nameContract('hello')], IN_TIME)).rejects.toMatchObject({ code: 'CHAIN_REJECTED' })
    expect(proxy.asked.filter(asked => asked === 'state_getMetadata').length).toBe(before + 1)
  })
})

describe('waiting', () => {
  it('for a chain that is silent ends at the deadline', async () => {
    const { proxy, port } = await proxiedWriter()
    proxy.onQuestion = () => 'lose'
    await expect(port.submit([nameContract('hello')], { timeoutMs: 200 })).rejects.toMatchObject({ code: 'DEADLINE' })
  })

  it('for a chain that is gone ends at the deadline, with the reason', async () => {
    const { proxy, port } = await proxiedWriter()
    await proxy.close()
    await expect(port.submit([nameContract('hello')], { timeoutMs: 400 })).rejects.toMatchObject({
      code: 'DEADLINE',
      cause: { code: 'CHAIN_UNREACHABLE' },
    })
  })

  it('in vain shows no key that the address carries', async () => {
    const { connectChain } = await import('../../src/chain/polkadot/index.js')
    const error = await connectChain({ url: 'ws://user:pass@127.0.0.1:1/ws?apikey=s3cret' }).catch(reason => reason)
    expect(error).toMatchObject({ code: 'CHAIN_UNREACHABLE', where: 'ws://127.0.0.1:1/ws' })
    expect(JSON.stringify(error)).not.toMatch(/s3cret|pass/)
  })

  it('for a turn ends at the deadline, and the turn passes on', async () => {
    const rig = await chainRig()
    const { port } = await writer(rig)
    let release = () => {}
    const held = new Promise<void>(resolve => {
      release = resolve
    })
    const first = port.submit([nameContract('first')], { ...IN_TIME, onIntent: () => held })
    await expect(port.submit([nameContract('second')], { timeoutMs: 100 })).rejects.toMatchObject({ code: 'DEADLINE' })
    const third = port.submit([nameContract('third')], IN_TIME)
    release()
    expect((await first).created).toHaveLength(1)
    expect((await third).created).toHaveLength(1)
    expect(everMade(rig, 'second')).toBe(0)
  })

  it('ends when the caller cancels, before or after sending', async () => {
    const rig = await chainRig()
    const { port } = await writer(rig)
    const before = new AbortController()
    before.abort()
    await expect(port.submit([nameContract('never')], { ...IN_TIME, signal: before.signal })).rejects.toMatchObject({
      code: 'CANCELLED',
    })
    expect(everMade(rig, 'never')).toBe(0)

    rig.faults.set({ kind: 'slow-finality', delayMs: 60_000, times: 1 })
    const after = new AbortController()
    const cancelled = port.submit([nameContract('maybe')], {
      ...IN_TIME,
      signal: after.signal,
      onIncluded: () => after.abort(),
    })
    await expect(cancelled).rejects.toMatchObject({ code: 'CANCELLED', details: { nonce: 1 } })
    expect(everMade(rig, 'maybe')).toBe(1)
  })
})

describe('closing', () => {
  it('lets what is under way end, and refuses what comes later', async () => {
    const rig = await chainRig()
    const { port } = await writer(rig)
    rig.faults.set({ kind: 'slow-finality', delayMs: 200, times: 1 })
    const under = port.submit([nameContract('hello')], IN_TIME)
    const closed = port.close()
    await expect(port.submit([nameContract('late')], IN_TIME)).rejects.toMatchObject({ code: 'CHAIN_CLOSED' })
    expect((await under).created).toHaveLength(1)
    await closed
    await port.close()
    await expect(port.height()).rejects.toMatchObject({ code: 'CHAIN_CLOSED' })
  })
})

describe('two clients in one process', () => {
  it('on two chains share nothing', async () => {
    const [one, two] = await Promise.all([chainRig(), chainRig()])
    const identity = await richIdentity(one)
    two.control.endow(identity.address, 10_000_000n)
    const [a, b] = await Promise.all([one, two].map(rig => connected({ url: rig.url, identity })))
    if (!a || !b) throw new Error('not connected')
    expect(await a.genesisHash()).not.toBe(await b.genesisHash())
    await a.submit([{ kind: 'acceptTerms', link: 'x', hash: 'y' }], IN_TIME)
    expect(await a.termsAccepted(identity.address)).toBe(true)
    expect(await b.termsAccepted(identity.address)).toBe(false)
    expect(await b.nonces(identity.address)).toEqual({ next: 0, included: 0 })
    await a.close()
    await b.submit([{ kind: 'acceptTerms', link: 'x', hash: 'y' }], IN_TIME)
  })
})
