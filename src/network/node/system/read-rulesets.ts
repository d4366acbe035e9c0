/**
 * Rulesets of many namespaces. `nft` knows only the one it runs in, and a child process for each costs more than listing
 * it does: `ip -batch` starts them instead, from a small process of its own.
 */
import { NodeNetworkError } from '../../../errors/node-network.js'
import { ROOT } from '../state/desired.js'
import { namespaceWord } from './batch-word.js'
import { runBounded } from './run-bounded.js'
import type { CommandRunner } from './runner.js'

const AT_ONCE = 2
const EACH = 16

/** What `nft -j list ruleset` prints, by namespace; those that are gone by now are left out. */
export async function readRulesets(
  runner: CommandRunner,
  namespaces: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rulesets = new Map<string, string>()
  const readOne = async (namespace: string) => {
    try {
      const { stdout } = await runner.run({ namespace, program: 'nft', args: ['-j', 'list', 'ruleset'] })
      rulesets.set(namespace, stdout)
    } catch (error) {
      if (!(error instanceof NodeNetworkError && /nsenter: cannot open/.test(error.message))) throw error
    }
  }
  const readTogether = async (names: readonly string[]) => {
    if (names.length < 2 || names.includes(ROOT)) return runBounded(names, 1, readOne)
    const lines = names.map(name => `netns exec ${namespaceWord(runner.nameOf(name))} nft -j list ruleset\n`)
    const batch = { namespace: ROOT, program: 'ip', args: ['-batch', '-'], input: lines.join(''), mayFail: true }
    const { code, stdout } = await runner.run(batch)
    const printed = stdout.split('\n').filter(line => line !== '')
    // One of them says nothing, and nobody knows which: each alone says what is wrong.
    if (code !== 0 || printed.length !== names.length) return runBounded(names, 1, readOne)
    for (const [at, name] of names.entries()) rulesets.set(name, printed[at] ?? '')
  }
  const others = namespaces.filter(name => name !== ROOT)
  const groups = Array.from({ length: Math.ceil(others.length / EACH) }, (_, at) => {
    return others.slice(at * EACH, (at + 1) * EACH)
  })
  await runBounded([...(namespaces.includes(ROOT) ? [[ROOT]] : []), ...groups], AT_ONCE, readTogether)
  return rulesets
}
