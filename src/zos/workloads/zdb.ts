/** A 0-DB namespace on a hard disk. Source: threefoldtech/zosbase pkg/gridtypes/zos/zdb.go. */
import type { Codec } from '../json/codec.js'
import { struct } from '../json/composites.js'
import { size } from '../json/go-types.js'
import { flag, text } from '../json/scalars.js'
import type { Zdb } from './data.js'
import { noCapacity, type WorkloadSpec } from './spec.js'

export const zdb: WorkloadSpec<'zdb'> = {
  type: 'zdb',
  codec: struct<Zdb>('zos', 'ZDB', {
    size,
    // Any text decodes; the rules below let two through.
    mode: text('zos.ZDBMode') as Codec<Zdb['mode']>,
    password: text(),
    public: flag,
  }),
  validate(data) {
    if (data.size === 0n) return 'invalid size'
    return data.mode === 'user' || data.mode === 'seq' ? undefined : 'invalid mode'
  },
  challenge: data => `${data.size}${data.mode}${data.password}${data.public}`,
  capacity: data => ({ ...noCapacity, hru: data.size }),
  updatable: true,
  sharable: false,
}
