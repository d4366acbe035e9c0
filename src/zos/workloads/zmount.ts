/** A disk for one machine: a raw file on SSD. Source: threefoldtech/zosbase pkg/gridtypes/zos/zmount.go. */
import { struct } from '../json/composites.js'
import { size } from '../json/go-types.js'
import type { ZMount } from './data.js'
import { noCapacity, type WorkloadSpec } from './spec.js'

export const zmount: WorkloadSpec<'zmount'> = {
  type: 'zmount',
  codec: struct<ZMount>('zos', 'ZMount', { size }),
  validate: data => (data.size === 0n ? 'invalid size' : undefined),
  challenge: data => `${data.size}`,
  capacity: data => ({ ...noCapacity, sru: data.size }),
  updatable: true,
  sharable: false,
}
