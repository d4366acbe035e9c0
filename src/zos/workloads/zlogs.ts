/** A machine's log, streamed elsewhere. Source: threefoldtech/zosbase pkg/gridtypes/zos/zlogs.go. */
import { parseUrl } from '../go/url.js'
import { struct } from '../json/composites.js'
import { workloadName } from '../json/go-types.js'
import { text } from '../json/scalars.js'
import type { ZLogs } from './data.js'
import { noCapacity, type WorkloadSpec } from './spec.js'

const SCHEMES: readonly string[] = ['redis', 'ws', 'wss']

export const zlogs: WorkloadSpec<'zlogs'> = {
  type: 'zlogs',
  codec: struct<ZLogs>('zos', 'ZLogs', { zmachine: workloadName, output: text() }),
  validate(data, around) {
    // Light machines do not count, so a light node can never have logs.
    if (around.find(data.zmachine)?.type !== 'zmachine') return `no zmachine with name '${data.zmachine}' found`
    const url = parseUrl(data.output)
    if (!url.ok) return `invalid url supplied in output: ${url.message}`
    return SCHEMES.includes(url.scheme) ? undefined : `invalid output schema '${url.scheme}' not supported`
  },
  challenge: data => data.zmachine + data.output,
  capacity: () => noCapacity,
  updatable: false,
  sharable: false,
}
