import { describe, expect, it } from '@jest/globals'

import { ChainError } from '../errors/chain.js'
import { GridError } from '../errors/grid.js'
import { InputError } from '../errors/input.js'
import { ModelError } from '../errors/model.js'
import { CancelledError, DeadlineError } from '../errors/wait.js'
import { ExitCode, exitCodeOf, exitCodeOfParser } from './exit-codes.js'

describe('exit codes', () => {
  it.each([
    [new ModelError('MachinesModel', []), 1],
    [new ChainError('CHAIN_DISPATCH', 'refused'), 1],
    [new InputError('INPUT_OPTION', 'bad option'), 2],
    [new InputError('INPUT_MNEMONIC', 'bad words'), 3],
    [new GridError('GRID_IDENTITY', 'no account'), 3],
    [new GridError('GRID_WORKLOAD_FAILED', 'failed', { cause: new DeadlineError('node 11', 1) }), 4],
    [new GridError('GRID_NOT_FOUND', 'gone'), 6],
    [new CancelledError('it'), 8],
    [new DeadlineError('node 11 to answer', 1000), 9],
    [new GridError('GRID_NODE_UNREACHABLE', 'silent'), 9],
    [new TypeError('a bug'), 255],
    ['not even an error', 255],
  ])('of %p is %i', (error, code) => {
    expect(exitCodeOf(error)).toBe(code)
  })

  it('of what a program of the user throws is 1: not our bug', () => {
    expect(exitCodeOf(new TypeError('theirs'), ExitCode.failure)).toBe(1)
  })

  it.each([
    [undefined, 0],
    [0, 0],
    [7, 7],
    [-4, 2],
    [-5, 2],
    [-1, 255],
    [-2, 255],
  ])('of the argument parser’s %p is %i', (given, code) => {
    expect(exitCodeOfParser(given)).toBe(code)
  })
})
