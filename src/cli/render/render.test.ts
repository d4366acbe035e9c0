import { describe, expect, it } from '@jest/globals'

import { Secret } from '../../core/secret.js'
import { GridError } from '../../errors/grid.js'
import { ModelError } from '../../errors/model.js'
import { DeadlineError } from '../../errors/wait.js'
import type { Message } from '../../events/host.js'
import type { Plan } from '../../plan/plan.js'
import type { Step } from '../../plan/step.js'
import type { Deployment } from '../../zos/deployment.js'
import { type OutputStream, type Terminal, terminalOf } from '../context.js'
import { errorData, errorLines } from './error.js'
import { jsonHost, terminalHost } from './hosts.js'
import { planLines } from './plan.js'
import { Progress } from './progress.js'

const ESCAPE = '\u001b'
const REDRAW = new RegExp(`(${ESCAPE}\\[\\d+A${ESCAPE}\\[0J)`)
const UP = new RegExp(`^${ESCAPE}\\[(\\d+)A`)
const COLOUR = new RegExp(`${ESCAPE}\\[\\d+m`, 'g')
const plainTerminal: Terminal = { colors: false, interactive: false, columns: undefined, rows: 24 }

const target = { nodeId: 11, name: 'newMY', contractType: 'vm', wave: 0, rank: 1 }
const sending = {
  ...target,
  version: 2,
  hash: 'ab'.repeat(16),
  contractData: '{}',
  deployment: new Secret({ key: 'hidden' } as unknown as Deployment),
}

const steps: readonly Step[] = [
  {
    kind: 'create',
    ...sending,
    key: 'a',
    because: 'vm newMY is not on node 11',
    publicIps: 0,
    changes: [{ action: 'add', workload: 'vm1', type: 'zmachine' }],
  },
  {
    kind: 'update',
    ...sending,
    key: 'b',
    contractId: 7n,
    onChain: true,
    because: 'vm1 differs',
    kept: ['disk1'],
    lost: ['disk2'],
    changes: [
      { action: 'recreate', workload: 'vm1', type: 'zmachine', path: 'compute_capacity.memory', from: 1n, to: 2n },
      { action: 'update', workload: 'disk1', type: 'zmount', path: 'size', from: undefined, to: { b: 5n } },
      { action: 'remove', workload: 'disk2', type: 'zmount' },
    ],
  },
  { kind: 'wait', ...target, key: 'c', contractId: 8n, version: 0, workloads: [], because: 'still at work' },
  { kind: 'cancel', ...target, nodeId: 168, key: 'd', contractId: 9n, because: `deleted${ESCAPE}[2J`, lost: ['vm2'] },
  {
    kind: 'hold',
    ...target,
    nodeId: 168,
    key: 'e',
    because: 'node 168 does not answer',
    reason: 'unreachable',
    lost: [],
  },
]

const plan: Plan = {
  name: 'newMY',
  steps,
  empty: false,
  unchanged: [],
  addresses: [
    {
      machine: 'vm1',
      nodeId: 11,
      ip: '10.249.2.2',
      subnet: '10.249.2.0/24',
      network: 'net',
      mycelium: '4a1:a126:8b83:7169:ff0f:1e14:427:9b3d',
      publicIp: true,
      planetary: false,
    },
  ],
  cost: { perHour: { usd: 0.00123456, tft: 1.5 }, perMonth: { usd: 1, tft: 30 }, discount: 'Gold', items: [] },
  warnings: [{ path: 'machines[0].planetary', rule: 'r', message: 'is false' }],
}

describe('a plan', () => {
  it('is shown by node, with reasons, losses, addresses, cost and warnings', () => {
    expect(planLines(plan, plainTerminal)).toEqual([
      'newMY needs 5 steps',
      '  node 11',
      '    + create vm newMY  vm newMY is not on node 11',
      '        + zmachine vm1',
      '    ~ update 7 to version 2: vm newMY  vm1 differs',
      '        ± zmachine vm1 leaves and returns compute_capacity.memory 1 → 2',
      '        ~ zmount disk1 size nothing → {"b":"5"}',
      '        - zmount disk2',
      '        lost disk2',
      '        kept disk1',
      '    … wait for 8: vm newMY  still at work',
      '  node 168',
      '    - cancel 9: vm newMY  deleted[2J',
      '        lost vm2',
      '    ! cannot do vm newMY  node 168 does not answer',
      '',
      '  machine  node  network  private     mycelium                               public',
      '  vm1        11  net      10.249.2.2  4a1:a126:8b83:7169:ff0f:1e14:427:9b3d  IPv4',
      '',
      "  cost 0.001235 USD (1.5 TFT) an hour, 1 USD (30 TFT) a month  with the gold discount of the account's balance",
      '  warning machines[0].planetary is false',
    ])
  })

  it('says so when there is nothing to do', () => {
    const lines = planLines({ ...plan, steps: [], empty: true, addresses: [], warnings: [] }, plainTerminal)
    expect(lines).toEqual(['newMY is as it should be: nothing to do'])
  })
})

