/** The words that our rulesets are made of, each in the form in which nft lists it. */
import type { NftChain, NftHook, NftRule, NftValue } from '../ruleset.js'

export function rule(...statements: readonly NftValue[]): NftRule {
  return { statements }
}

/** @param hook absent for a chain that is only jumped to */
export function chain(name: string, rules: readonly NftRule[], hook?: NftHook): NftChain {
  return { name, ...(hook === undefined ? {} : { hook }), rules }
}

/** Where a chain stands; what no rule decides passes on. */
export function at(hook: NftHook['hook'], priority: number, type: NftHook['type'] = 'filter'): NftHook {
  return { type, hook, priority, policy: 'accept' }
}

export const accept: NftValue = { accept: null }
export const drop: NftValue = { drop: null }
export const counter: NftValue = { counter: null }
export const masquerade: NftValue = { masquerade: { flags: 'fully-random' } }
/** The other side knows at once, instead of waiting; by ICMP, "port unreachable". */
export const refuse: NftValue = { reject: { type: 'icmpx', expr: 'port-unreachable' } }
/** The same in TCP's own words. */
export const resetTcp: NftValue = { reject: { type: 'tcp reset' } }

export function jump(target: string): NftValue {
  return { jump: { target } }
}

export function match(left: NftValue, right: NftValue, op = '=='): NftValue {
  return { match: { op, left, right } }
}

export function comesFrom(link: string): NftValue {
  return match({ meta: { key: 'iifname' } }, link)
}

export function leavesBy(link: string): NftValue {
  return match({ meta: { key: 'oifname' } }, link)
}

/** `tcp`, `icmp`, `ipv6-icmp`. */
export function isProtocol(name: string): NftValue {
  return match({ meta: { key: 'l4proto' } }, name)
}

/** One state as a text, several as a list. */
export function hasState(state: string | readonly string[]): NftValue {
  return match({ ct: { key: 'state' } }, state, 'in')
}

export function field(protocol: string, name: string): NftValue {
  return { payload: { protocol, field: name } }
}
