/** Everything that is measured runs in a process of its own, told what to do by arguments and environment. */
import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))
const DEADLINE_MS = 240_000
const KEPT_CHARACTERS = 4_000

const home = mkdtempSync(join(tmpdir(), 'bench-'))
process.once('exit', () => rmSync(home, { recursive: true, force: true }))

/** Nothing of the caller's environment decides what is measured; what clients store is thrown away. */
const environment = more => ({ PATH: process.env.PATH, HOME: home, HYPHAE_STATE_DIR: join(home, 'state'), ...more })

/** Runs a program of bench/ or elsewhere to its end. Resolves with the JSON it printed line by line; objects get `atMs`,
 * when they came, counted from spawning the process.
 *
 * @param {string} file relative to the root of the project
 */
export async function measure(file, args = [], env = {}) {
  const startedAt = performance.now()
  const child = spawn(process.execPath, [join(ROOT, file), ...args.map(String)], {
    env: environment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: ROOT,
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS)
  let errors = ''
  child.stderr.on('data', part => {
    errors = (errors + part).slice(-KEPT_CHARACTERS)
  })
  const exit = once(child, 'close')
  const lines = []
  // The peer prints its progress too.
  for await (const text of createInterface({ input: child.stdout })) {
    if (/^[{[]/.test(text)) lines.push({ text, atMs: performance.now() - startedAt })
  }
  const [code] = await exit
  clearTimeout(timer)
  if (code !== 0) throw new Error(`${file} ended with ${code}: ${lines.at(-1)?.text ?? ''}\n${errors}`)
  return lines.flatMap(readLine)
}

function readLine({ text, atMs }) {
  try {
    const value = JSON.parse(text)
    return [Array.isArray(value) ? value : { ...value, atMs }]
  } catch {
    return [] // something that only looked like JSON
  }
}

/** How long a command takes from spawning to its end, in milliseconds. */
export async function wallTime(args) {
  const startedAt = performance.now()
  const child = spawn(process.execPath, args, { env: environment(), stdio: 'ignore', cwd: ROOT })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`node ${args.join(' ')} ended with ${code}`)
  return performance.now() - startedAt
}

/** A program that stays and answers: one message for each that it gets, one when it is ready, and `close` ends it. */
export async function startWorker(file, args = []) {
  const startedAt = performance.now()
  const child = fork(join(ROOT, file), args.map(String), { env: environment(), stdio: ['ignore', 'ignore', 2, 'ipc'] })
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${file} ended with ${code}`)
  })
  ended.catch(() => {})
  const answer = async () => (await Promise.race([once(child, 'message'), ended]))[0]
  const ready = await answer()

  return {
    ready,
    readyMs: performance.now() - startedAt,
    ask(question) {
      child.send(question)
      return answer()
    },
    async close() {
      child.send('close')
      await once(child, 'exit')
    },
  }
}

/** A local grid in a process of its own. `readyMs` is counted from spawning that process. */
export async function startGrid(options = {}) {
  const { ready, readyMs, ask, close } = await startWorker('bench/clients/grid.mjs', [JSON.stringify(options)])
  /** Resident memory now and at its highest, in bytes. */
  const memory = () => ask('memory')
  return { ...ready, readyMs, memory, close }
}
