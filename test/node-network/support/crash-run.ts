/** Runs the program that crashes, in a process of its own. */
import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { build } from 'esbuild'

import type { CrashOrder, CrashReport } from './crash-child.js'

const PATIENCE_MS = 30_000

/** Built once: starting it is then quick. */
export async function buildCrashChild(folder: string): Promise<string> {
  const outfile = join(folder, 'crash-child.cjs')
  const entry = fileURLToPath(new URL('./crash-child.ts', import.meta.url))
  await build({ entryPoints: [entry], outfile, bundle: true, format: 'cjs', platform: 'node' })
  return outfile
}

export interface CrashOutcome {
  /** `SIGKILL`, or the exit code. */
  readonly end: string
  readonly report?: CrashReport
  readonly problem: string
}

export function runCrashChild(program: string, order: CrashOrder): Promise<CrashOutcome> {
  const file = `${order.stateDir}.order.json`
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, JSON.stringify(order), { mode: 0o600 })
  const child = spawn(process.execPath, [program, file], { cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] })
  let [output, problem] = ['', '']
  child.stdout.setEncoding('utf8').on('data', part => {
    output += part
  })
  child.stderr.setEncoding('utf8').on('data', part => {
    problem += part
  })
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`the child with ${JSON.stringify(order.crash)} neither ends nor dies: ${problem}`))
    }, PATIENCE_MS)
    // `exit`, not `close`: what it has started may hold its output open.
    child.once('exit', (code, signal) => {
      clearTimeout(timer)
      setImmediate(() => {
        const report = output === '' ? {} : { report: JSON.parse(output) as CrashReport }
        resolve({ end: signal ?? String(code), problem, ...report })
      })
    })
  })
}
