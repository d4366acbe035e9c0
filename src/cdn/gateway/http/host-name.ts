/** The Host of a request: what names are before and after the first dot. Source: RFC 9110, 7.2; RFC 9112, 3.2. */
import { GatewayError } from '../../../errors/gateway.js'

export interface RequestHost {
  /** Lower case, without port, brackets kept, without the dot of the root. */
  readonly name: string
  /** As it was given, to make links to neighbours of. */
  readonly port: string
}

const HOST = /^(\[[0-9a-f:.]{2,45}\]|[a-z0-9_](?:[a-z0-9._-]{0,252}[a-z0-9_])?\.?)(:\d{0,5})?$/i

/** @throws {GatewayError} GATEWAY_HOST */
export function readHost(header: string | undefined): RequestHost {
  const [, name, port = ''] = HOST.exec(header ?? '') ?? []
  if (name === undefined || name.includes('..') || Number(port.slice(1)) > 0xffff) {
    throw new GatewayError('GATEWAY_HOST', 'the request does not say which host it is for', {
      hint: 'send one Host header: a name, or an address with a port',
    })
  }
  return { name: name.toLowerCase().replace(/\.$/, ''), port }
}
