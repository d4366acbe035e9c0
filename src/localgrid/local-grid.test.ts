import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterEach, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { createIdentity } from '../chain/keys.js'
import { isHyphaeError } from '../errors/base.js'
import { type LocalGrid, type LocalGridOptions, startLocalGrid } from './index.js'

const open: LocalGrid[] = []

afterEach(async () => {
  for (const grid of open.splice(0)) await grid.close()
})

async function start(options?: LocalGridOptions): Promise<LocalGrid> {
  const grid = await startLocalGrid(options)
  open.push(grid)
  return grid
}

// biome-ignore lint/suspicious/noExplicitAny: whatever JSON the server sends
async function json(url: string): Promise<any> {
  return (await fetch(url)).json()
}

function isListening(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ host: '127.0.0.1', port }, () => resolve(true)).on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })
}

describe('a local grid', () => {
  it('starts with the documented nodes and a user who can deploy', async () => {
    const grid = await start()
    expect(grid.nodes.map(({ nodeId, kind }) => `${nodeId} ${kind}`)).toEqual([
      '11 full',
      '168 full',
      '169 hidden',
      '170 gateway',
      '171 light',
      '172 gpu',
    ])
    const user = await createIdentity(grid.mnemonic)
    expect(grid.chain.twinOf(user.address)).toMatchObject({ id: grid.twinId, relay: '127.0.0.1' })
    expect(grid.chain.termsAccepted(user.address)).toBe(true)
    expect(grid.chain.balance(user.address).free).toBe(10_000_000_000_000n)
    expect(await json(`${grid.kycURL}/api/v1/status?client_id=${user.address}`)).toEqual({
      result: { status: 'VERIFIED' },
    })

    const nodes = await json(`${grid.proxyURL}/nodes?status=up&sort_by=node_id`)
    expect(nodes.map((node: { nodeId: number }) => node.nodeId)).toEqual([11, 168, 169, 170, 171, 172])
    const now = Date.now() / 1000
    for (const node of nodes) expect(Math.abs(node.created - now)).toBeLessThan(60)
  })

  it('has URLs of loopback only, and none that clients take for the development network', async () => {
    const grid = await start()
    for (const name of [
      'substrateURL',
      'relayURL',
      'proxyURL',
      'graphqlURL',
      'activationURL',
      'kycURL',
      'adminURL',
    ] as const) {
      expect(new URL(grid[name]).hostname).toBe('127.0.0.1')
      expect(grid[name]).not.toContain('dev')
    }
  })

  it('frees its ports when it is closed, twice as well as once', async () => {
    const grid = await start()
    const ports = [grid.substrateURL, grid.relayURL, grid.proxyURL, grid.adminURL].map(url => Number(new URL(url).port))
    expect(await Promise.all(ports.map(isListening))).toEqual([true, true, true, true])
    await Promise.all([grid.close(), grid.close()])
    expect(await Promise.all(ports.map(isListening))).toEqual([false, false, false, false])
  })

  it('takes four ports in a row, and says which one is taken', async () => {
    const blocker: Server = createServer()
    await new Promise<void>(resolve => blocker.listen(0, '127.0.0.1', resolve))
    const { port } = blocker.address() as { port: number }
    for (const [offset, first] of [port, port - 1, port - 2, port - 3].entries()) {
      const error = await startLocalGrid({ port: first }).catch((reason: unknown) => reason)
      expect(isHyphaeError(error) && error.code).toBe('LOCALGRID_PORT')
      for (let before = first; before < first + offset; before++) expect(await isListening(before)).toBe(false)
    }
    await new Promise(resolve => blocker.close(resolve))
  })

  it('gives money and new identities that are known at once', async () => {
    const grid = await start()
    const { address, mnemonic, twinId } = await grid.newIdentity()
    expect((await createIdentity(mnemonic)).address).toBe(address)
    expect(grid.chain.twin(twinId)?.account).toBe(address)
    expect(grid.chain.balance(address).free).toBe(100_000_000_000n)
    await grid.fund(address, 1.5)
    expect(grid.chain.balance(address).free).toBe(100_015_000_000n)
    await expect(grid.fund('nobody', 1)).rejects.toMatchObject({ code: 'LOCALGRID_REQUEST' })
    await expect(grid.fund(address, 0)).rejects.toMatchObject({ code: 'LOCALGRID_REQUEST' })
  })

  it('does not disturb another one in the process', async () => {
    const [one, other] = await Promise.all([start(), start({ nodes: { full: 3 } })])
    one.faults.set({ kind: 'silent-node', nodeId: 11 })
    await one.newIdentity()
    expect(await json(`${other.proxyURL}/nodes/11/status`)).toEqual({ status: 'up' })
    expect(await json(`${one.proxyURL}/nodes/11/status`)).toEqual({ status: 'down' })
    expect([one.chain.twins().length, other.chain.twins().length]).toEqual([9, 9])
    expect([one.nodes.length, other.nodes.length]).toEqual([6, 7])
  })

  it('survives any bytes on any of its ports', async () => {
    const grid = await start()
    const ports = [grid.substrateURL, grid.relayURL, grid.proxyURL, grid.adminURL].map(url => Number(new URL(url).port))
    const upgrade =
      'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...ports),
        fc.boolean(),
        fc.uint8Array({ maxLength: 300 }),
        async (port, ws, bytes) => {
          await new Promise<void>(resolve => {
            const socket = connect({ host: '127.0.0.1', port }, () => {
              socket.end(ws ? Buffer.concat([Buffer.from(upgrade), bytes]) : bytes)
            })
            socket.on('data', () => {})
            socket.on('error', () => resolve())
            socket.on('close', () => resolve())
            socket.setTimeout(200, () => socket.destroy())
          })
        },
      ),
      { numRuns: 120, seed: 31 },
    )
    expect((await json(`${grid.adminURL}/status`)).nodes).toHaveLength(6)
  })

  it.each([[{ nodes: { full: 1 } }], [{ port: -1 }], [{ unknown: true }], [{ publicIps: 1000 }]])(
    'refuses the options %j',
    async options => {
      await expect(startLocalGrid(options as never)).rejects.toMatchObject({ code: 'LOCALGRID_OPTION' })
    },
  )
})

