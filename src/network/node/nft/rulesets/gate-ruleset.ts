/**
 * The shape of every namespace with a way out: what leaves is masqueraded, what is new from outside is dropped.
 *
 * Source: threefoldtech/zosbase pkg/network/{ndmz,nr}, nft templates.
 */
import { checkInterfaceName } from '../../decide/device-names.js'
import type { NftRule, NftSet, NftTable } from '../ruleset.js'
import { sortByName } from '../sort-values.js'
import {
  accept,
  at,
  chain,
  comesFrom,
  counter,
  drop,
  field,
  hasState,
  jump,
  leavesBy,
  masquerade,
  match,
  rule,
} from './statements.js'

export interface GateOptions {
  /** Links to the outside. */
  readonly ways: readonly string[]
  /** What the namespace itself takes from outside. */
  readonly input: readonly NftRule[]
  /** What is refused on its way through, before the ways are closed. */
  readonly forward?: readonly NftRule[]
  readonly sets?: readonly NftSet[]
}

const SRCNAT = 100
const BASE_CHECKS = 'base-checks'

export function gateFilter({ ways, input, forward = [], sets = [] }: GateOptions): NftTable {
  const closed = ways.map(way => rule(comesFrom(checkInterfaceName(way)), counter, drop))
  const begin = rule(jump(BASE_CHECKS))
  return {
    family: 'inet',
    name: 'filter',
    sets: sortByName(sets),
    chains: [
      chain(BASE_CHECKS, [rule(hasState(['established', 'related']), accept), rule(hasState('invalid'), drop)]),
      chain('forward', [begin, ...forward, ...closed], at('forward', 0)),
      chain('input', [begin, ...input, ...closed], at('input', 0)),
    ],
  }
}

export function gateNat(ways: readonly string[]): NftTable {
  // Addresses of Yggdrasil go out as they are: a node that a Go implementation built may still have some.
  const yggdrasil = rule(match(field('ip6', 'saddr'), { prefix: { addr: '200::', len: 7 } }), accept)
  const out = ways.map(way => rule(leavesBy(checkInterfaceName(way)), masquerade))
  return {
    family: 'inet',
    name: 'nat',
    sets: [],
    chains: [chain('postrouting', [yggdrasil, ...out], at('postrouting', SRCNAT, 'nat'))],
  }
}
