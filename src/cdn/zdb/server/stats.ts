/** What INFO tells of the server. */
import { randomBytes } from '../../../core/random.js'

/** What went to the disk and came from it. */
export interface DiskStats {
  dataReadBytes: number
  dataReadFailed: number
  dataWriteBytes: number
  dataWriteFailed: number
}

export class ServerStats implements DiskStats {
  readonly bootedAt = Date.now()
  readonly instanceId = Buffer.from(randomBytes(4)).readUInt32LE()
  clients = 0
  commands = 0
  failed = 0
  unauthorized = 0
  dataReadBytes = 0
  dataReadFailed = 0
  dataWriteBytes = 0
  dataWriteFailed = 0
  networkReadBytes = 0
  networkWriteBytes = 0
}
