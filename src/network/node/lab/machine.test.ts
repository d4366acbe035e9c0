import { readFileSync, readlinkSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'

import { canBuildLabs, eventually, ipJson } from '../../../../test/support/node-lab.js'
import { type LabMachine, type MachineOptions, startMachine } from './machine.js'
import { mayUseTun } from './requirements.js'

const describeWithLab = canBuildLabs() ? describe : describe.skip
const isRoot = process.geteuid?.() === 0

let folder: string
const machines: LabMachine[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hyphae-machine-'))
})
afterEach(async () => {
  await Promise.all(machines.splice(0).map(machine => machine.stop()))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function start(options: Partial<MachineOptions> = {}): Promise<LabMachine> {
  const machine = await startMachine({ name: 'node1', folder, ...options })
  machines.push(machine)
  return machine
}

describe('what a machine refuses', () => {
  it.each(['', 'Node', '-a', 'node one', 'a23456789', '1a', '../x'])('to be called %j', async name => {
    await expect(startMachine({ name, folder })).rejects.toMatchObject({ code: 'NODE_NET_LAB' })
  })

  it('to keep its files where it cannot see them', async () => {
    await expect(startMachine({ name: 'node1', folder: '/run/lab' })).rejects.toMatchObject({
      code: 'NODE_NET_LAB',
      message: expect.stringContaining('/run'),
    })
  })
})

// As root, once with root's rights and once with those of a user namespace.
describeWithLab.each(isRoot ? [false, true] : [true])('a machine, in a user namespace: %s', userNamespace => {
  it('has a network, a name, processes and a /run of its own', async () => {
    const machine = await start({ userNamespace })
    const links = await ipJson<{ ifname: string; flags: string[] }>(machine, 'link')
    expect(links.map(({ ifname, flags }) => [ifname, flags.includes('UP')])).toEqual([['lo', true]])
    expect((await machine.run('hostname')).stdout).toBe('node1\n')
    expect((await machine.run('ls', '/run')).stdout).toBe('netns\n')
    expect((await machine.run('ls', '/sys/class/net')).stdout).toBe('lo\n')
    expect((await machine.run('cat', '/proc/1/comm')).stdout).toBe('cat\n')
    expect((await machine.run('sysctl', '-n', 'net.ipv4.ip_forward')).stdout).toBe('0\n')
  })

  it('has its own idea of whom to ask for names', async () => {
    const before = readFileSync('/etc/resolv.conf', 'utf8')
    const machine = await start({ userNamespace, nameservers: ['198.51.100.1', '2001:db8::1'] })
    const { stdout } = await machine.run('cat', '/etc/resolv.conf')
    expect(stdout).toBe('nameserver 198.51.100.1\nnameserver 2001:db8::1\n')
    expect(readFileSync('/etc/resolv.conf', 'utf8')).toBe(before)
  })

  it('makes namespaces that no other machine sees, and takes links back from them', async () => {
    const [one, two] = [await start({ userNamespace }), await start({ userNamespace, name: 'node2' })]
    await one.run('ip', 'netns', 'add', 'ndmz')
    expect((await two.run('ip', 'netns')).stdout).toBe('')
    await one.run('ip', 'link', 'add', 'name', 'a', 'type', 'veth', 'peer', 'name', 'b', 'netns', 'ndmz')
    // The root namespace, as `ip` is told to call it.
    const back = ['link', 'set', 'dev', 'b', 'netns', one.runner.nameOf('root')]
    await one.runner.run({ namespace: 'ndmz', program: 'ip', args: back })
    const links = await ipJson<{ ifname: string }>(one, 'link')
    expect(links.map(({ ifname }) => ifname).sort()).toEqual(['a', 'b', 'lo'])
  })

  it('runs processes until they are stopped', async () => {
    const machine = await start({ userNamespace })
    const sleeper = await machine.start(['sleep', '1000'])
    const pid = await eventually('sleep to run', async () => sleeper.programPid())
    expect(readlinkSync(`/proc/${pid}/ns/net`)).toBe(readlinkSync(`/proc/${machine.pid}/ns/net`))
    await sleeper.stop()
    await eventually('sleep to be gone', async () => !isAlive(pid))
    // Nothing happens.
    await sleeper.stop()
  })

  it('says what a process printed that ended too early', async () => {
    const machine = await start({ userNamespace })
    const process = await machine.start(['ls', '/nowhere'])
    await expect(process.waitFor(/ready/)).rejects.toMatchObject({
      code: 'NODE_NET_LAB',
      message: expect.stringContaining('/nowhere'),
    })
  })

  it.each(['stop', 'kill'] as const)('takes everything in it along: %s', async how => {
    const machine = await start({ userNamespace })
    // Deaf for SIGTERM and without a parent, as daemons are.
    const deaf = await machine.start([
      process.execPath,
      '-e',
      'process.on("SIGTERM", () => {}); setInterval(() => {}, 1e6); console.log("up")',
    ])
    await deaf.waitFor(/up/)
    const pid = deaf.programPid() as number
    await machine[how]()
    await machine.ended
    expect([isAlive(pid), isAlive(machine.pid)]).toEqual([false, false])
    await machine[how]()
  })

  it('has TUN devices where we may open them', async () => {
    const machine = await start({ userNamespace })
    const made = machine.run('ip', 'tuntap', 'add', 'tap0', 'mode', 'tap')
    if (mayUseTun()) await made
    else await expect(made).rejects.toMatchObject({ code: 'NODE_NET_PERMISSION' })
  })
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
