/** A grid in a folder is killed and started again on the same ports: what was deployed is still there. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { build } from 'esbuild'

import { GridClient } from '../client.js'
import type { GridUrls } from '../config.js'

const PROGRAM = `
  const { startLocalGrid } = await import(process.argv[1])
  const { chain, faults, fund, newIdentity, idle, close, ...grid } = await startLocalGrid(JSON.parse(process.argv[2]))
  console.log(JSON.stringify(grid))`

let bundle: string
let folder: string
let port: number
const children: ChildProcess[] = []

/** Plain JavaScript, made once: compiling it anew takes a child ten times as long as starting. */
beforeAll(async () => {
  const cache = join(process.cwd(), 'node_modules', '.cache')
  mkdirSync(cache, { recursive: true })
  // Inside the project, so that the packages are found.
  bundle = mkdtempSync(join(cache, 'hyphae-restart-'))
  await build({
    entryPoints: [fileURLToPath(new URL('./index.ts', import.meta.url))],
    outdir: bundle,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
  })
})

afterAll(() => rmSync(bundle, { recursive: true, force: true }))

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hyphae-restart-'))
  port = await freePorts()
})

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

type Printed = GridUrls & { mnemonic: string; network: 'dev' }

async function startGrid(): Promise<{ grid: Printed; kill: () => Promise<void> }> {
  const options = JSON.stringify({ dataDir: join(folder, 'grid'), port })
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM, join(bundle, 'index.mjs'), options])
  children.push(child)
  let output = ''
  let problem = ''
  child.stderr.on('data', data => {
    problem += data
  })
  const grid = await new Promise<Printed>((resolve, reject) => {
    child.stdout.on('data', data => {
      output += data
      if (output.includes('\n')) resolve(JSON.parse(output) as Printed)
    })
    child.once('exit', () => reject(new Error(problem)))
  })
  const gone = new Promise<void>(resolve => child.once('exit', () => resolve()))
  return {
    grid,
    kill: () => {
      child.kill('SIGKILL')
      return gone
    },
  }
}

function clientOf({
  substrateURL,
  relayURL,
  proxyURL,
  graphqlURL,
  activationURL,
  kycURL,
  mnemonic,
  network,
}: Printed): GridClient {
  return new GridClient({
    ...{ substrateURL, relayURL, proxyURL, graphqlURL, activationURL, kycURL, mnemonic, network },
    stateDir: join(folder, 'client'),
    nodeTimeoutMs: 2_000,
    chainTimeoutMs: 3_000,
    deploymentTimeoutMinutes: 0.1,
  })
}

function modelOf(name: string) {
  return {
    name,
    network: { name: `${name}net`, ip_range: '10.249.0.0/16' },
    machines: [
      {
        name: `${name}vm`,
        node_id: 168,
        disks: [{ name: 'disk', size: 8, mountpoint: '/data' }],
        public_ip: true,
        public_ip6: false,
        planetary: true,
        mycelium: true,
        cpu: 1,
        memory: 2048,
        rootfs_size: 0,
        flist: 'https://hub.grid.tf/tf-official-apps/base:latest.flist',
        entrypoint: '/sbin/zinit init',
        env: {},
      },
    ],
  }
}

describe('a grid that was killed', () => {
  it('comes back with its machines, addresses and contracts', async () => {
    const first = await startGrid()
    const before = clientOf(first.grid)
    await before.machines.deploy(modelOf('one'))
    const machine = await before.machines.getObj('one')
    const stats = await (await fetch(`${first.grid.proxyURL}/stats`)).json()
    await first.kill()
    await before.disconnect()

    const second = await startGrid()
    const after = clientOf(second.grid)
    expect(second.grid).toEqual(first.grid)
    expect(await after.machines.getObj('one')).toEqual(machine)
    expect((await after.machines.plan(modelOf('one'))).steps).toEqual([])
    expect(await (await fetch(`${second.grid.proxyURL}/stats`)).json()).toEqual(stats)

    await after.machines.delete({ name: 'one' })
    expect(await (await fetch(`${second.grid.proxyURL}/contracts?state=Created`)).json()).toEqual([])
    await after.disconnect()
    await second.kill()
  })

  it('opens its folder whenever it was killed, and the same program brings what it describes', async () => {
    for (const delayMs of [30, 120]) {
      const { grid, kill } = await startGrid()
      const client = clientOf(grid)
      await client.connect()
      const deploying = client.machines.deploy(modelOf('two')).catch(() => {})
      await new Promise(resolve => setTimeout(resolve, delayMs))
      await kill()
      await client.disconnect()
      await deploying
    }
    const { grid, kill } = await startGrid()
    const client = clientOf(grid)
    await client.machines.deploy(modelOf('two'))
    expect((await client.machines.plan(modelOf('two'))).steps).toEqual([])
    expect(await (await fetch(`${grid.proxyURL}/contracts?state=Created`)).json()).toHaveLength(2)
    await client.disconnect()
    await kill()
  }, 60_000)
})

/** The first of four ports in a row that are free. */
async function freePorts(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const first = 20_000 + Math.floor(Math.random() * 10_000)
    if ((await Promise.all([0, 1, 2, 3].map(offset => isFree(first + offset)))).every(Boolean)) return first
  }
  throw new Error('no four free ports in a row')
}

function isFree(candidate: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer().once('error', () => resolve(false))
    server.listen(candidate, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
