import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { run } from '@stricli/core'

import { buildHyphae } from './app.js'
import type { CliContext } from './context.js'
import { exitCodeOfParser } from './exit-codes.js'

interface Vector {
  deployment: unknown
  node: { challenge?: string; md5?: string; valid: string; error?: string }
}

const vectors = (
  JSON.parse(readFileSync(new URL('../../test/vectors/zos-challenge.json', import.meta.url), 'utf8')) as {
    vectors: Record<string, Vector>
  }
).vectors

const KEY = '050d109829d8492d48bfb33b711056080571c69e46bfde6b4294c4c5bf468a76'
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hyphae-cli-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Runs the command line in this process. */
async function hyphae(args: readonly string[], more: { stdin?: string; env?: Record<string, string> } = {}) {
  const out: string[] = []
  const err: string[] = []
  const process: CliContext['process'] = {
    stdout: { write: text => out.push(text) },
    stderr: { write: text => err.push(text) },
    env: more.env ?? {},
  }
  const context: CliContext = {
    process,
    cwd: folder,
    interrupted: new Promise(() => {}),
    readStdin: async () => more.stdin ?? '',
  }
  await run(
    buildHyphae(async () => '1.2.3'),
    args,
    context,
  )
  return { out: out.join(''), err: err.join(''), code: exitCodeOfParser(process.exitCode) }
}

describe('hyphae', () => {
  it('explains itself', async () => {
    const { out, code } = await hyphae(['--help'])
    expect(code).toBe(0)
    for (const command of ['grid', 'run', 'inspect', 'address']) expect(out).toMatch(new RegExp(`^  ${command} `, 'm'))
    expect(await hyphae(['--version'])).toEqual({ out: '1.2.3\n', err: '', code: 0 })
  })

  it.each([
    [['nonsense']],
    [['address']],
    [['address', '--key']],
    [['address', '--key', KEY, 'more']],
    [['address', '--kex', KEY]],
    [['address', '--key', 'zz']],
    [['address', '--key', KEY, '--seed', '00']],
    [['address', '--key', KEY, '--seed', '000000000000']],
    [['inspect']],
    [['run']],
    [['grid', '--port', 'high']],
    [['grid', '--port', '70000']],
    [['grid', '--nodes', 'fat=3']],
    [['grid', '--nodes', 'full=999999']],
  ])('ends with 2 for %j, says why, and writes no result', async args => {
    const { out, err, code } = await hyphae(args)
    expect(code).toBe(2)
    expect(out).toBe('')
    expect(err).not.toBe('')
  })

  it('tells errors as JSON too, with --json', async () => {
    const { out, code } = await hyphae(['address', '--key', 'zz', '--json'])
    expect(JSON.parse(out)).toEqual({ error: expect.objectContaining({ code: 'INPUT_HEX' }), exitCode: 2 })
    expect(code).toBe(2)
  })
})

describe('hyphae address', () => {
  const found = {
    publicKey: '696e9875091d9aac8a9f837d4020a1e61eb0379b21af84860bb8efb967ec9438',
    address: '4a1:a126:8b83:7169:53f2:d174:ac73:f1e7',
    subnet: '4a1:a126:8b83:7169::/64',
    gateway: '4a1:a126:8b83:7169::1',
  }
  const machine = '4a1:a126:8b83:7169:ff0f:1e14:427:9b3d'

  it('derives what a key and a seed say', async () => {
    const { out } = await hyphae(['address', '--key', KEY, '--seed', '1e1404279b3d', '--json'])
    expect(JSON.parse(out)).toEqual({ ...found, machine })
    const upper = await hyphae(['address', '--key', KEY.toUpperCase(), '--seed', '1E1404279B3D', '--json'])
    expect(upper.out).toBe(out)
  })

  it('does without a seed, and without JSON', async () => {
    const { out } = await hyphae(['address', '--key', KEY])
    expect(out).toBe(
      Object.entries(found)
        .map(([name, value]) => `${name.padEnd(10)} ${value}\n`)
        .join(''),
    )
  })

  it('never repeats a key', async () => {
    const { out, err } = await hyphae(['address', '--key', `${KEY}ff`, '--json'])
    expect(out + err).not.toContain(KEY.slice(0, 8))
  })
})

