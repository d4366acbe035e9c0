/**
 * Programs that come from Debian's packages: a database, a browser. Installed where the tests run as root on Debian;
 * elsewhere the tests that need them are skipped, and say why.
 *
 * @example
 * const describeWithDatabase = ensureDebian('postgresql', findPostgres) ? describe : describe.skip
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const INSTALL_MS = 300_000

/** True when `found` finds what `packages` bring, before or after installing them.
 *
 * @param packages names of Debian packages, with spaces between them
 * @param found whether the program is there; asked again after the installation
 */
export function ensureDebian(packages: string, found: () => unknown): boolean {
  if (found()) return true
  const reason = install(packages.split(' ')) ?? (found() ? undefined : 'the installation has not brought it')
  if (reason === undefined) return true
  process.stderr.write(`skipped: ${packages} is missing, ${reason}\n`)
  return false
}

/** Why it could not be installed. */
function install(packages: readonly string[]): string | undefined {
  if (process.getuid?.() !== 0) return 'and only root can install it'
  if (!existsSync('/usr/bin/apt-get')) return 'and this is not Debian'
  // Another test may be installing something: wait for it. Runlevel 1 keeps services from being started by themselves.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  const aptGet = (...args: readonly string[]) =>
    spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=240', '-qq', ...args], {
      env,
      timeout: INSTALL_MS,
      encoding: 'utf8',
    })
  const arguments_ = ['install', '-y', '--no-install-recommends', ...packages]
  if (aptGet(...arguments_).status === 0) return undefined
  // The lists may be old, or not there at all.
  aptGet('update')
  const { status, stderr } = aptGet(...arguments_)
  return status === 0
    ? undefined
    : `and cannot be installed: ${stderr?.trim().split('\n').at(-1) ?? 'it takes too long'}`
}
