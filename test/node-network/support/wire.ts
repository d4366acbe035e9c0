/** What passes the segments of a lab, and the Internet's. */
import { INTERNET } from '../../../src/network/node/lab/internet-addresses.js'
import type { Lab } from '../../../src/network/node/lab/start-lab.js'

/** As tcpdump shows them: an address, `.` and a port; or the beginning of one. */
export interface Ends {
  readonly from?: string
  readonly to?: string
}

export interface Wire {
  /** Waits for it. @throws {DeadlineError} */
  saw(segment: string, ends: Ends): Promise<string>
  /** Every packet between them so far; questions and answers of ARP are from whom they name. */
  between(segment: string, ends: Ends): readonly string[]
}

/** Watches until the lab is stopped. */
export async function watchWire({ fabric, scenario }: Lab): Promise<Wire> {
  const segments = [...scenario.segments.map(({ name }) => name), INTERNET.segment]
  const captures = new Map(await Promise.all(segments.map(async name => [name, await fabric.capture(name)] as const)))
  const captureOf = (segment: string) => {
    const capture = captures.get(segment)
    if (capture) return capture
    throw new Error(`nobody watches ${segment}`)
  }
  return {
    saw: (segment, ends) => captureOf(segment).waitFor(new RegExp(packet(ends))),
    between(segment, ends) {
      const pattern = new RegExp(`^IP6? ${packet(ends)}`)
      const { from } = ends
      const arp = from === undefined ? undefined : new RegExp(`^ARP, (Reply ${literal(from)}|.* tell ${literal(from)})`)
      return captureOf(segment)
        .lines()
        .filter(line => pattern.test(line) || arp?.test(line))
    },
  }
}

function packet({ from = '', to = '' }: Ends): string {
  return `${literal(from)}\\S* > ${literal(to)}`
}

function literal(text: string): string {
  return text.replaceAll(/[.:]/g, character => `\\${character}`)
}
