/** What a node says of itself, checked as pallet-tfgrid/src/{node,interface}.rs do. */
import { boundedVec, option, struct } from '../../scale/composed.js'
import { bool, boundedBytes } from '../../scale/primitives.js'
import type { ValueOf } from '../../scale/type.js'
import { parseIp4, parseIp6 } from './addresses.js'
import { tfgridErrors as errors } from './events.js'
import { type Node, resources } from './layouts.js'
import { checkPlace } from './twins.js'

const ascii = (value: Uint8Array) => String.fromCharCode(...value)
const GIGABYTE = 1n << 30n

export const nodeArgs = {
  resources,
  location: struct('pallet_tfgrid::types::LocationInput', {
    city: boundedBytes(58),
    country: boundedBytes(56),
    latitude: boundedBytes(50),
    longitude: boundedBytes(50),
  }),
  interfaces: boundedVec(
    struct('tfchain_support::types::Interface', {
      name: boundedBytes(20),
      mac: boundedBytes(17),
      ips: boundedVec(boundedBytes(42), 10),
    }),
    10,
  ),
  secureBoot: bool,
  virtualized: bool,
  serialNumber: option(boundedBytes(128)),
}

type Input = { readonly [K in keyof typeof nodeArgs]: ValueOf<(typeof nodeArgs)[K]> }

function isDegrees(text: string, limit: number): boolean {
  if (text === 'Unknown') return true
  return /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$/.test(text) && Math.abs(Number(text)) <= limit
}

/** The fields of a node that come from its own report. @throws {DispatchFailure} */
export function checkNodeInput(input: Input): Pick<Node, keyof Input> {
  const { location } = input
  errors.ensure(input.resources.sru >= 100n * GIGABYTE, 'InvalidSRUInput')
  errors.ensure(input.resources.cru >= 1n, 'InvalidCRUInput')
  errors.ensure(input.resources.mru >= 2n * GIGABYTE, 'InvalidMRUInput')

  checkPlace(location)
  errors.ensure(location.latitude.length >= 1, 'LatitudeInputTooShort')
  errors.ensure(isDegrees(ascii(location.latitude), 90), 'InvalidLatitudeInput')
  errors.ensure(location.longitude.length >= 1, 'LongitudeInputTooShort')
  errors.ensure(isDegrees(ascii(location.longitude), 180), 'InvalidLongitudeInput')

  for (const { name, mac, ips } of input.interfaces) {
    errors.ensure(name.length >= 3, 'InterfaceNameTooShort')
    errors.ensure(/^[a-z0-9\-_]+$/.test(ascii(name)), 'InvalidInterfaceName')
    errors.ensure(mac.length >= 17, 'InterfaceMacTooShort')
    errors.ensure(/^([0-9a-fA-F]{2}([:-]))([0-9a-fA-F]{2}\2){4}[0-9a-fA-F]{2}$/.test(ascii(mac)), 'InvalidMacAddress')
    for (const ip of ips) {
      errors.ensure(ip.length >= 7, 'InterfaceIpTooShort')
      const text = ascii(ip)
      errors.ensure(parseIp4(text) !== undefined || parseIp6(text) !== undefined, 'InvalidInterfaceIP')
    }
  }
  return {
    resources: input.resources,
    location,
    interfaces: input.interfaces,
    secureBoot: input.secureBoot,
    virtualized: input.virtualized,
    serialNumber: input.serialNumber,
  }
}
