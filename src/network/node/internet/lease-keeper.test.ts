import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'

import { canBuildLabs, eventually } from '../../../../test/support/node-lab.js'
import { type Segments, startSegments } from '../../../../test/support/node-segments.js'
import type { LabMachine } from '../lab/machine.js'
import { createSupervisor, type Supervisor } from '../services/supervisor.js'
import { chooseDhcpClient } from './choose-dhcp-client.js'
import { dhcpcd } from './dhcpcd.js'
import { udhcpc } from './udhcpc.js'

const describeWithLab = canBuildLabs('dhcpcd') ? describe : describe.skip

describeWithLab('keeping a lease', () => {
  let segments: Segments
  let machine: LabMachine
  let folder: string
  let supervisor: Supervisor

  beforeAll(async () => {
    segments = await startSegments({ segments: { home: { ipv4: '192.168.7.1/24' } }, dns: true })
  })
  afterAll(() => segments.stop())
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hyphae-keeper-'))
    machine = await segments.machine('home')
    supervisor = createSupervisor({ folder, runner: machine.runner, stopMs: 500 })
  })
  afterEach(async () => {
    await supervisor.close({ keep: false })
    rmSync(folder, { recursive: true, force: true })
  })

  const ip = async (namespace: string, ...args: readonly string[]) =>
    (await machine.runner.run({ namespace, program: 'ip', args })).stdout
  const addressIn = async (namespace: string, nic: string): Promise<string | undefined> => {
    const [link] = JSON.parse(await ip(namespace, '-4', '-j', 'address', 'show', 'dev', nic))
    const found = link?.addr_info?.find((one: { dynamic?: boolean }) => one.dynamic)
    return found && `${found.local}/${found.prefixlen}`
  }
  const gatewayIn = async (namespace: string): Promise<string | undefined> =>
    JSON.parse(await ip(namespace, '-4', '-j', 'route', 'show', 'default'))[0]?.gateway

  describe.each([udhcpc(), dhcpcd()])('with $name', client => {
    const start = (namespace: string, dns = false) =>
      supervisor.start(client.keeper('eth0', namespace, { dns, folder }))

    it('sets address and default route in a namespace of the node', async () => {
      await ip('root', 'netns', 'add', 'ndmz')
      await ip('root', 'link', 'set', 'dev', 'eth0', 'netns', 'ndmz', 'up')
      const since = performance.now()
      await start('ndmz')
      await eventually('the default route', async () => (await gatewayIn('ndmz')) === '192.168.7.1')
      process.stdout.write(`${client.name} keeps: route after ${Math.round(performance.now() - since)} ms\n`)
      expect(await addressIn('ndmz', 'eth0')).toMatch(/^192\.168\.7\.\d+\/24$/)
      expect((await supervisor.list())[0]).toMatchObject({ name: 'dhcp-eth0', state: 'running', restarts: 0 })
    })

    it('writes down name servers where it is asked to', async () => {
      await ip('root', 'link', 'set', 'dev', 'eth0', 'up')
      const file = { namespace: 'root', program: 'cat', args: ['/etc/resolv.conf'] }
      await start('root', true)
      await eventually('the name server', async () =>
        /^nameserver 192\.168\.7\.1$/m.test((await machine.runner.run(file)).stdout),
      )
    })

    it('waits for a server that is away, and goes on when it is back', async () => {
      const { router } = segments.lab
      await router.stopServing()
      await ip('root', 'link', 'set', 'dev', 'eth0', 'up')
      await start('root')
      await router.serve()
      const since = performance.now()
      const address = await eventually('an address', () => addressIn('root', 'eth0'), 20_000)
      process.stdout.write(
        `${client.name}: address ${Math.round(performance.now() - since)} ms after the server is back\n`,
      )

      // The client dies, and the server is away: the address stays, until its time is over.
      await router.stopServing()
      const [before] = await supervisor.list()
      process.kill(-(before?.pid as number), 'SIGKILL')
      await eventually('a new client', async () => {
        const [now] = await supervisor.list()
        return now?.restarts === 1 && now.state === 'running'
      })
      expect(await addressIn('root', 'eth0')).toBe(address)

      await router.serve()
      await ip('root', '-4', 'address', 'flush', 'dev', 'eth0')
      expect(await eventually('the address', () => addressIn('root', 'eth0'), 20_000)).toBe(address)
      await eventually('the default route', async () => (await gatewayIn('root')) === '192.168.7.1')
    })
  })

  it('uses what is installed', async () => {
    expect((await chooseDhcpClient(machine.runner)).name).toBe('udhcpc')
    expect((await chooseDhcpClient(machine.runner, 'dhcpcd')).name).toBe('dhcpcd')
  })
})
