/** Sysctls: after the links they belong to are made, before these are up. */
import { linkOfSysctl, namespaceOf, placeKey } from '../simulate/edit-state.js'
import type { DesiredState } from '../state/desired.js'
import type { ObservedState } from '../state/observed.js'
import type { Operation } from '../state/operation.js'
import { isUsable, type JudgedLinks } from './judge-links.js'

export function planSysctls(desired: DesiredState, judged: JudgedLinks, state: ObservedState): readonly Operation[] {
  return desired.namespaces.flatMap(({ name: namespace, sysctls }) => {
    const observed = namespaceOf(state, namespace)?.sysctls ?? {}
    const wanted = Object.entries(sysctls)
      .filter(([key]) => !isAwaited(namespace, key, judged))
      .sort(([one], [other]) => rank(one) - rank(other))
    const differing = new Set(wanted.filter(([key, value]) => observed[key] !== value).map(([key]) => key))
    // Writing to all of them changes each: those with a value of their own are written again.
    const swept = new Set([...differing].flatMap(key => sweptBy(key) ?? []))
    return wanted.flatMap(([key, value]): Operation[] => {
      const now = observed[key]
      const own = /^(net\.ipv[46]\.conf)\.(.+)\.([^.]+)$/.exec(key)
      const isSwept = own !== null && own[2] !== 'all' && swept.has(`${own[1]}.${own[3]}`)
      if (!differing.has(key) && !isSwept) return []
      const because = differing.has(key) ? `${key} is ${now ?? 'not set'}` : `${key} changes with all of them`
      return [{ kind: 'sysctl-set', namespace, key, value, because }]
    })
  })
}

/** `net.ipv6.conf.forwarding` for `net.ipv6.conf.all.forwarding`: the kernel then changes it on every link too. Source:
 * Documentation/networking/ip-sysctl.rst. */
export function sweptBy(key: string): string | undefined {
  if (key === 'net.ipv4.ip_forward' || key === 'net.ipv4.conf.all.forwarding') return 'net.ipv4.conf.forwarding'
  const leaf = /^net\.ipv6\.conf\.all\.(forwarding|disable_ipv6)$/.exec(key)?.[1]
  return leaf === undefined ? undefined : `net.ipv6.conf.${leaf}`
}

function rank(key: string): number {
  if (key === 'net.ipv4.ip_forward' || key.includes('.all.')) return 0
  return key.includes('.default.') ? 1 : 2
}

function isAwaited(namespace: string, key: string, judged: JudgedLinks): boolean {
  const name = linkOfSysctl(key)
  const link = name === undefined ? undefined : judged.get(placeKey({ namespace, name }))
  return link !== undefined && !isUsable(link)
}
