/** A desired state while it is put together: every part adds what it needs, in whichever namespace that is. */
import { macFrom, macText } from '../../address/index.js'
import type { NftTable } from '../nft/ruleset.js'
import type { ServiceSpec } from '../services/port.js'
import type { DesiredAddress, DesiredLink, DesiredNamespace, DesiredState, Route } from '../state/desired.js'
import { ROOT } from '../state/desired.js'

export class StateDraft {
  readonly #namespaces = new Map<string, NamespaceDraft>()
  readonly #services: ServiceSpec[] = []

  constructor() {
    this.in(ROOT)
  }

  in(name: string): NamespaceDraft {
    const found = this.#namespaces.get(name) ?? new NamespaceDraft(name)
    this.#namespaces.set(name, found)
    return found
  }

  service(spec: ServiceSpec): void {
    this.#services.push(spec)
  }

  finish(): DesiredState {
    return { namespaces: [...this.#namespaces.values()].map(draft => draft.finish()), services: this.#services }
  }
}

export class NamespaceDraft {
  readonly #links: DesiredLink[] = []
  readonly #routes: Route[] = []
  readonly #sysctls: Record<string, string> = {}
  readonly #nft: NftTable[] = []

  constructor(readonly name: string) {}

  link(link: DesiredLink): void {
    this.#links.push(link)
  }

  route(route: Route): void {
    this.#routes.push(route)
  }

  sysctl(key: string, value: string | number): void {
    this.#sysctls[key] = String(value)
  }

  /** Set for one link. @example draft.ofLink('npub6', { accept_ra: 2 }) */
  ofLink(link: string, ipv6: Readonly<Record<string, number>>): void {
    // A point in a name would end it: sysctl(8) has a slash for it.
    const name = link.replaceAll('.', '/')
    for (const [key, value] of Object.entries(ipv6)) this.sysctl(`net.ipv6.conf.${name}.${key}`, value)
  }

  nft(tables: readonly NftTable[]): void {
    this.#nft.push(...tables)
  }

  finish(): DesiredNamespace {
    return {
      name: this.name,
      links: this.#links,
      routes: this.#routes,
      sysctls: this.#sysctls,
      nft: this.#nft,
    }
  }
}

type Plain = Pick<DesiredLink, 'name' | 'up' | 'addressing' | 'addresses' | 'mark'>

/** A link that is up, with these addresses and no others; nobody else gives them out, so nobody is asked. */
export function staticLink(name: string, role: string, ...cidrs: readonly string[]): Plain {
  return { name, mark: `${role}:${name}`, up: true, addressing: 'static', addresses: cidrs.map(addressOf) }
}

/** Always the same for a link of this name in this namespace; for those that only this node sees. */
export function stableMac(namespace: string, link: string): string {
  return macText(macFrom(`${namespace} ${link}`))
}

/** A link that is up and gets its addresses from elsewhere. */
export function dynamicLink(name: string, role: string): Plain {
  return { name, mark: `${role}:${name}`, up: true, addressing: 'dynamic', addresses: [] }
}

function addressOf(cidr: string): DesiredAddress {
  return { cidr, duplicateDetection: false }
}
