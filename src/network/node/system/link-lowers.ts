/**
 * Parents of macvlans and other ends of veths: `ip` tells an index, and a number that only the link's own namespace knows
 * the other namespace by.
 */
import { type LinkPlace, ROOT } from '../state/desired.js'
import type { ObservedLink } from '../state/observed.js'
import { JsonPlace, readBatch } from './read-ip-json.js'
import type { ReadLink } from './read-links.js'
import type { CommandRunner } from './runner.js'

export interface ReadNamespace {
  readonly name: string
  /** What the root namespace calls it; absent when no link of it leads there. */
  readonly idInRoot?: number
  readonly links: readonly ReadLink[]
}

export async function linkLowers(
  runner: CommandRunner,
  namespaces: readonly ReadNamespace[],
): Promise<ReadonlyMap<ObservedLink, LinkPlace>> {
  const lowers = new Map<ObservedLink, LinkPlace>()
  const byName = new Map(namespaces.map(one => [one.name, one]))
  const byIdInRoot = new Map(namespaces.flatMap(one => (one.idInRoot === undefined ? [] : [[one.idInRoot, one.name]])))
  const indexes = new Map(namespaces.map(one => [one.name, new Map(one.links.map(read => [read.link.index, read]))]))
  const tables = new Map<string, ReadonlyMap<number, string>>()

  /** Asked for where nothing else decides: it costs a child process. */
  const namedBy = async (namespace: string, id: number): Promise<string | undefined> => {
    const table = tables.get(namespace) ?? (await readIds(runner, namespace))
    tables.set(namespace, table)
    return table.get(id)
  }
  for (const { name: namespace, links } of namespaces) {
    for (const { link, lower } of links) {
      if (!lower) continue
      if ('name' in lower) {
        lowers.set(link, { namespace, name: lower.name })
        continue
      }
      const { index, netnsId } = lower
      const set = (where: string | undefined) => {
        const other = where === undefined ? undefined : indexes.get(where)?.get(index)?.link.name
        if (where !== undefined && other !== undefined) lowers.set(link, { namespace: where, name: other })
      }
      if (netnsId === undefined) set(namespace)
      else if (namespace === ROOT) set(byIdInRoot.get(netnsId))
      // Ours stand on links of the root namespace, which has no name to be asked for.
      else if (link.kind !== 'veth') set(ROOT)
      else {
        const ends = [...byName.keys()].filter(
          other => other !== namespace && isOtherEnd(link, indexes.get(other)?.get(index)),
        )
        set(ends.length > 1 ? ((await namedBy(namespace, netnsId)) ?? ROOT) : ends[0])
      }
    }
  }
  return lowers
}

function isOtherEnd(link: ObservedLink, other: ReadLink | undefined): boolean {
  return (
    other?.link.kind === 'veth' &&
    other.lower !== undefined &&
    'index' in other.lower &&
    other.lower.index === link.index &&
    other.lower.netnsId !== undefined
  )
}

async function readIds(runner: CommandRunner, namespace: string): Promise<ReadonlyMap<number, string>> {
  const command = { namespace, program: 'ip', args: ['-j', 'netns', 'list'] }
  const { stdout } = await runner.run(command)
  const [list = []] = stdout.trim() === '' ? [] : readBatch(`ip netns list in ${namespace}`, stdout, 1)
  const prefix = runner.nameOf('')
  const ids = new JsonPlace('ip netns list', 'namespaces').objects(list).flatMap(({ object, place }) => {
    const id = place.optionalWhole(object, 'id')
    const name = place.text(object, 'name')
    return id !== undefined && name.startsWith(prefix) ? [[id, name.slice(prefix.length)] as const] : []
  })
  return new Map(ids)
}
