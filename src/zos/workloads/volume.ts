/** A folder with a quota on SSD, shared into machines. Source: threefoldtech/zosbase pkg/gridtypes/zos/volume.go. */
import { struct } from '../json/composites.js'
import { size } from '../json/go-types.js'
import type { Volume } from './data.js'
import { noCapacity, type WorkloadSpec } from './spec.js'

export const volume: WorkloadSpec<'volume'> = {
  type: 'volume',
  codec: struct<Volume>('zos', 'Volume', { size }),
  validate: data => (data.size === 0n ? 'invalid size' : undefined),
  challenge: data => `${data.size}`,
  capacity: data => ({ ...noCapacity, sru: data.size }),
  updatable: true,
  sharable: false,
}
