/** What both gateways share. Source: threefoldtech/zosbase pkg/gridtypes/zos/gw.go. */

import { splitHostPort } from '../go/host-port.js'
import { isLoopback, parseIp } from '../go/ip.js'
import { parseUrl } from '../go/url.js'
import { list, optional } from '../json/composites.js'
import { workloadName } from '../json/go-types.js'
import { flag, text } from '../json/scalars.js'

interface GatewayBase {
  tls_passthrough: boolean
  backends: string[]
  network?: string
}

export const gatewayFields = {
  tls_passthrough: flag,
  backends: list(text('zos.Backend')),
  network: optional(workloadName),
}

/** The fields stand in a struct of their own in Go, and errors say so. */
export const gatewayPaths = {
  tls_passthrough: { path: 'GatewayBase.tls_passthrough' },
  backends: { path: 'GatewayBase.backends' },
  network: { path: 'GatewayBase.network' },
}

export function validateGateway({ backends, tls_passthrough }: GatewayBase): string | undefined {
  if (backends.length === 0) return 'backends list can not be empty'
  for (const backend of backends) {
    const problem = tls_passthrough ? validateAddress(backend) : validateUrl(backend)
    if (problem !== undefined) return `failed to validate backend '${backend}': ${problem}`
  }
  return undefined
}

export function gatewayChallenge({ tls_passthrough, backends, network }: GatewayBase): string {
  return `${tls_passthrough}${backends.join('')}${network ?? ''}`
}

/** Behind TLS passthrough: `ip:port`, loopback too. */
function validateAddress(backend: string): string | undefined {
  const problem = addressProblem(backend)
  return problem === undefined ? undefined : `failed to parse backend ${backend} with error: ${problem}`
}

function addressProblem(backend: string): string | undefined {
  const parts = splitHostPort(backend)
  if (!parts.ok) return `failed to parse backend ${backend} with error: ${parts.message}`
  if (!parseIp(parts.host)) return 'invalid ip'
  if (!/^\d+$/.test(parts.port) || BigInt(parts.port) >= 2n ** 64n) return `invalid port in backend: ${parts.port}`
  return BigInt(parts.port) > 65535n ? `port '${parts.port}' must be <= 65535` : undefined
}

/** Otherwise `http://ip[:port]`, never loopback. */
function validateUrl(backend: string): string | undefined {
  const url = parseUrl(backend)
  if (!url.ok) return `failed to parse backend with error: ${url.message}`
  if (url.scheme !== 'http') return 'scheme expected to be http'
  const address = parseIp(url.hostname)
  return !address || isLoopback(address) ? `invalid ip address in backend: ${url.hostname}` : undefined
}
