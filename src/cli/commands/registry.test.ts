import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { run } from '@stricli/core'

import { savedHash } from '../../cdn/registry/testing/post-blob.js'
import { buildHyphae } from '../app.js'
import type { CliContext } from '../context.js'
import { exitCodeOfParser } from '../exit-codes.js'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hyphae-cli-registry-'))
})
const running: { end(): void; ended: Promise<unknown> }[] = []
// Whatever a test thinks of it, a service that goes on would keep the tests from ending.
afterEach(async () => {
  for (const { end, ended } of running.splice(0)) {
    end()
    await ended
  }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** The command line in this process; `end` is Ctrl-C. */
function start(args: readonly string[], env: Record<string, string> = {}) {
  let out = ''
  let err = ''
  let end = (_: string) => {}
  let heard = () => {}
  const spoke = new Promise<void>(resolve => {
    heard = resolve
  })
  const process: CliContext['process'] = {
    stdout: {
      write: text => {
        out += text
        heard()
      },
    },
    stderr: {
      write: text => {
        err += text
      },
    },
    env,
  }
  const interrupted = new Promise<string>(resolve => {
    end = resolve
  })
  const context: CliContext = { process, cwd: folder, interrupted, readStdin: async () => '' }
  const ended = run(
    buildHyphae(async () => '1.2.3'),
    ['registry', ...args],
    context,
  ).then(() => ({ out, err, code: exitCodeOfParser(process.exitCode) }))
  const command = { ended, end: () => end('SIGINT'), firstLine: spoke.then(() => out.split('\n')[0] as string) }
  running.push(command)
  return command
}

describe('hyphae registry', () => {
  it('says where it is, keeps blobs in a folder here, and ends when it is told to', async () => {
    const command = start(['--listen', '127.0.0.1:0', '--json'])
    const { url, store } = JSON.parse(await command.firstLine) as { url: string; store: string }
    expect(store).toBe('files')
    await savedHash(url, new Uint8Array([1, 2, 3]))
    command.end()
    const { err, code } = await command.ended
    expect([code, err]).toEqual([0, 'Ctrl-C ends it\nSIGINT: closing\n'])
    expect(await readdir(join(folder, 'registry-data', 'blobs'))).toHaveLength(1)
    await expect(fetch(url)).rejects.toThrow()
  })

  it.each<[string, readonly string[], Record<string, string>]>([
    ['an address that is none', ['--listen', 'here'], {}],
    ['a folder and a database', ['--data', 'x', '--db-url', 'postgres://u:p@127.0.0.1:1/d'], {}],
    ['a URL and parts of one', ['--db-user', 'u', '--db-url', 'postgres://u:p@127.0.0.1:1/d'], {}],
    ['a database without a user', ['--db-name', 'd'], {}],
    ['a database of another kind', ['--db-url', 'mysql://u:hunter2@127.0.0.1/d'], {}],
    ['no database in the URL', ['--db-url', 'postgres://u:hunter2@127.0.0.1'], {}],
    ['no URL', ['--db-url', 'hunter2'], {}],
    ['a variable that is none', [], { DATABASE_URL: 'hunter2' }],
    ['a size that is none', ['--max-size', '3 apples'], {}],
    ['a size of nothing', ['--max-size', '0'], {}],
    ['a rate below zero', ['--write-rate', '-1'], {}],
    ['a port that is none', ['--db-user', 'u', '--db-port', '70000'], {}],
    ['half a connection', ['--data', 'x', '--db-connections', '0.5'], {}],
    ['a token with a space', ['--data', 'x', '--token', 'hunter2 hunter2'], {}],
    ['an unknown option', ['--dbuser', 'u'], {}],
  ])('ends with 2 for %s, and repeats no secret', async (_, args, env) => {
    const { out, err, code } = await start(args, env).ended
    expect([code, out]).toEqual([2, ''])
    expect(err).not.toBe('')
    expect(err).not.toContain('hunter2')
  })

  it('ends with 2 when it cannot have its address or its folder', async () => {
    const first = start(['--listen', '127.0.0.1:0', '--data', 'first', '--json'])
    const { port } = JSON.parse(await first.firstLine) as { port: number }
    const second = await start(['--listen', `127.0.0.1:${port}`, '--data', 'second', '--json']).ended
    expect(second.code).toBe(2)
    expect(JSON.parse(second.out)).toMatchObject({ error: { code: 'CDN_CONFIG' }, exitCode: 2 })
    expect((await start(['--listen', '127.0.0.1:0', '--data', '/dev/null/x']).ended).code).toBe(2)
  })
})
