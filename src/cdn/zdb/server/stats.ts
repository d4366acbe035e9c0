/** What INFO tells of the server. */
export class ServerStats {
  readonly bootedAt = Date.now()
  readonly instanceId: number
  clients = 0
  commands = 0
  failed = 0
  unauthorized = 0
  dataReadFailed = 0
  dataWriteFailed = 0
  dataReadBytes = 0
  dataWriteBytes = 0
  networkReadBytes = 0
  networkWriteBytes = 0

  constructor(instanceId: number) {
    this.instanceId = instanceId
  }
}