describe('an error', () => {
  it('is shown with its code, place, causes and hint', () => {
    const error = new GridError('GRID_NODE_UNREACHABLE', 'node 11 is silent', {
      where: 'node 11',
      hint: 'try again',
      cause: new DeadlineError('an answer', 20_000),
    })
    expect(errorLines(error, { colors: false })).toEqual([
      'error GRID_NODE_UNREACHABLE node 11 is silent',
      '  where node 11',
      '  because an answer did not happen within 20 s',
      '  hint  try again',
    ])
    expect(errorData(error)).toEqual(expect.objectContaining({ code: 'GRID_NODE_UNREACHABLE', where: 'node 11' }))
  })

  it('of a model lists its problems', () => {
    const problems = [
      { path: 'machines[0].nodeId', rule: 'unknownKey', message: 'is not a field of this model', nearest: 'node_id' },
      { path: 'name', rule: 'required', message: 'is missing' },
    ]
    expect(errorLines(new ModelError('MachinesModel', problems), { colors: false })).toEqual([
      'error MODEL_INVALID MachinesModel breaks 2 rules:',
      '  machines[0].nodeId is not a field of this model  did you mean node_id?',
      '  name is missing',
    ])
  })

  it.each([[new Error('')], [undefined], [null], ['text'], [{ a: 1 }], [new Error('x', { cause: 'y' })]])(
    'may be %p',
    error => {
      expect(errorLines(error, { colors: false })[0]).toMatch(/^error /)
      expect(() => JSON.stringify(errorData(error))).not.toThrow()
    },
  )

  it('with causes in a circle ends', () => {
    const error = new GridError('GRID_CONFLICT', 'round')
    Object.assign(error, { cause: error })
    expect(errorLines(error, { colors: false }).length).toBeLessThan(20)
  })
})

/** A stream that remembers, and shows what a terminal would. */
function screen(isTTY: boolean) {
  let written = ''
  const stream: OutputStream = { write: text => (written += text), isTTY, columns: 60, rows: 24 }
  const shown = () => {
    const lines: string[] = ['']
    // The only commands that are used: up n lines, and clear from there.
    for (const part of written.split(REDRAW)) {
      const up = UP.exec(part)?.[1]
      if (up !== undefined) lines.splice(lines.length - 1 - Number(up), Number(up) + 1, '')
      else {
        const [first = '', ...rest] = part.split('\n')
        lines[lines.length - 1] += first
        lines.push(...rest)
      }
    }
    return lines.map(line => line.replace(COLOUR, ''))
  }
  return { stream, written: () => written, shown }
}

const message = (
  code: Message['code'],
  text: string,
  data: Message['data'] = {},
  level: Message['level'] = 'info',
) => ({
  code,
  text,
  level,
  data,
})
const sent = message('NODE_SENT', 'node 11 accepted', { nodeId: 11, contractId: '1', name: 'newMY' })
const failed = { nodeId: 11, contractId: '1', name: 'vm1', type: 'zmachine', state: 'error', message: 'no space' }