describe('a local grid in a folder', () => {
  it('comes back with everybody it had, and gains nodes when more are asked', async () => {
    const dataDir = join(mkdtempSync(join(tmpdir(), 'hyphae-grid-')), 'data')
    try {
      const first = await startLocalGrid({ dataDir })
      const newcomer = await first.newIdentity()
      const { nodes } = first
      const height = first.chain.height()
      await expect(startLocalGrid({ dataDir })).rejects.toMatchObject({ code: 'LOCALGRID_DATA' })
      await first.close()

      const second = await start({ dataDir, nodes: { full: 4 } })
      expect(second.nodes.slice(0, nodes.length)).toEqual(nodes)
      expect(second.nodes.slice(nodes.length).map(node => node.nodeId)).toEqual([173, 174])
      expect(second.chain.twin(newcomer.twinId)?.account).toBe(newcomer.address)
      expect(second.chain.height()).toBe(height + 1)
      await second.close()

      const third = await start({ dataDir })
      expect(third.nodes).toHaveLength(8)
      expect(third.chain.height()).toBe(height + 1)
    } finally {
      for (const grid of open.splice(0)) await grid.close()
      rmSync(join(dataDir, '..'), { recursive: true, force: true })
    }
  })

  it('survives SIGKILL', async () => {
    const dataDir = join(mkdtempSync(join(tmpdir(), 'hyphae-grid-')), 'data')
    const module = fileURLToPath(new URL('./index.ts', import.meta.url))
    const program = `
      import { createJiti } from 'jiti'
      const { startLocalGrid } = await createJiti(process.cwd()).import(${JSON.stringify(module)})
      const grid = await startLocalGrid({ dataDir: process.argv[1] })
      for (let i = 0; i < 5; i++) console.log(JSON.stringify(await grid.newIdentity()))
      process.kill(process.pid, 'SIGKILL')`
    try {
      const child = spawn(process.execPath, ['--input-type=module', '-e', program, dataDir])
      let output = ''
      let problem = ''
      child.stdout.on('data', data => {
        output += data
      })
      child.stderr.on('data', data => {
        problem += data
      })
      const signal = await new Promise(resolve => child.on('close', (_, by) => resolve(by)))
      expect([signal, problem]).toEqual(['SIGKILL', ''])

      const grid = await start({ dataDir })
      const identities = output
        .trim()
        .split('\n')
        .map(line => JSON.parse(line) as { twinId: number; address: string })
      expect(identities).toHaveLength(5)
      for (const { twinId, address } of identities) expect(grid.chain.twin(twinId)?.account).toBe(address)
    } finally {
      for (const grid of open.splice(0)) await grid.close()
      rmSync(join(dataDir, '..'), { recursive: true, force: true })
    }
  })
})
