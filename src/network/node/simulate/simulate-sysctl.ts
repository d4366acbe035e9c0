import { sweptBy } from '../plan/plan-sysctls.js'
import type { ObservedNamespace } from '../state/observed.js'

/** Some sysctls of all links change those of each. */
export function withSysctl(namespace: ObservedNamespace, key: string, value: string): ObservedNamespace {
  const swept = sweptBy(key)
  const changed = Object.entries(namespace.sysctls).map(([other, now]) => {
    const [, head, leaf] = /^(net\.ipv[46]\.conf)\..+\.([^.]+)$/.exec(other) ?? []
    return [other, swept !== undefined && `${head}.${leaf}` === swept ? value : now] as const
  })
  return { ...namespace, sysctls: { ...Object.fromEntries(changed), [key]: value } }
}
