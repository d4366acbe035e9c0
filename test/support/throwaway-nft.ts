/** Network namespaces that last as long as one script: nothing of the machine's own is touched, and nothing is left. */
import { spawnSync } from 'node:child_process'

import { missingTools } from './network-tools.js'

const DEADLINE_MS = 25_000

/** What is missing here to try rulesets; undefined when nothing is. As root that must be so. */
export function noNftReason(): string | undefined {
  const missing = missingTools('ip', 'nft', 'ping', 'sysctl')
  if (missing.length > 0) return `needs ${missing.join(', ')}`
  const { status, error, stderr } = unshared('nft list ruleset', [])
  return status === 0 ? undefined : `needs nft and network namespaces: ${error?.message ?? stderr.trim()}`
}

/** What `nft -j list ruleset` prints after the texts were loaded in order, each in one transaction, into a new namespace. */
export function listAfter(...texts: readonly string[]): string {
  return inNamespace('for text; do printf %s "$text" | nft -f - || exit; done; nft -j list ruleset', texts)
}

/** What the script prints. It may make namespaces with names: /run/netns is its own.
 *
 * @param args its `$1` and so on
 */
export function inNamespace(script: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = unshared(script, args)
  if (status !== 0) throw new Error(`the script failed: ${error?.message ?? stderr}\n${args.join('\n---\n')}`)
  return stdout
}

function unshared(script: string, args: readonly string[]) {
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']
  // With a process namespace of its own, everything that the script started ends with it.
  const prepare = 'mount -t tmpfs none /run && mkdir /run/netns && ip link set lo up && '
  return spawnSync(
    'unshare',
    [
      ...user,
      '--net',
      '--mount',
      '--pid',
      '--fork',
      '--kill-child',
      '--mount-proc',
      'sh',
      '-c',
      prepare + script,
      'sh',
      ...args,
    ],
    {
      env: { ...process.env, PATH: `/usr/sbin:/sbin:${process.env.PATH ?? ''}` },
      encoding: 'utf8',
      timeout: DEADLINE_MS,
      killSignal: 'SIGKILL',
      maxBuffer: 64 * 1024 * 1024,
    },
  )
}
