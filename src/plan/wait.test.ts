import { describe, expect, it } from '@jest/globals'

import { only, refusal, silence } from '../../test/support/plan/fake-grid.js'
import { DeadlineError } from '../errors/wait.js'
import type { Message } from '../events/host.js'
import type { Workload } from '../zos/deployment.js'
import type { ResultState } from '../zos/results.js'
import type { NodeCalls } from './node-calls.js'
import { type Awaited, waitForDeployment } from './wait.js'

type Entry = readonly [name: string, version: number, state: ResultState, message?: string]

function logOf(entries: readonly Entry[]): readonly Workload[] {
  return entries.map(([name, version, state, message = '']) => {
    const result = { created: 1, state, message, data: null }
    return { type: 'zmount', name, version, data: { size: 1n }, metadata: '', description: '', result }
  })
}

/** Answers one log after the other; the last one stays. An error is thrown. */
function nodeThat(...answers: readonly (readonly Entry[] | Error | 'never')[]) {
  let asked = 0
  const node = only<NodeCalls>('node', {
    nodeId: 11,
    changes: async () => {
      const answer = answers[Math.min(asked++, answers.length - 1)]!
      if (answer === 'never') return new Promise(() => {})
      if (answer instanceof Error) throw answer
      return logOf(answer)
    },
  })
  return { node, asked: () => asked }
}

const one: Awaited = { contractId: 5n, version: 0, present: [{ name: 'disk', version: 0 }], gone: [] }

function wait(node: NodeCalls, want: Awaited, timeoutMs = 2_000, signal?: AbortSignal) {
  const messages: Message[] = []
  const notify = (message: Message) => void messages.push(message)
  const outcome = waitForDeployment(node, want, { timeoutMs, notify, ...(signal ? { signal } : {}) })
  return { outcome, messages }
}

describe('a wait for a deployment', () => {
  const ends: readonly (readonly [string, Awaited, readonly (readonly Entry[])[], readonly string[]])[] = [
    ['when all is ok', one, [[['disk', 0, 'init']], [['disk', 0, 'ok']]], []],
    ['when it is paused: it was made, and is not paid now', one, [[['disk', 0, 'paused']]], []],
    ['when one failed', one, [[['disk', 0, 'error', 'disk is full']]], ['error: disk is full']],
    [
      'when the node gave it up',
      one,
      [
        [
          ['disk', 0, 'ok'],
          ['disk', 0, 'deleted', 'crashed'],
        ],
      ],
      ['deleted: crashed'],
    ],
    [
      'when an update was refused, which only the log tells',
      { ...one, version: 1, present: [{ name: 'disk', version: 1 }] },
      [
        [
          ['disk', 0, 'ok'],
          ['disk', 1, 'unchanged', 'not safe to shrink a disk'],
        ],
      ],
      ['unchanged: not safe to shrink a disk'],
    ],
    [
      'when the version it waits for is ok, whatever an older one was',
      { ...one, version: 1, present: [{ name: 'disk', version: 1 }] },
      [
        [['disk', 0, 'error', 'old']],
        [
          ['disk', 0, 'error', 'old'],
          ['disk', 1, 'ok'],
        ],
      ],
      [],
    ],
    [
      'when what must go is gone',
      { ...one, version: 1, present: [], gone: ['disk'] },
      [
        [['disk', 0, 'ok']],
        [
          ['disk', 0, 'ok'],
          ['disk', 0, 'deleted'],
        ],
      ],
      [],
    ],
    ['when what must go was never there', { ...one, present: [], gone: ['disk'] }, [[]], []],
    ['when what must go cannot be undone', { ...one, present: [], gone: ['disk'] }, [[['disk', 0, 'error']]], []],
  ]
  it.each(ends)('ends %s', async (_, want, logs, failures) => {
    const { node, asked } = nodeThat(...logs)
    const outcome = await wait(node, want).outcome
    expect(outcome.failures.map(({ state, message }) => `${state}: ${message}`)).toEqual(failures)
    expect(asked()).toBe(logs.length)
  })

  it('tells each state of a workload once', async () => {
    const { node } = nodeThat([['disk', 0, 'init']], [['disk', 0, 'init']], [['disk', 0, 'ok']])
    const { outcome, messages } = wait(node, one)
    await outcome
    expect(messages.map(({ data }) => data?.state)).toEqual(['init', 'ok'])
  })

  it('forgives silence', async () => {
    const { node } = nodeThat(silence(11), [['disk', 0, 'ok']])
    expect((await wait(node, one).outcome).failures).toEqual([])
  })

  it.each([
    ['never answers', ['never']],
    ['is silent', [silence(11)]],
    ['never gets done', [[['disk', 0, 'init']]]],
    ['forgets it', [[]]],
  ] as const)('ends at its deadline when the node %s, and says what was open', async (_, answers) => {
    const { node } = nodeThat(...(answers as readonly (Error | 'never' | readonly Entry[])[]))
    const error = await wait(node, one, 40).outcome.catch(cause => cause)
    expect(error).toBeInstanceOf(DeadlineError)
    expect(error.message).toMatch(/deployment 5 on node 11.*still open: disk.*40 ms/)
    expect(error.details).toMatchObject({ nodeId: 11, contractId: '5', open: ['disk'] })
  })

  it('says only what is open, and not all of a thousand', async () => {
    const present = Array.from({ length: 1_000 }, (_, i) => ({ name: `d${i}`, version: 0 }))
    const { node } = nodeThat([['d0', 0, 'ok']])
    const error = await wait(node, { ...one, present }, 30).outcome.catch(cause => cause)
    expect(error.message).not.toMatch(/ d0,/)
    expect(error.message).toContain('and 979 more')
    expect(error.message.length).toBeLessThan(400)
  })

  it('ends at once when the node refuses to say', async () => {
    const { node, asked } = nodeThat(refusal(11, 'deployment not found'))
    await expect(wait(node, one).outcome).rejects.toMatchObject({ code: 'GRID_NODE_REFUSED' })
    expect(asked()).toBe(1)
  })

  it('ends when the caller ends it', async () => {
    const { node } = nodeThat('never')
    const controller = new AbortController()
    const { outcome } = wait(node, one, 5_000, controller.signal)
    controller.abort()
    await expect(outcome).rejects.toMatchObject({ code: 'CANCELLED' })
  })
})