describe('progress', () => {
  it('is one line an event where nobody watches, without colours', () => {
    const { stream, written } = screen(false)
    const progress = new Progress(stream, terminalOf(stream, {}))
    progress.notify(message('OBSERVE_STARTED', 'looking', {}, 'debug'))
    progress.notify(message('BATCH_SUBMITTED', '2 extrinsics'))
    progress.notify(message('NODE_SILENT', 'node 11 is silent', {}, 'warn'))
    progress.stop()
    expect(written()).toBe('2 extrinsics\nwarn node 11 is silent\n')
  })

  it('is redrawn at the bottom of a terminal, and leaves what matters', () => {
    const { stream, shown } = screen(true)
    const progress = new Progress(stream, terminalOf(stream, { NO_COLOR: '1' }))
    progress.notify(message('BATCH_FINALIZED', 'block 2 is final'))
    progress.notify(sent)
    progress.notify(message('WORKLOAD_STATE', '', failed))
    expect(shown()).toEqual(['⠋ block 2 is final', '  ✖ node 11  newMY  zmachine vm1 error: no space', ''])
    progress.aside(() => stream.write('printed by the program\n'))
    expect(shown()[0]).toBe('printed by the program')
    expect(shown()).toHaveLength(4)
    progress.notify(message('DEPLOYMENT_READY', '', { nodeId: 11, contractId: '1' }))
    expect(shown()).toContain('  ✔ 1 of 1 ready')
    progress.notify(message('APPLY_DONE', 'newMY is as planned', { elapsedMs: 1234 }))
    progress.stop()
    expect(shown()).toEqual(['printed by the program', '✔ newMY is as planned in 1.23 s', ''])
  })

  it('of hundreds of deployments stays on the screen', () => {
    const { stream, shown } = screen(true)
    const progress = new Progress(stream, terminalOf(stream, {}))
    for (let nodeId = 1; nodeId <= 300; nodeId++) {
      progress.notify(message('NODE_SENT', '', { nodeId, contractId: nodeId, name: 'x'.repeat(200) }))
    }
    expect(shown().length).toBeLessThan(24)
    expect(shown().every(line => line.length < 60)).toBe(true)
    progress.stop()
  })
})

describe('the terminal', () => {
  it.each([
    [{ isTTY: true }, {}, true, true],
    [{ isTTY: true }, { NO_COLOR: '1' }, false, true],
    [{ isTTY: true }, { NO_COLOR: '' }, true, true],
    [{ isTTY: true }, { TERM: 'dumb' }, false, false],
    [{ isTTY: true }, { CI: 'true' }, true, false],
    [{ isTTY: false }, { FORCE_COLOR: '1' }, false, false],
    [{}, {}, false, false],
  ])('%j with %j has colours: %p, is redrawn: %p', (stream, env, colors, interactive) => {
    expect(terminalOf({ write: () => {}, ...stream }, env as Record<string, string>)).toMatchObject({
      colors,
      interactive,
    })
  })
})

describe('the hosts', () => {
  const streams = () => {
    const stdout = screen(false)
    const stderr = screen(false)
    return { stdout, stderr, process: { stdout: stdout.stream, stderr: stderr.stream, env: {} } }
  }
  const machines = [{ name: 'vm1', nodeId: 11, contractId: 2, state: 'ok', ip: '10.249.2.2', mycelium: '4a1::1' }]

  it('for people: plan and machines are results, the rest is progress', () => {
    const { stdout, stderr, process } = streams()
    const host = terminalHost(process)
    host.notify(message('PLAN_READY', 'newMY: 5 steps are needed', { plan }))
    host.notify(message('MACHINES_READY', '1 machine of newMY', { machines }))
    host.fail(new GridError('GRID_CONFLICT', 'taken'), 1)
    expect(stdout.written()).toContain('newMY needs 5 steps\n')
    expect(stdout.written()).toContain('vm1        11         2  ok     10.249.2.2  4a1::1\n')
    expect(stderr.written()).toBe('newMY: 5 steps are needed\n1 machine of newMY\nerror GRID_CONFLICT taken\n')
  })

  it('for machines: one event a line, secrets hidden, the error last', () => {
    const { stdout, stderr, process } = streams()
    const host = jsonHost(process)
    host.notify(message('PLAN_READY', 'two\nlines', { plan }))
    host.fail(new GridError('GRID_CONFLICT', 'taken'), 1)
    const lines = stdout.written().trimEnd().split('\n')
    expect(lines).toHaveLength(2)
    const [first, last] = lines.map(line => JSON.parse(line) as { code: string; data: Record<string, unknown> })
    expect(first).toMatchObject({ code: 'PLAN_READY', text: 'two\nlines' })
    expect(last).toMatchObject({ code: 'FAILED', level: 'error', data: { code: 'GRID_CONFLICT', exitCode: 1 } })
    expect(stdout.written()).not.toContain('hidden')
    expect(stderr.written()).toBe('')
  })
})
