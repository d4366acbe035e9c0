/** What `ip -j` prints, as far as bring-up reads it: checked, because other versions print other things. */
import { NodeNetworkError } from '../../../errors/node-network.js'

export interface IpLink {
  readonly ifname: string
  readonly flags: readonly string[]
  readonly link_type?: string
  readonly address?: string
  readonly master?: string
  readonly linkinfo?: { readonly info_kind?: string }
  readonly addr_info?: readonly IpAddress[]
}

export interface IpAddress {
  readonly family?: string
  readonly local?: string
  readonly prefixlen?: number
  readonly scope?: string
  readonly dadfailed?: boolean
}

export interface IpRoute {
  readonly dst?: string
  readonly gateway?: string
  readonly dev?: string
}

export interface IpNeighbour {
  readonly dst?: string
  readonly lladdr?: string
  /** Present on routers; its value is null. */
  readonly router?: null
}

/** The lists that a batch of `ip -j` printed, one for each of its commands that list something.
 *
 * @throws {NodeNetworkError} NODE_NET_OBSERVE
 */
export function readIpLists(output: string, what: string): readonly (readonly object[])[] {
  return output
    .split('\n')
    .filter(line => line.trim() !== '')
    .map(line => {
      const list = parse(line)
      if (!Array.isArray(list)) throw notUnderstood(what, line)
      // Filters leave empty objects behind.
      return list.filter(one => typeof one === 'object' && one !== null && Object.keys(one).length > 0)
    })
}

/** @throws {NodeNetworkError} NODE_NET_OBSERVE */
export function readIpLinks(output: string, what: string): readonly IpLink[] {
  const links = readIpLists(output, what).flat() as Partial<IpLink>[]
  if (!links.every(({ ifname, flags }) => typeof ifname === 'string' && Array.isArray(flags))) {
    throw notUnderstood(what, output)
  }
  return links as IpLink[]
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

function notUnderstood(what: string, output: string): NodeNetworkError {
  return new NodeNetworkError('NODE_NET_OBSERVE', `what ${what} printed cannot be understood`, {
    details: { output: output.slice(0, 500) },
  })
}
