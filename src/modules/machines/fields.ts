/** Rules of fields that only machines have. */
import type { Rules } from '../rules/field.js'
import { listOf, textRule } from '../rules/vocabulary.js'

const MAX_GPUS = 16

/** Slot, vendor, device, as `zos.gpu.list` names them. Source: threefoldtech/zosbase pkg/gridtypes/zos/zmachine.go. */
const GPU = /^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]\/[0-9a-f]{4}\/[0-9a-f]{4}$/

export const gpuList: Rules = listOf(
  'gpu',
  element => typeof element === 'string' && GPU.test(element),
  'must be slot/vendor/device, like 0000:28:00.0/1002/731f',
  { most: MAX_GPUS },
)

/** Source: threefoldtech/zosbase pkg/gridtypes/zos/zlogs.go. */
export const LOG_OUTPUT = textRule(
  'logOutput',
  value => /^(redis|ws|wss):\/\/[^\s/]/.test(value) && URL.canParse(value),
  'must be a URL that begins with redis://, ws:// or wss://',
)

/** What is in it is checked by name, so that a problem can say which variable it is. */
export const anEnv: Rules = v => [v.IsObject({ message: 'must be an object of names and texts' })]
