import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, describe, expect, it } from '@jest/globals'

import { startLocalGrid } from './index.js'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

describe('a local grid with real 0-DBs', () => {
  it('starts, ends, and starts again in its folder', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'grid-zdb-'))
    cleanups.push(() => rm(dataDir, { recursive: true, force: true }))
    for (let i = 0; i < 2; i++) {
      const grid = await startLocalGrid({ dataDir, zdb: 'real' })
      cleanups.push(() => grid.close())
      await grid.idle()
      await grid.close()
    }
  }, 60_000)

  it('is not started with a word nobody knows', async () => {
    await expect(startLocalGrid({ zdb: 'imaginary' as 'real' })).rejects.toMatchObject({ code: 'LOCALGRID_OPTION' })
  })
})
