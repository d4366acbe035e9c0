import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import { canBuildLabs, eventually } from '../../../../test/support/node-lab.js'
import { type LabMachine, startMachine } from '../lab/machine.js'
import { watchEvents } from './watch-events.js'

const describeWithLab = canBuildLabs() ? describe : describe.skip

describeWithLab('watching a network', () => {
  let folder: string
  let machine: LabMachine
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hyphae-watch-'))
    machine = await startMachine({ name: 'node1', folder })
  })
  afterEach(async () => {
    await machine.stop()
    rmSync(folder, { recursive: true })
  })

  /** In the machine: others may watch theirs at the same time. */
  const monitors = async () => {
    const args = ['-f', '^ip monitor']
    const { stdout } = await machine.runner.run({ namespace: 'root', program: 'pgrep', args, mayFail: true })
    return stdout.split('\n').filter(line => line !== '')
  }

  it('wakes once for many events, and again after its process was killed', async () => {
    let wakes = 0
    const debounceMs = 100
    const watch = watchEvents({ runner: machine.runner, namespace: 'root', onWake: () => wakes++, debounceMs })
    try {
      await eventually('the monitor', async () => (await monitors()).length === 1)
      const since = performance.now()
      await eventually('an event', async () => {
        await machine.run('ip', 'link', 'add', 'name', 'v0', 'type', 'veth', 'peer', 'name', 'v1')
        await machine.run('ip', 'link', 'delete', 'dev', 'v0')
        return wakes > 0
      })
      expect(wakes).toBeLessThanOrEqual(Math.ceil((performance.now() - since) / debounceMs))

      const before = wakes
      await machine.run('kill', '-KILL', ...(await monitors()))
      await eventually('a wake-up for what was missed', () => wakes > before)
    } finally {
      await watch.close()
    }
    await eventually('no monitor', async () => (await monitors()).length === 0)
  })
})
