/**
 * Links, addresses, routes and forwarding of namespaces. Starting a child process costs this process more than reading a
 * namespace costs the child: many namespaces are read by few, each of which starts an `ip` for every one of its own.
 */
import { NodeNetworkError } from '../../../errors/node-network.js'
import { ROOT } from '../state/desired.js'
import type { ObservedRoute } from '../state/observed.js'
import { namespaceWord } from './batch-word.js'
import type { ReadNamespace } from './link-lowers.js'
import { JsonPlace, readBatch } from './read-ip-json.js'
import { readLinks } from './read-links.js'
import { readRoutes } from './read-routes.js'
import { readNetconf } from './read-sysctls.js'
import { runBounded } from './run-bounded.js'
import type { CommandRunner } from './runner.js'

export interface Basics extends ReadNamespace {
  readonly routes: readonly ObservedRoute[]
  readonly netconf: ReadonlyMap<string, string>
}

const BATCH = ['addr show', 'route show table all', 'netconf']
/** What the file holds that an `ip` which was started by another one reads: it cannot have standard input too. */
export const LOOK = `${BATCH.join('\n')}\n`
/** Fewer are read as quickly one by one. */
const FEWEST_TOGETHER = 8
const EACH = 16
const ONES_AT_ONCE = 4
const GROUPS_AT_ONCE = 2

/** The root namespace, and the names of the others with the numbers it knows them by. */
export async function readRoot(
  runner: CommandRunner,
): Promise<readonly [Basics, ReadonlyMap<string, number | undefined>]> {
  const [list, ...documents] = await runIpBatch(runner, ROOT, ['netns list', ...BATCH])
  const prefix = runner.nameOf('')
  const place = new JsonPlace('ip netns list', 'namespaces')
  const names = place.objects(list).flatMap(({ object, place: where }) => {
    const name = where.text(object, 'name')
    const known = name.startsWith(prefix) ? name.slice(prefix.length) : ''
    // A dot parts the names of another node's namespaces.
    if (known === '' || known === ROOT || known.includes('.')) return []
    return [[known, where.optionalWhole(object, 'id')] as const]
  })
  return [basicsFrom(ROOT, undefined, documents), new Map(names)]
}

/** In the order of their names; those that are gone by now are left out.
 *
 * @param names with the number that the root namespace knows each by
 * @param lookFile an absolute path, with `LOOK` in it; absent: one process for each
 */
export async function readNamespaces(
  runner: CommandRunner,
  names: ReadonlyMap<string, number | undefined>,
  lookFile?: string,
): Promise<readonly Basics[]> {
  const found = new Map<string, Basics>()
  const readOne = async (name: string) => {
    const basics = await readNamespace(runner, name, names.get(name))
    if (basics) found.set(name, basics)
  }
  const readTogether = async (group: readonly string[]) => {
    const nested = `ip -j -d -batch ${lookFile}`
    const lines = group.map(name => `netns exec ${namespaceWord(runner.nameOf(name))} ${nested}\n`)
    const batch = { namespace: ROOT, program: 'ip', args: ['-batch', '-'], input: lines.join(''), mayFail: true }
    const { code, stdout } = await runner.run(batch)
    const printed = stdout.split('\n').filter(line => line !== '')
    // One of them has failed, and nobody knows which: each alone says what is wrong, or is gone.
    if (code !== 0 || printed.length !== group.length * BATCH.length) return runBounded(group, 1, readOne)
    for (const [at, name] of group.entries()) {
      const documents = printed.slice(at * BATCH.length, (at + 1) * BATCH.length).join('\n')
      found.set(name, basicsFrom(name, names.get(name), readBatch(`ip -batch in ${name}`, documents, BATCH.length)))
    }
  }
  const all = [...names.keys()]
  // A line of a batch parts words at blanks, and has no quotes for a path.
  const isWord = lookFile !== undefined && /^\/[A-Za-z0-9_.+/-]+$/.test(lookFile)
  if (!isWord || all.length < FEWEST_TOGETHER) await runBounded(all, ONES_AT_ONCE, readOne)
  else {
    const groups = Array.from({ length: Math.ceil(all.length / EACH) }, (_, at) =>
      all.slice(at * EACH, (at + 1) * EACH),
    )
    await runBounded(groups, GROUPS_AT_ONCE, readTogether)
  }
  return all.flatMap(name => found.get(name) ?? [])
}

async function readNamespace(
  runner: CommandRunner,
  name: string,
  idInRoot: number | undefined,
): Promise<Basics | undefined> {
  try {
    return basicsFrom(name, idInRoot, await runIpBatch(runner, name, BATCH))
  } catch (error) {
    // It was there when they were listed.
    if (error instanceof NodeNetworkError && /Cannot open network namespace/.test(error.message)) return undefined
    throw error
  }
}

async function runIpBatch(runner: CommandRunner, namespace: string, lines: readonly string[]) {
  const input = lines.map(line => `${line}\n`).join('')
  const { stdout } = await runner.run({ namespace, program: 'ip', args: ['-j', '-d', '-batch', '-'], input })
  return readBatch(`ip -batch in ${namespace}`, stdout, lines.length)
}

function basicsFrom(name: string, idInRoot: number | undefined, documents: readonly unknown[]): Basics {
  const [links, routes, netconf] = documents
  return {
    name,
    ...(idInRoot === undefined ? {} : { idInRoot }),
    links: readLinks(`ip addr show in ${name}`, links),
    routes: readRoutes(`ip route show in ${name}`, routes),
    netconf: readNetconf(`ip netconf in ${name}`, netconf),
  }
}
