import { describe, expect, it } from '@jest/globals'

import type { Message } from '../../events/host.js'
import { readChunkSize, readConcurrency, readLayout, readRegistryUrl, registryBehindVerb } from './arguments.js'
import { bytesText, ProgressBar } from './progress-bar.js'

describe('arguments', () => {
  it.each([
    [
      ['-r', 'http://x', 'upload', 'a'],
      ['upload', '--registry', 'http://x', 'a'],
    ],
    [
      ['--registry=http://x', 'upload', 'a'],
      ['upload', '--registry=http://x', 'a'],
    ],
    [
      ['-r=http://x', 'verify', 'a'],
      ['verify', '--registry=http://x', 'a'],
    ],
    [
      ['upload', 'a', '-r', 'http://x'],
      ['upload', 'a', '-r', 'http://x'],
    ],
    [['--help'], ['--help']],
    [
      ['-r', 'http://x'],
      ['-r', 'http://x'],
    ],
    [[], []],
  ])('%j are read as %j', (args, expected) => {
    expect(registryBehindVerb(args)).toEqual(expected)
  })

  it.each([
    ['1048576', 1048576],
    ['5MiB', 5242880],
    ['2048KiB', 2097152],
  ])('a chunk of %s has %i bytes', (text, expected) => {
    expect(readChunkSize(text)).toBe(expected)
  })

  it.each([
    [readChunkSize, '1048575'],
    [readChunkSize, '6MiB'],
    [readChunkSize, 'x'],
    [readConcurrency, '0'],
    [readConcurrency, '65'],
    [readLayout, 'L1'],
    [readRegistryUrl, 'cdn.example'],
  ] as const)('%p refuses %j', (read: (text: string) => unknown, text) => {
    expect(() => read(text)).toThrow(SyntaxError)
  })
})

describe('the progress bar', () => {
  it('says how far, how fast and how long, redrawn at most ten times a second', () => {
    let now = 0
    const written: string[] = []
    const terminal = { colors: false, interactive: true, columns: 100, rows: 24 }
    const bar = new ProgressBar({ write: text => written.push(text) }, terminal, () => now)
    bar.total = 100 * 1024 * 1024
    const saved = (bytes: number): Message => ({ code: 'CDN_BLOCK_SAVED', level: 'debug', text: '', data: { bytes } })
    now = 1000
    for (let i = 0; i < 5; i++) bar.notify(saved(5 * 1024 * 1024))
    expect(written).toHaveLength(1)
    now = 2000
    bar.notify(saved(25 * 1024 * 1024))
    expect(written.at(-1)).toBe(
      `\r\u001b[2K${'█'.repeat(12)}${'░'.repeat(12)}  50 %  50 MiB of 100 MiB  25 MiB/s  2 s left`,
    )
    bar.clear()
    bar.clear()
    expect(written).toHaveLength(3)
  })

  it('counts the blocks of files that are looked at together', () => {
    let now = 0
    const written: string[] = []
    const terminal = { colors: false, interactive: true, columns: 100, rows: 24 }
    const bar = new ProgressBar({ write: text => written.push(text) }, terminal, () => now)
    for (const [path, block] of [
      ['a', 0],
      ['b', 0],
      ['a', 1],
    ] as const) {
      now += 1000
      bar.notify({ code: 'CDN_BLOCK_VERIFIED', level: 'debug', text: '', data: { path, block, blocks: 2, bad: 0 } })
    }
    expect(written.at(-1)).toContain('  75 %  3 of 4 blocks  1 s left')
  })

  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1536, '1.5 KiB'],
    [1024 ** 3, '1 GiB'],
    [250 * 1024 ** 2, '250 MiB'],
  ])('%i bytes are %s', (bytes, expected) => {
    expect(bytesText(bytes)).toBe(expected)
  })
})
