import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
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

  const monitors = () =>
    readdirSync('/proc').filter(name => {
      try {
        const words = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0')
        return (
          words[0] === 'ip' &&
          words[1] === 'monitor' &&
          readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]?.[0] !== 'Z'
        )
      } catch {
        return false
      }
    })

  it('wakes once for many events, and again after its process was killed', async () => {
    let wakes = 0
    const mine = new Set(monitors())
    const watch = watchEvents({ runner: machine.runner, namespace: 'root', onWake: () => wakes++, debounceMs: 100 })
    const [monitor] = await eventually('the monitor', () => {
      const found = monitors().filter(one => !mine.has(one))
      return found.length > 0 && found
    })
    await eventually('an event', async () => {
      await machine.run('ip', 'link', 'add', 'name', 'v0', 'type', 'veth', 'peer', 'name', 'v1')
      await machine.run('ip', 'link', 'delete', 'dev', 'v0')
      return wakes > 0
    })
    expect(wakes).toBe(1)

    process.kill(Number(monitor), 'SIGKILL')
    await eventually('a wake-up for what was missed', () => wakes >= 2)
    await watch.close()
    await eventually('no monitor', () => monitors().filter(one => !mine.has(one)).length === 0)
  })
})
