import { afterEach, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { eventually } from '../../../../test/support/eventually.js'
import type { Clock } from '../../../core/clock.js'
import { NodeNetworkError } from '../../../errors/node-network.js'
import { type BringUpOptions, bringUp } from './bring-up.js'
import { type BringUpEvent, type BringUpState, firstState, nextState } from './bring-up-state.js'

const error = { code: 'NODE_NET_NO_GATEWAY', message: 'no way out' }
const events = {
  recovered: { kind: 'recovered', at: 1 },
  probed: { kind: 'probed', at: 2 },
  chosen: { kind: 'chosen', at: 3, uplink: 'eth0' },
  configured: { kind: 'configured', at: 4 },
  connected: { kind: 'connected', at: 5 },
  lost: { kind: 'lost', at: 6 },
  failed: { kind: 'failed', at: 7, error, nextAt: 9 },
  retry: { kind: 'retry', at: 9 },
} as const satisfies Record<string, BringUpEvent>
type Kind = keyof typeof events

const stateAfter = (...kinds: readonly Kind[]): BringUpState =>
  kinds.reduce((state, kind) => nextState(state, events[kind]), firstState(0))
const way = ['recovered', 'probed', 'chosen', 'configured', 'connected'] as const

describe('the state of bring-up', () => {
  it.each<[BringUpState['phase'], readonly Kind[]]>([
    ['recovering', []],
    ['probing', way.slice(0, 1)],
    ['choosing', way.slice(0, 2)],
    ['configuring', way.slice(0, 3)],
    ['waiting-for-lease', way.slice(0, 4)],
    ['online', way],
    ['waiting-for-lease', [...way, 'lost']],
    ['online', [...way, 'lost', 'connected']],
    ['no-uplink', ['failed']],
    ['no-uplink', [...way.slice(0, 2), 'failed']],
    ['no-uplink', [...way, 'lost', 'failed']],
    ['recovering', ['failed', 'retry']],
    // Of no meaning where they come.
    ['recovering', ['probed', 'connected', 'lost', 'retry']],
    ['online', [...way, 'failed', 'recovered', 'retry']],
    ['no-uplink', ['failed', 'failed', 'recovered', 'connected']],
  ])('is %s after %j', (phase, kinds) => {
    expect(stateAfter(...kinds).phase).toBe(phase)
  })

  it('counts attempts, and tells when the next one is and why the last one failed', () => {
    expect(stateAfter('failed')).toEqual({ phase: 'no-uplink', since: 7, attempt: 1, nextAt: 9, lastError: error })
    expect(stateAfter('failed', 'retry')).toEqual({ phase: 'recovering', since: 9, attempt: 2, lastError: error })
    expect(stateAfter('failed', 'retry', ...way)).toEqual({ phase: 'online', since: 5, attempt: 1, uplink: 'eth0' })
  })

  it('is frozen and consistent whatever happens', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...(Object.keys(events) as Kind[]))), kinds => {
        const state = stateAfter(...kinds)
        expect(Object.isFrozen(state) && state.attempt >= 1).toBe(true)
        expect(state.nextAt !== undefined).toBe(state.phase === 'no-uplink')
        if (state.phase === 'no-uplink') expect(state.lastError).toBeDefined()
        if (state.phase === 'online') expect([state.lastError, state.uplink]).toEqual([undefined, 'eth0'])
        // There is always a way on.
        expect(Object.values(events).some(event => nextState(state, event) !== state)).toBe(true)
      }),
    )
  })
})

describe('bringing up', () => {
  let end = new AbortController()
  afterEach(() => end.abort())

  const start = (more: Partial<BringUpOptions<{ nic: string }>> = {}) => {
    end = new AbortController()
    const phases: string[] = []
    const up = bringUp({
      recover: async () => {},
      probe: async () => [],
      choose: () => ({ nic: 'eth0' }),
      apply: async () => {},
      connected: async () => true,
      onState: ({ phase }) => phases.push(phase),
      signal: end.signal,
      backoff: { firstMs: 1, factor: 1.5, maxMs: 5 },
      checkMs: 1,
      ...more,
    })
    return { up, phases }
  }

  it('goes from power-on to online', async () => {
    const { up, phases } = start()
    expect(await up.whenOnline()).toMatchObject({ phase: 'online', uplink: 'eth0' })
    expect(phases).toEqual(['recovering', 'probing', 'choosing', 'configuring', 'waiting-for-lease', 'online'])
  })

  it('tries again for ever, with growing pauses, until it works', async () => {
    const pauses: number[] = []
    let now = 0
    const clock: Clock = {
      now: () => now,
      sleep: async ms => {
        pauses.push(ms)
        now += ms
      },
    }
    let attempts = 0
    const choose = () => {
      if (++attempts <= 20) throw new NodeNetworkError('NODE_NET_NO_GATEWAY', 'no way out')
      end.abort()
      return { nic: 'eth1' }
    }
    const { up } = start({ choose, clock, backoff: { firstMs: 500, factor: 1.5, maxMs: 60_000 } })
    await up.ended
    expect(attempts).toBe(21)
    expect(pauses.slice(0, 3)).toEqual([500, 750, 1125])
    expect(Math.max(...pauses)).toBe(60_000)
    await expect(up.whenOnline()).rejects.toMatchObject({ code: 'CANCELLED' })
  })

  it('can be asked at any time where it stands', async () => {
    const { up } = start({
      choose: () => {
        throw new NodeNetworkError('NODE_NET_NO_GATEWAY', 'no way out')
      },
      backoff: { firstMs: 60_000, factor: 1, maxMs: 60_000 },
    })
    await eventually('the first failure', () => up.state.phase === 'no-uplink')
    expect(up.state).toMatchObject({ attempt: 1, lastError: { code: 'NODE_NET_NO_GATEWAY', message: 'no way out' } })
    expect((up.state.nextAt as number) - up.state.since).toBe(60_000)
    up.wake()
    await eventually('the second', () => up.state.attempt === 2 && up.state.phase === 'no-uplink')
  })

  it('waits when the connection is lost, and probes again when it stays away', async () => {
    let works = true
    let probes = 0
    const { up, phases } = start({
      connected: async () => works,
      probe: async () => {
        probes++
        return []
      },
      leaseMs: 30,
    })
    await up.whenOnline()
    works = false
    await eventually('another attempt', () => probes >= 2)
    works = true
    await eventually('the connection', () => up.state.phase === 'online')
    expect(phases.slice(5, 9)).toEqual(['online', 'waiting-for-lease', 'no-uplink', 'recovering'])
  })

  it.each(['recover', 'probe', 'apply', 'connected'] as const)('survives a failure to %s', async what => {
    let failures = 0
    const failing = async () => {
      if (failures++ === 0) throw new TypeError('out of luck')
      return what === 'connected' ? true : []
    }
    const { up, phases } = start({ [what]: failing })
    await up.whenOnline()
    expect(phases).toContain('no-uplink')
    expect(phases.at(-1)).toBe('online')
  })

  it('ends in any phase when it is told to', async () => {
    const { up } = start({ probe: signal => new Promise((_, reject) => signal.addEventListener('abort', reject)) })
    await eventually('probing', () => up.state.phase === 'probing')
    end.abort()
    await up.ended
  })
})
