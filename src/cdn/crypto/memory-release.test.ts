import { describe, expect, it } from '@jest/globals'

import { createMemoryRelease } from './memory-release.js'

const MiB = 1024 * 1024

describe('memory that is released', () => {
  it('is out of reach, and the next piece takes its place', async () => {
    const release = await createMemoryRelease()
    const before = process.memoryUsage().arrayBuffers
    for (let i = 0; i < 200; i++) {
      const bytes = new Uint8Array(MiB).fill(1)
      release(bytes)
      expect(bytes.length).toBe(0)
    }
    // Two hundred of them were there; the collector may not have seen one of them.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10 * MiB)
  })

  it('is left alone when it is shared', async () => {
    const release = await createMemoryRelease()
    const whole = new Uint8Array(10)
    release(whole.subarray(2, 4))
    expect(whole.length).toBe(10)
  })
})
