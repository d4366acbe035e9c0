import { describe, expect, it } from '@jest/globals'

import { Deadline } from '../../../core/deadline.js'
import { Gate } from './gate.js'
import { MemoryBudget } from './memory-budget.js'
import { RateLimit } from './rate-limit.js'

describe('a rate', () => {
  const at = (rate: { perSecond: number; burst: number }) => {
    const clock = { ms: 1_000_000, now: () => clock.ms }
    const limit = new RateLimit(rate, clock)
    const taken = (address: string, times: number) => {
      let count = 0
      for (let i = 0; i < times; i++) {
        try {
          limit.take(address)
          count++
        } catch (error) {
          expect(error).toMatchObject({
            code: 'REGISTRY_RATE',
            headers: { 'retry-after': expect.stringMatching(/^\d+$/) },
          })
        }
      }
      return count
    }
    return { clock, limit, taken }
  }

  it('lets a burst through, and then so many a second', () => {
    const { clock, taken } = at({ perSecond: 10, burst: 5 })
    expect(taken('10.0.0.1', 20)).toBe(5)
    clock.ms += 300
    expect(taken('10.0.0.1', 20)).toBe(3)
    clock.ms += 3_600_000
    expect(taken('10.0.0.1', 20)).toBe(5)
    // A clock that is set back gives nothing and takes nothing.
    clock.ms -= 7_200_000
    expect(taken('10.0.0.1', 20)).toBe(0)
  })

  it('is one for a /64 and for both ways to write an IPv4 address, and apart for others', () => {
    const { taken } = at({ perSecond: 1, burst: 2 })
    expect(taken('2001:db8:0:1::1', 1) + taken('2001:db8::1:0:0:0:7', 5)).toBe(2)
    expect(taken('2001:db8:0:2::1', 5)).toBe(2)
    expect(taken('::ffff:10.0.0.1', 1) + taken('10.0.0.1', 5)).toBe(2)
    expect(taken('10.0.0.2', 5)).toBe(2)
    expect(taken('::1', 5)).toBe(2)
  })

  it('remembers a bounded number of addresses', () => {
    const { limit } = at({ perSecond: 1, burst: 1 })
    for (let i = 0; i < 30_000; i++) limit.take(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`)
    expect(limit.addresses).toBeLessThanOrEqual(20_000)
  })
})

describe('a gate', () => {
  const deadline = () => new Deadline('a turn', 5_000)

  it('lets so many in at once, the others in order', async () => {
    const gate = new Gate({ most: 3, mostWaiting: 100 })
    let inside = 0
    let most = 0
    const order: number[] = []
    await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        gate.run(deadline(), async () => {
          most = Math.max(most, ++inside)
          order.push(i)
          await new Promise(resolve => setImmediate(resolve))
          inside--
        }),
      ),
    )
    expect(most).toBe(3)
    expect(order).toEqual([...order].sort((a, b) => a - b))
    expect([gate.inside, gate.waiting]).toEqual([0, 0])
  })

  it('turns away who would wait as one too many, or too long, and passes on errors', async () => {
    const gate = new Gate({ most: 1, mostWaiting: 1 })
    let open = () => {}
    const first = gate.run(
      deadline(),
      () =>
        new Promise<void>(resolve => {
          open = resolve
        }),
    )
    const second = gate.run(new Deadline('a turn', 20), async () => 'never')
    await expect(gate.run(deadline(), async () => {})).rejects.toMatchObject({ code: 'REGISTRY_BUSY' })
    await expect(second).rejects.toMatchObject({ code: 'REGISTRY_BUSY' })
    open()
    await first
    await expect(gate.run(deadline(), () => Promise.reject(new Error('mine')))).rejects.toThrow('mine')
    expect(await gate.run(deadline(), async () => 'well')).toBe('well')
    expect([gate.inside, gate.waiting]).toEqual([0, 0])
  })
})

describe('a budget of memory', () => {
  it('refuses what does not fit, except when nothing else is there', () => {
    const budget = new MemoryBudget(100)
    budget.take(150)
    expect(() => budget.take(1)).toThrow(expect.objectContaining({ code: 'REGISTRY_BUSY', status: 503 }))
    budget.give(150)
    budget.take(60)
    budget.take(40)
    expect(() => budget.take(1)).toThrow()
    expect(budget.usedBytes).toBe(100)
  })
})
