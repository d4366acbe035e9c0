/** Lines that are cut at any moment of a submission: its calls take effect once, and it is told so. */
import { describe, expect, it } from '@jest/globals'

import type { SubmissionIntent } from '../../src/chain/port.js'
import { everMade, nameContract, proxiedWriter, SUBMIT, tearDown } from '../support/chain-rig.js'
import type { Frame, FrameProxy, Verdict } from '../support/frame-proxy.js'
import { expectNoNoise } from '../support/no-noise.js'

expectNoNoise(tearDown)

const IN_TIME = { timeoutMs: 10_000 }
const once = (matches: (frame: Frame) => boolean, verdict: Verdict) => {
  let struck = false
  return (frame: Frame): Verdict => {
    if (struck || !matches(frame)) return 'pass'
    struck = true
    return verdict
  }
}
const method = (name: string) => (frame: Frame) => frame.method === name
/** A notification of the pool with this word in it. */
const told = (word: string) => (frame: Frame) =>
  frame.method === 'author_extrinsicUpdate' && JSON.stringify(frame.params).includes(word)

describe('a connection that is cut while a submission is under way', () => {
  it.each<[string, (proxy: FrameProxy) => void]>([
    ['before the nonce is read', proxy => (proxy.onQuestion = once(method('system_accountNextIndex'), 'cut'))],
    ['before the bytes arrive', proxy => (proxy.onQuestion = once(method(SUBMIT), 'cut'))],
    ['when the bytes have arrived, before anything is told', proxy => (proxy.onAnswer = once(method(SUBMIT), 'cut'))],
    ['when the bytes are accepted', proxy => (proxy.onAnswer = once(method(SUBMIT), 'pass-and-cut'))],
    ['when the pool tells the block', proxy => (proxy.onAnswer = once(told('inBlock'), 'cut'))],
    ['when the pool has told the block', proxy => (proxy.onAnswer = once(told('inBlock'), 'pass-and-cut'))],
    ['when the block is read', proxy => (proxy.onAnswer = once(method('chain_getBlock'), 'cut'))],
    ['when the events are read', proxy => (proxy.onAnswer = once(method('state_getStorage'), 'cut'))],
    ['when finality is told', proxy => (proxy.onAnswer = once(method('chain_finalizedHead'), 'cut'))],
  ])('%s: the calls take effect once, and it is told', async (_, misbehave) => {
    const { rig, proxy, port, messages } = await proxiedWriter()
    misbehave(proxy)
    const intents: SubmissionIntent[] = []
    const done = await port.submit([nameContract('hello')], {
      ...IN_TIME,
      onIntent: intent => void intents.push(intent),
    })
    expect(done.created).toHaveLength(1)
    expect(everMade(rig, 'hello')).toBe(1)
    expect(intents.map(intent => intent.extrinsicHash)).toEqual([done.extrinsicHash])
    expect(messages.map(message => message.code)).toEqual(['CHAIN_RECONNECTED'])
    // And the next one finds everything in order.
    expect((await port.submit([nameContract('world')], IN_TIME)).created).toHaveLength(1)
  })

  it('again and again', async () => {
    const { rig, proxy, port } = await proxiedWriter()
    let frames = 0
    proxy.onAnswer = () => (++frames % 11 === 0 && frames < 100 ? 'cut' : 'pass')
    const all = await Promise.all(
      Array.from({ length: 8 }, (_, i) => port.submit([nameContract(`name${i}`)], { timeoutMs: 20_000 })),
    )
    expect(all.flatMap(one => one.created)).toHaveLength(8)
    for (let i = 0; i < 8; i++) expect(everMade(rig, `name${i}`)).toBe(1)
  })

  it('at any frame, whichever it is', async () => {
    const { rig, proxy, port } = await proxiedWriter()
    for (let at = 1; at <= 14; at++) {
      let frames = 0
      proxy.onAnswer = () => (++frames === at ? 'cut' : 'pass')
      const done = await port.submit([nameContract(`name${at}`)], IN_TIME)
      expect(done.created).toHaveLength(1)
      expect(everMade(rig, `name${at}`)).toBe(1)
    }
  })
})
