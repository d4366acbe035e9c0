/** JSON-RPC 2.0: requests checked, replies made. Knows neither the chain nor sockets. */
import { Refusal } from '../transactions/validity.js'

export type RpcId = string | number | null

export interface RpcRequest {
  readonly id: RpcId
  readonly method: string
  readonly params: readonly unknown[]
  /** A request without an id wants no answer. */
  readonly isNotification: boolean
}

export class RpcError extends Error {
  override readonly name = 'RpcError'

  constructor(
    readonly code: number,
    message: string,
    readonly data?: unknown,
  ) {
    super(message)
  }

  static invalidRequest(message = 'Invalid request'): RpcError {
    return new RpcError(-32600, message)
  }

  static invalidParams(detail: string): RpcError {
    return new RpcError(-32602, 'Invalid params', detail)
  }
}

export const MAX_BATCH = 200

/** A checked request, or the id to complain to. */
export function checkRequest(value: unknown): RpcRequest | { readonly id: RpcId; readonly error: RpcError } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { id: null, error: RpcError.invalidRequest() }
  }
  const { jsonrpc, id, method, params } = value as Record<string, unknown>
  const validId = id === null || typeof id === 'number' || (typeof id === 'string' && id.length <= 256)
  const replyId = validId ? (id as RpcId) : null
  if (jsonrpc !== '2.0' || typeof method !== 'string' || (id !== undefined && !validId)) {
    return { id: replyId, error: RpcError.invalidRequest() }
  }
  if (params !== undefined && params !== null && !Array.isArray(params)) {
    return { id: replyId, error: RpcError.invalidParams('parameters must be a list') }
  }
  return {
    id: replyId,
    method,
    params: (params as unknown[] | null | undefined) ?? [],
    isNotification: id === undefined,
  }
}

export function errorReply(id: RpcId, error: unknown): Record<string, unknown> {
  const known = error instanceof RpcError || error instanceof Refusal
  // A fault of the program: said without its inner workings.
  const body = known ? { code: error.code, message: error.message } : { code: -32603, message: 'Internal error' }
  const data = known && error.data !== undefined ? { data: error.data } : {}
  return { jsonrpc: '2.0', id, error: { ...body, ...data } }
}

export function resultReply(id: RpcId, result: unknown): Record<string, unknown> {
  return { jsonrpc: '2.0', id, result }
}
