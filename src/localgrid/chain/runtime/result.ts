/** `Result<(), DispatchError>`. */
import { tagged, unit } from '../scale/composed.js'
import type { Type } from '../scale/type.js'
import { dispatchError } from './dispatch-error.js'

export const dispatchResult = tagged(
  'Result',
  { Ok: unit, Err: dispatchError },
  {
    params: [
      { name: 'T', type: unit as Type<unknown> },
      { name: 'E', type: dispatchError as Type<unknown> },
    ],
  },
)
