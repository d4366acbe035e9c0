/** `hyphae node net` outside of any lab: what is wrong with what it is given, and what needs no rights. */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { findScenario } from '../../src/network/node/lab/scenarios/index.js'
import { installedPackage } from '../support/installed-package.js'
import { canBuildLabs } from '../support/node-lab.js'
import { jsonLines, nodeNet } from './support/command-run.js'

const itWithLab = canBuildLabs() ? it : it.skip
const NOBODY = 65534
const KEY = 'eBXsRBoOUEHBmGTJCGLxyfJpNpyeVlJTmuyKEa6UtlQ='
const HEX_KEY = '050d109829d8492d48bfb33b711056080571c69e46bfde6b4294c4c5bf468a76'

let folder = ''
beforeAll(() => {
  installedPackage()
  folder = mkdtempSync(join(tmpdir(), 'hyphae-net-'))
  chmodSync(folder, 0o755)
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, content: unknown): string {
  const path = join(folder, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content), { mode: 0o600 })
  return path
}

const network = (more: object = {}) => ({
  twin: 7,
  name: 'lab',
  type: 'network',
  data: {
    ip_range: '10.77.0.0/16',
    subnet: '10.77.1.0/24',
    wireguard_private_key: KEY,
    wireguard_listen_port: 3011,
    peers: [],
    mycelium: { hex_key: HEX_KEY, peers: [] },
  },
  ...more,
})

describe('hyphae node net', () => {
  it.each([
    ['no configuration', ['plan'], 2, ''],
    ['a flag that there is not', ['plan', '--config', 'x', '--sideways'], 2, 'sideways'],
    ['a command that there is not', ['unplan'], 2, 'unplan'],
    ['a file that is not there', ['plan', '--config', '/nowhere/net.json'], 6, 'INPUT_FILE'],
    ['a file that is not there, for apply', ['apply', '--config', '/nowhere/net.json'], 6, 'INPUT_FILE'],
    ['a scenario that there is not', ['lab', 'atlantis'], 1, 'NODE_NET_LAB'],
  ] as const)('ends with %s as it must', async (_, args, code, said) => {
    const ended = await nodeNet(args)
    expect([ended.code, ended.out]).toEqual([code, ''])
    expect(ended.err).toContain(said)
  })

  it.each(['plan', 'apply', 'status', 'watch', 'explain'])('says with --json of %s what is wrong', async command => {
    const ended = await nodeNet([command, '--config', '/nowhere/net.json', '--json'])
    expect(ended.code).toBe(6)
    expect(jsonLines(ended)).toEqual([{ error: expect.objectContaining({ code: 'INPUT_FILE' }), exitCode: 6 }])
  })

  it('does not repeat what it cannot read: there may be keys in it', async () => {
    const broken = file('broken.json', `{ "networks": [{ "wireguard_private_key": "${KEY}" }`)
    const ended = await nodeNet(['plan', '--config', broken, '--json'])
    expect(ended.code).toBe(1)
    expect(jsonLines(ended)).toMatchObject([{ error: { code: 'INPUT_JSON' } }])
    expect(ended.out + ended.err).not.toContain(KEY.slice(0, 8))
  })

  it('says everything that is wrong at once, and no secret', async () => {
    const wrong = {
      node: 7,
      nic: ['eth0'],
      blockedPorts: [0],
      networks: [
        network({ data: { ...network().data, subnet: '10.99.1.0/24', wireguard_private_key: `${KEY}${KEY}` } }),
        network({
          name: 'two',
          data: { ...network().data, wireguard_listen_port: 9651, mycelium: { hex_key: `${HEX_KEY}00` } },
        }),
      ],
      machines: [{ id: 'vm', twin: 7, network: 'nowhere', ip: '10.77.1.2', attach: 'rope' }],
    }
    const input = JSON.stringify(wrong)
    const ended = await nodeNet(['plan', '--config', '-', '--json'], { input })
    expect(ended.code).toBe(1)
    const [{ error } = {}] = jsonLines(ended) as {
      error: { code: string; details: { problems: { path: string }[] } }
    }[]
    expect(error?.code).toBe('MODEL_INVALID')
    expect(error?.details.problems.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        'node',
        'nic',
        'blockedPorts[0]',
        'networks[0].data.wireguard_private_key',
        'networks[1].data.wireguard_listen_port',
        'networks[1].data.mycelium.hex_key',
        'machines[0].id',
        'machines[0].attach',
      ]),
    )
    for (const secret of [KEY, HEX_KEY]) expect(ended.out + ended.err).not.toContain(secret.slice(0, 10))
  })

  it('takes no hostile name of a NIC or a machine', async () => {
    const hostile = ['-netns', '$(touch /tmp/hyphae-was-here)', 'a"b', "a'b", 'a\nb', '../x', 'a;b', 'a b', '']
    const ended = await Promise.all(
      hostile.map(name => {
        const config = { node: 'n', nics: [name], uplink: { nic: name }, networks: [network()] }
        const input = JSON.stringify({ ...config, machines: [machine({ id: name })] })
        return nodeNet(['plan', '--simulate', '--config', '-', '--json'], { input })
      }),
    )
    const paths = ended.map(one => {
      const [{ error } = {}] = jsonLines(one) as { error: { details: { problems: { path: string }[] } } }[]
      return [one.code, ...(error?.details.problems ?? []).map(({ path }) => path)]
    })
    const all = ['nics[0]', 'uplink.nic', 'machines[0].id']
    for (const [index, found] of paths.entries()) {
      expect([hostile[index], ...found]).toEqual(expect.arrayContaining([hostile[index], 1, ...all]))
    }
    expect(existsSync('/tmp/hyphae-was-here')).toBe(false)
  }, 60_000)

  it('needs neither rights nor tools to simulate, whatever a network is called', async () => {
    const names = ['"><script>alert(1)</script>', '$(reboot)', "a'; flush ruleset; '", '-netns', 'x\u202ey']
    const config = {
      node: '-netns "$(id)"\\',
      nics: ['eth0'],
      networks: names.map((name, index) => {
        const data = { ...network().data, wireguard_listen_port: 3100 + index }
        return network({ name, data })
      }),
      machines: names.map((name, index) => machine({ id: `7-${index + 1}-vm`, network: name })),
    }
    const path = file('hostile.json', config)
    chmodSync(path, 0o644)
    const isRoot = process.geteuid?.() === 0
    if (isRoot && !nobodyRunsIt()) return
    const options = { env: { PATH: '/nowhere' }, onlyEnv: true, ...(isRoot ? { user: NOBODY } : {}) }
    const json = await nodeNet(['plan', '--simulate', '--config', path, '--json'], options)
    expect({ code: json.code, err: json.err }).toEqual({ code: 0, err: expect.any(String) })
    const [plan] = jsonLines(json) as { operations: unknown[]; conflicts: unknown[]; status: { pending: number } }[]
    expect(plan).toMatchObject({ conflicts: [], status: { pending: 0 } })
    expect(plan?.operations.length).toBeGreaterThan(50)

    const text = await nodeNet(['plan', '--simulate', '--config', path], options)
    expect(text.code).toBe(0)
    for (const { out, err } of [json, text]) {
      for (const secret of [KEY, HEX_KEY]) expect(out + err).not.toContain(secret)
    }
    // What turns a line around, or moves the cursor, is not written to a terminal.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
    expect(text.out).not.toMatch(/[\u202e\u0000-\u0009\u000b-\u001f]/)
  }, 30_000)

  it('warns when others can read keys in a configuration', async () => {
    const path = file('open.json', { node: 'n', networks: [network()] })
    chmodSync(path, 0o644)
    expect((await nodeNet(['plan', '--simulate', '--config', path])).err).toContain('chmod 600')
    chmodSync(path, 0o600)
    expect((await nodeNet(['plan', '--simulate', '--config', path])).err).toBe('')
  }, 30_000)
})

