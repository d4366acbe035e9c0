/** `zos.location.get`: what a GeoIP service says of a node. Taken from what the node registered on chain. */
import type { GridNode } from '../../../chain/port.js'
import { COUNTRIES } from '../../countries.js'

export interface Location {
  readonly longitude: number
  readonly latitude: number
  readonly continent: string
  readonly country_name: string
  readonly country_code: string
  readonly city_name: string
}

export function describeLocation(location: GridNode['location'] | undefined, continent: string | undefined): Location {
  const country = COUNTRIES.find(({ name }) => name === location?.country)
  return {
    longitude: Number(location?.longitude ?? 0) || 0,
    latitude: Number(location?.latitude ?? 0) || 0,
    continent: continent ?? country?.region ?? '',
    country_name: location?.country ?? '',
    country_code: country?.code ?? '',
    city_name: location?.city ?? '',
  }
}
