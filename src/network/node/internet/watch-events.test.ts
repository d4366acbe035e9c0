import { readdirSync, readFileSync } from 'node:fs'

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import { eventually } from '../../../../test/support/eventually.js'
import { machineProblem, type NetMachine, netMachine } from '../../../../test/support/net-machine.js'
import { watchEvents } from './watch-events.js'

const problem = machineProblem()
if (problem) process.stderr.write(`skipped: watching a real network, ${problem}\n`)

;(problem ? describe.skip : describe)('watching a network', () => {
  let machine: NetMachine
  beforeEach(async () => {
    machine = await netMachine()
  })
  afterEach(() => machine.close())

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
      await machine.ip('root', 'link', 'add', 'name', 'v0', 'type', 'veth', 'peer', 'name', 'v1')
      await machine.ip('root', 'link', 'delete', 'dev', 'v0')
      return wakes > 0
    })
    expect(wakes).toBe(1)

    process.kill(Number(monitor), 'SIGKILL')
    await eventually('a wake-up for what was missed', () => wakes >= 2)
    await watch.close()
    await eventually('no monitor', () => monitors().filter(one => !mine.has(one)).length === 0)
  })
})
