/** A frame of JSON-RPC 2.0, told apart: https://www.jsonrpc.org/specification, with Substrate's subscriptions. */
import { RpcError } from './rpc-error.js'

export type Frame =
  | { readonly kind: 'answer'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly error: RpcError }
  | { readonly kind: 'notification'; readonly subscription: string; readonly result: unknown }
  | { readonly kind: 'garbage'; readonly why: string }

/** Never throws. */
export function readFrame(text: string): Frame {
  let frame: unknown
  try {
    frame = JSON.parse(text)
  } catch {
    return garbage('a frame is not JSON')
  }
  if (typeof frame !== 'object' || frame === null || Array.isArray(frame)) return garbage('a frame is not an object')

  const { id, method, params, result, error } = frame as Record<string, unknown>
  if (typeof method === 'string') {
    const { subscription, result: told } = (params ?? {}) as Record<string, unknown>
    if (typeof subscription !== 'string' && typeof subscription !== 'number') {
      return garbage('a notification belongs to no subscription')
    }
    return { kind: 'notification', subscription: String(subscription), result: told }
  }
  if (typeof id !== 'number') {
    return garbage(
      error === undefined ? 'a frame is neither an answer nor a notification' : 'it cannot read a question',
    )
  }
  if (error !== undefined && error !== null) return { kind: 'error', id, error: RpcError.of(error) }
  // A missing result is what JSON makes of undefined; null is a value.
  return result === undefined ? garbage('an answer has no result') : { kind: 'answer', id, result }
}

function garbage(why: string): Frame {
  return { kind: 'garbage', why }
}
