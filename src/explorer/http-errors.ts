/** What core/http's failures are called here. */
import type { HttpErrors } from '../core/http.js'
import { ExplorerError } from '../errors/explorer.js'

export const explorerErrors: HttpErrors = {
  unreachable: (message, options) => new ExplorerError('EXPLORER_UNREACHABLE', message, options),
  status: (message, options) => new ExplorerError('EXPLORER_STATUS', message, options),
  reply: (message, options) => new ExplorerError('EXPLORER_REPLY', message, options),
}
