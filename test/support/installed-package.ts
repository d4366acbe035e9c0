/**
 * The package as a project would have it after installing it: built, in a node_modules of its own, with its command.
 * Built once for each state of the sources; whoever comes second finds it.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** Inside of the checkout, so that what the package depends on is found where it is installed. */
const BUILDS = join(ROOT, '.hyphae', 'test-builds')
const KEEP_MS = 3_600_000
/** This file: what it builds depends on it too. */
const BUILDER = 'test/support/installed-package.ts'

export interface InstalledPackage {
  /** A folder whose programs can `import 'hyphae'`. */
  readonly home: string
  /** dist/ of the package. */
  readonly dist: string
  /** The command's file. */
  readonly bin: string
  /** Holds the commands under their names. */
  readonly binFolder: string
}

export function installedPackage(): InstalledPackage {
  const home = join(BUILDS, stateOfSources())
  const found = describe(home)
  if (existsSync(home)) return found

  mkdirSync(BUILDS, { recursive: true })
  forgetOldBuilds()
  const draft = `${home}.${process.pid}`
  build(draft)
  try {
    renameSync(draft, home)
  } catch (error) {
    // Another test was faster.
    rmSync(draft, { recursive: true, force: true })
    if (!existsSync(home)) throw error
  }
  return found
}

function describe(home: string): InstalledPackage {
  const dist = join(home, 'node_modules', 'hyphae', 'dist')
  return { home, dist, bin: join(dist, 'cli', 'bin.js'), binFolder: join(home, 'node_modules', '.bin') }
}

function build(home: string): void {
  const { dist, binFolder } = describe(home)
  const compiler = join(ROOT, 'node_modules', '.bin', 'tsc')
  const args = ['-p', join(ROOT, 'tsconfig.build.json'), '--outDir', dist]
  const { status, stdout } = spawnSync(compiler, args, { encoding: 'utf8' })
  // Types that do not hold are another test's matter; what they are written on is there all the same.
  if (status !== 0 && !existsSync(join(dist, 'index.js'))) throw new Error(`the package cannot be built:\n${stdout}`)
  cpSync(join(ROOT, 'package.json'), join(home, 'node_modules', 'hyphae', 'package.json'))
  mkdirSync(binFolder)
  const commands = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).bin as Record<string, string>
  for (const [name, file] of Object.entries(commands)) {
    const target = join(home, 'node_modules', 'hyphae', file)
    if (existsSync(target)) chmodSync(target, 0o755)
    symlinkSync(join('..', 'hyphae', file), join(binFolder, name))
  }
  // Without one of its own the folder would belong to the checkout, whose name is the package's.
  writeFileSync(join(home, 'package.json'), '{ "name": "program", "private": true, "type": "module" }\n')
}

function stateOfSources(): string {
  const hash = createHash('sha256')
  const add = (path: string) => {
    hash.update(path)
    hash.update(readFileSync(join(ROOT, path)))
  }
  for (const path of ['package.json', 'tsconfig.json', 'tsconfig.build.json', BUILDER]) add(path)
  const names = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).sort()
  for (const name of names) if (name.endsWith('.ts') && !name.endsWith('.test.ts')) add(join('src', name))
  return hash.digest('hex').slice(0, 16)
}

function forgetOldBuilds(): void {
  for (const name of readdirSync(BUILDS)) {
    const path = join(BUILDS, name)
    if (Date.now() - statSync(path).mtimeMs > KEEP_MS) rmSync(path, { recursive: true, force: true })
  }
}
