/** Where a service listens, as people write it: `127.0.0.1:8080`, `[::1]:8080`, `:8080` for every address. */
import { isIPv4, isIPv6 } from 'node:net'

import { InputError } from '../errors/input.js'

export interface ListenAddress {
  /** An IP address without brackets, or a name; undefined for every address of the machine. */
  readonly host: string | undefined
  /** 0 for any free one. */
  readonly port: number
}

/** @throws {InputError} INPUT_OPTION
 * @example readListenAddress('[::]:8080') // { host: '::', port: 8080 }
 */
export function readListenAddress(text: string, what = 'the address to listen on'): ListenAddress {
  const [, bracketed, plain, digits = ''] = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  const host = bracketed ?? plain
  const isHost =
    bracketed === undefined
      ? host === '' ||
        isIPv4(host ?? '!') ||
        /^(?=.{1,253}$)(?!.*\d$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(host ?? '!')
      : isIPv6(bracketed)
  if (digits === '' || port > 65_535 || !isHost) {
    throw new InputError('INPUT_OPTION', `${what} is not HOST:PORT`, {
      where: text.slice(0, 100),
      hint: 'write 127.0.0.1:8080, [::1]:8080, a name and a port, or :8080 for every address; port 0 takes a free one',
    })
  }
  return { host: host === '' ? undefined : host, port }
}

/** `127.0.0.1:8080`, `[::1]:8080`. */
export function formatHostPort(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`
}