describe('hyphae inspect', () => {
  it.each(Object.entries(vectors))('judges %s as a node does', async (name, { deployment, node }) => {
    const file = join(folder, `${name.replace(/\W/g, '_')}.json`)
    await writeFile(file, JSON.stringify(deployment))
    const { out, code } = await hyphae(['inspect', file, '--json'])
    const valid = node.valid === 'ok'
    expect(JSON.parse(out)).toEqual({
      valid,
      errors: valid ? [] : [node.error ?? node.valid],
      challenge: node.challenge ?? null,
      hash: node.md5 ?? null,
    })
    expect(code).toBe(valid ? 0 : 1)
  })

  it('reads standard input, and tells people', async () => {
    const [first] = Object.values(vectors)
    const { out } = await hyphae(['inspect', '-'], { stdin: JSON.stringify(first?.deployment) })
    expect(out).toBe(`a node accepts it\nchallenge ${first?.node.challenge}\nhash      ${first?.node.md5}\n`)
  })

  it.each(['', '{', 'null', '[]', '7', '{"workloads":[{}]}', '{"version":-1}', '\u0000', '{"workloads":"x"}'])(
    'has a verdict on %j',
    async stdin => {
      const { out, code } = await hyphae(['inspect', '-', '--json'], { stdin })
      const { valid, errors } = JSON.parse(out) as { valid: boolean; errors: string[] }
      expect(errors.length).toBe(valid ? 0 : 1)
      expect(code).toBe(valid ? 0 : 1)
    },
  )

  it('ends with 6 where there is no file', async () => {
    const { err, code } = await hyphae(['inspect', 'nothing.json'])
    expect(code).toBe(6)
    expect(err).toContain('INPUT_FILE')
  })
})

describe('hyphae run', () => {
  it('ends with 6 where there is no program', async () => {
    expect((await hyphae(['run', 'nothing.ts'])).code).toBe(6)
  })

  it('refuses options of a local grid where another grid is configured', async () => {
    await writeFile(join(folder, 'program.mjs'), '')
    const { err, code } = await hyphae(['run', 'program.mjs', '--data', 'x'], { env: { HYPHAE_NETWORK: 'dev' } })
    expect(code).toBe(2)
    expect(err).toContain('HYPHAE_NETWORK')
  })
})

describe('hyphae node net', () => {
  const config = JSON.stringify({ node: 'node-1' })

  it('plans a node from nothing and shows what would come of it', async () => {
    const { out, err, code } = await hyphae(['node', 'net', 'plan', '--simulate', '--config', '-'], { stdin: config })
    expect({ err, code }).toEqual({ err: '', code: 0 })
    expect(out).toMatch(/^the node's network needs \d+ operations\n/)
    expect(out).toContain(
      '\nafterwards, with example addresses for what DHCP servers and routers would give out:\nnode  ',
    )
  })

  it('says so for machines too', async () => {
    const args = ['node', 'net', 'plan', '--simulate', '--json', '--config', '-']
    const { out } = await hyphae(args, { stdin: config })
    const { operations, status, exampleAddresses } = JSON.parse(out)
    expect(operations[0]).toMatchObject({ kind: expect.any(String), because: expect.any(String) })
    expect([status.pending, exampleAddresses]).toEqual([0, true])
  })

  it.each<[string, readonly string[], string, string]>([
    ['no configuration', ['plan', '--simulate'], '', 'config'],
    ['a file that is not there', ['plan', '--simulate', '--config', 'no.json'], '', 'INPUT_FILE'],
    ['no JSON', ['plan', '--simulate', '--config', '-'], '{', 'INPUT_JSON'],
    ['an unknown key', ['plan', '--simulate', '--config', '-'], '{"node":"n","uplnk":{}}', 'did you mean uplink'],
    ['an unknown scenario', ['lab', 'atlantis'], '', 'oob-split'],
  ])('refuses %s and says why', async (_, args, stdin, why) => {
    const { out, err, code } = await hyphae(['node', 'net', ...args], { stdin })
    expect(code).not.toBe(0)
    expect(out).toBe('')
    expect(err).toContain(why)
  })

  it('lists its labs', async () => {
    const { out } = await hyphae(['node', 'net', 'lab'])
    expect(out).toMatch(/^oob-split +1 +a private segment/m)
  })
})
