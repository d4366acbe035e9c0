/**
 * Which NIC leads to the public segment, when it is not the uplink's own.
 *
 * Source: threefoldtech/zosbase pkg/network/public/public.go, where the first NIC to answer wins: a race. Here the rule
 * decides, so that a node has the same exit after every start.
 */
import { compareNaturally } from '../../address/index.js'
import { globalIpv6, isFree, type NicProbe, shareSegment, usableIpv4, type Warning } from './probe.js'

export interface ExitChoice {
  /** Undefined: public traffic goes through `zos`, the uplink's bridge. */
  readonly nic: string | undefined
  readonly mode: 'single' | 'dual'
  readonly reason: string
  readonly warnings: readonly Warning[]
}

export interface ChooseExitOptions {
  /** The farmer's word. */
  readonly nic?: string
  /** It was not named but chosen before, and is in use. */
  readonly standing?: boolean
  /** The node has a public configuration. */
  readonly publicConfig?: boolean
}

/** The lowest name of the NICs with global IPv6 besides the uplink; without such, of those with a public IPv4 lease.
 *
 * A second cable into the uplink's own segment is no exit.
 *
 * @param uplink name of the NIC that was chosen as the uplink
 * @throws {InputError} INPUT_IP, INPUT_CIDR when a probe holds what is no address
 */
export function chooseExit(probes: readonly NicProbe[], uplink: string, options: ChooseExitOptions = {}): ExitChoice {
  if (options.nic !== undefined) return chosenBefore(probes, uplink, options.nic, options.standing === true)

  const own = probes.find(probe => probe.nic === uplink)
  const others = besides(probes, uplink)
  const withIpv6 = others.filter(probe => globalIpv6(probe).length > 0)
  // The Go node asks for IPv6 alone; a segment that leases public IPv4 is public too.
  const withIpv4 = others.filter(probe => usableIpv4(probe) === 'public')
  const isUplinkPublic = own !== undefined && usableIpv4(own) === 'public'
  const [first, ...more] = withIpv6.length > 0 || isUplinkPublic ? withIpv6 : withIpv4
  if (first !== undefined) {
    const what = withIpv6.length > 0 ? 'global IPv6' : 'a public IPv4 address'
    return {
      nic: first.nic,
      mode: 'dual',
      reason: `${first.nic} has ${what}${more.length === 0 ? '' : ' and the lowest name of those that have it'}`,
      warnings: more.length === 0 ? [] : [ambiguous([first, ...more])],
    }
  }
  const reason = `no NIC besides ${uplink} shows a public segment`
  return single(reason, options.publicConfig === true && others.length > 0 ? [notChosen(others)] : [])
}

/** NICs that could lead elsewhere than the uplink does, in natural order. */
function besides(probes: readonly NicProbe[], uplink: string): readonly NicProbe[] {
  const own = probes.find(probe => probe.nic === uplink)
  return probes
    .filter(probe => probe.nic !== uplink && isFree(probe) && !(own && shareSegment(own, probe)))
    .sort((a, b) => compareNaturally(a.nic, b.nic))
}

function chosenBefore(probes: readonly NicProbe[], uplink: string, nic: string, standing: boolean): ExitChoice {
  if (nic === uplink) return single(`the configuration says that ${nic} is uplink and exit`, [])
  const probe = probes.find(probe => probe.nic === nic)
  if (probe === undefined || probe.enslaved === true) {
    const why = probe === undefined ? 'is not there' : 'is a port of something else'
    return single(`${nic}, which the configuration names as exit, ${why}`, [
      {
        code: 'exit-unusable',
        message: `The exit ${nic} ${why}, so public traffic goes through ${uplink}: name another NIC as exit, or free this one.`,
      },
    ])
  }
  const rivals = standing ? besides(probes, uplink).filter(one => one !== probe && globalIpv6(one).length > 0) : []
  return {
    nic,
    mode: 'dual',
    reason: `${standing ? 'the node has' : 'the configuration names'} ${nic} as exit`,
    warnings: [
      ...(probe.carrier
        ? []
        : ([
            {
              code: 'exit-no-carrier',
              message: `The exit ${nic} has no link: plug its cable in, or name another NIC.`,
            },
          ] as const)),
      ...(rivals.length === 0 ? [] : [ambiguous([probe, ...rivals])]),
    ],
  }
}

function single(reason: string, warnings: readonly Warning[]): ExitChoice {
  return { nic: undefined, mode: 'single', reason, warnings }
}

function ambiguous(candidates: readonly NicProbe[]): Warning {
  const names = candidates.map(probe => probe.nic)
  return {
    code: 'exit-ambiguous',
    message: `${names.join(' and ')} all lead to a public segment, and ${names[0]} is used: name the exit in the configuration if it must be another.`,
  }
}

function notChosen(others: readonly NicProbe[]): Warning {
  const names = others.map(probe => probe.nic).join(', ')
  return {
    code: 'exit-not-chosen',
    message: `The public configuration is used on the uplink's segment, because nothing shows that ${names} leads to a public one: name the exit in the configuration if it does.`,
  }
}
