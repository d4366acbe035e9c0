import { describe, expect, it } from '@jest/globals'

import { KeptOpen } from './kept-open.js'

class Thing {
  closed = 0
  async close(): Promise<void> {
    this.closed++
  }
}

describe('what is kept open', () => {
  it('is opened once for all who want it, and stays open for the next', async () => {
    const kept = new KeptOpen<Thing>(2)
    const thing = new Thing()
    let opened = 0
    const open = async () => {
      opened++
      return thing
    }
    const leases = await Promise.all([kept.take('a', open), kept.take('a', open)])
    for (const lease of leases) await lease?.release()
    expect((await kept.take('a', open))?.value).toBe(thing)
    expect([opened, thing.closed]).toEqual([1, 0])
  })

  it('is no more than so many: what was used longest ago is closed, once nobody has it', async () => {
    const kept = new KeptOpen<Thing>(2)
    const things = ['a', 'b', 'c'].map(name => ({ name, thing: new Thing() }))
    const [a, b] = things.map(({ thing }) => thing) as [Thing, Thing, Thing]
    const leases = []
    for (const { name, thing } of things) leases.push(await kept.take(name, async () => thing))
    expect(a.closed).toBe(0)
    await leases[0]?.release()
    await leases[0]?.release()
    expect([a.closed, b.closed]).toEqual([1, 0])
    await leases[1]?.release()
    kept.dropAll()
    await Promise.resolve()
    await Promise.resolve()
    expect([a.closed, b.closed]).toEqual([1, 1])
  })

  it('is given to nobody else once it is dropped', async () => {
    const kept = new KeptOpen<Thing>(2)
    const [old, next] = [new Thing(), new Thing()]
    const lease = await kept.take('a', async () => old)
    kept.drop('a')
    expect((await kept.take('a', async () => next))?.value).toBe(next)
    expect(old.closed).toBe(0)
    await lease?.release()
    expect([old.closed, next.closed]).toEqual([1, 0])
  })

  it.each([
    ['is not there', async () => undefined],
    [
      'fails',
      async () => {
        throw new Error('no')
      },
    ],
  ])('is asked for again when what was opened %s', async (_, open) => {
    const kept = new KeptOpen<Thing>(2)
    expect(await kept.take('a', open)).toBeUndefined()
    const thing = new Thing()
    expect((await kept.take('a', async () => thing))?.value).toBe(thing)
  })
})
