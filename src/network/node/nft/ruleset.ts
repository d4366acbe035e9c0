/**
 * Rulesets as data: what `nft -j list ruleset` prints, less handles, counters' values and other things that change by
 * themselves. Two tables that mean the same are the same data. Source of the shapes: libnftables-json(5).
 */
export type NftFamily = 'inet' | 'ip' | 'ip6' | 'arp' | 'bridge'

export interface NftTable {
  readonly family: NftFamily
  readonly name: string
  /** Sorted by name. */
  readonly sets: readonly NftSet[]
  /** Sorted by name. */
  readonly chains: readonly NftChain[]
  /** What we never make (maps, named counters, sets with flags), as it was found; absent when there is nothing of it. */
  readonly others?: readonly NftValue[]
}

export interface NftSet {
  readonly name: string
  /** `inet_service`, or several for a concatenation: `['ipv4_addr', 'ether_addr']`. */
  readonly type: readonly string[]
  /** Sorted. */
  readonly elements: readonly NftValue[]
}

export interface NftChain {
  readonly name: string
  /** Absent for a chain that is only jumped to. */
  readonly hook?: NftHook
  /** In order. */
  readonly rules: readonly NftRule[]
}

export interface NftHook {
  readonly type: 'filter' | 'nat' | 'route'
  readonly hook: 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting'
  readonly priority: number
  readonly policy: 'accept' | 'drop'
}

/** Statements in order, in the form of libnftables-json: `{ match: { op, left, right } }`, `{ accept: null }` … */
export interface NftRule {
  readonly statements: readonly NftValue[]
}

/** Plain JSON. */
export type NftValue = null | boolean | number | string | readonly NftValue[] | { readonly [key: string]: NftValue }