describe('hyphae node net lab', () => {
  it('lists all scenarios', async () => {
    const [list] = jsonLines(await nodeNet(['lab', '--json'])) as unknown as { name: string }[][]
    expect(list?.map(({ name }) => name)).toEqual(expect.arrayContaining(['oob-split', 'farm', 'no-uplink']))
    expect((await nodeNet(['lab'])).out).toContain('oob-split')
  })

  itWithLab(
    'builds one, sets its nodes up and leaves nothing',
    async () => {
      const env = { TMPDIR: folder }
      const before = readdirSync(folder)
      const ended = await nodeNet(['lab', 'oob-split', '--once', '--json'], { env })
      expect({ code: ended.code, err: ended.err }).toEqual({ code: 0, err: '' })
      const [expected] = findScenario('oob-split').nodes
      expect(jsonLines(ended)).toContainEqual(
        expect.objectContaining({
          node: expected?.name,
          layout: expect.objectContaining({ label: 'oob-split' }),
          readiness: { ipv4: expect.anything(), ipv6: expect.anything() },
        }),
      )
      expect(readdirSync(folder)).toEqual(before)
    },
    60_000,
  )

  itWithLab.each(['SIGINT', 'SIGTERM'] as const)(
    'stays until %s, and ends well',
    async name => {
      const env = { TMPDIR: folder }
      const before = readdirSync(folder)
      const ended = await nodeNet(['lab', 'nat4-only', '--bare'], {
        env,
        when: { matches: /Ctrl-C/, act: signal => signal(name) },
      })
      expect(ended.code).toBe(0)
      expect(ended.out).toContain('nsenter')
      expect(readdirSync(folder)).toEqual(before)
    },
    60_000,
  )
})

function machine(more: object) {
  return { id: '7-1-vm', twin: 7, network: 'lab', ip: '10.77.1.2', attach: 'tap', ...more }
}

function nobodyRunsIt(): boolean {
  const options = { uid: NOBODY, gid: NOBODY, cwd: '/', env: {} }
  const { status, error } = spawnSync(process.execPath, [installedPackage().bin, '--help'], options)
  if (status === 0) return true
  process.stderr.write(
    `skipped: nobody may not run ${process.execPath} here, ${error?.message ?? `it ended with ${status}`}\n`,
  )
  return false
}
