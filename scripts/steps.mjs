/** What start, build and test have in common. Node built-ins only: it runs before anything is installed. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))
const at = (...parts) => join(root, ...parts)

/** Runs a command to its end; its output is shown only when it fails, unless `show`. Resolves with the exit code. */
export function run(command, args, { show = false, cwd = root, env = process.env } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: show ? 'inherit' : ['ignore', 'pipe', 'pipe'] })
    const output = []
    child.stdout?.on('data', part => output.push(part))
    child.stderr?.on('data', part => output.push(part))
    child.once('error', reject)
    child.once('close', (code, signal) => {
      const exitCode = code ?? (signal === 'SIGINT' ? 130 : 1)
      if (exitCode !== 0) process.stderr.write(Buffer.concat(output))
      resolve(exitCode)
    })
  })
}

/** Says what is going on; ends this process when it fails. */
export async function step(what, work) {
  const startedAt = Date.now()
  process.stderr.write(`${what} …`)
  const exitCode = await work()
  process.stderr.write(exitCode === 0 ? ` ${(Date.now() - startedAt) / 1000} s\n` : ` failed (exit code ${exitCode})\n`)
  if (exitCode !== 0) process.exit(exitCode)
}

/**
 * Installs what the lockfile says, when something is missing or the lockfile is another than at the last time. Not `npm ci`:
 * it refuses a lockfile that was made where packages for other platforms could not be seen.
 */
export async function install(folder = root, what = 'installing dependencies, once') {
  const lock = createHash('sha256')
    .update(readFileSync(join(folder, 'package-lock.json')))
    .digest('hex')
  const modules = join(folder, 'node_modules')
  const mark = join(modules, '.hyphae-lock')
  const installed = existsSync(mark) ? readFileSync(mark, 'utf8') : undefined
  if (installed === lock) return
  // Installed by hand: npm's own record is newer than the lockfile.
  const record = join(modules, '.package-lock.json')
  const lockTime = statSync(join(folder, 'package-lock.json')).mtimeMs
  if (installed !== undefined || !existsSync(record) || statSync(record).mtimeMs < lockTime) {
    const [command, ...args] = npm(
      'install',
      '--no-save',
      '--include=dev',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
    )
    await step(what, () => run(command, args, { cwd: folder }))
  }
  mkdirSync(modules, { recursive: true })
  writeFileSync(mark, lock)
}

/** Compiles src to dist when a source is newer. */
export async function build() {
  const mark = at('dist', '.built')
  const builtAt = existsSync(mark) ? statSync(mark).mtimeMs : 0
  const settings = ['package.json', 'tsconfig.json', 'tsconfig.build.json'].map(name => at(name))
  if ([...settings, ...filesIn(at('src'))].every(file => statSync(file).mtimeMs < builtAt)) return

  const startedAt = new Date()
  await step('building', () => run(process.execPath, [tools.tsc, '-p', 'tsconfig.build.json']))
  writeFileSync(mark, '')
  // What changed while the compiler ran is built the next time.
  utimesSync(mark, startedAt, startedAt)
}

export const tools = {
  tsc: at('node_modules', '@typescript', 'native', 'bin', 'tsc'),
  biome: at('node_modules', '@biomejs', 'biome', 'bin', 'biome'),
  jest: at('node_modules', 'jest', 'bin', 'jest.js'),
  hyphae: at('dist', 'cli', 'bin.js'),
}

/** The npm that runs this script, where one does. */
function npm(...args) {
  const { npm_execpath: path } = process.env
  return path?.endsWith('.js') ? [process.execPath, path, ...args] : ['npm', ...args]
}

function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map(entry => join(entry.parentPath, entry.name))
}
