/** JSON text in, JSON text out: one request or a batch, every fault answered. */
import { checkRequest, errorReply, MAX_BATCH, RpcError, resultReply } from './json-rpc.js'
import type { Methods, RpcContext } from './method.js'
import { authorMethods } from './methods/author.js'
import { chainMethods } from './methods/chain.js'
import { stateMethods } from './methods/state.js'
import { systemMethods } from './methods/system.js'

const listed: Methods = { ...authorMethods, ...chainMethods, ...stateMethods, ...systemMethods }
const methods = new Map(Object.entries(listed))
const names = [...methods.keys(), 'rpc_methods'].sort()
methods.set('rpc_methods', () => ({ methods: names }))

function answer(context: RpcContext, value: unknown): Record<string, unknown> | undefined {
  const request = checkRequest(value)
  if ('error' in request) return errorReply(request.id, request.error)
  try {
    const method = methods.get(request.method)
    if (!method) throw new RpcError(-32601, 'Method not found')
    const result = method(context, request.params)
    return request.isNotification ? undefined : resultReply(request.id, result)
  } catch (error) {
    return request.isNotification ? undefined : errorReply(request.id, error)
  }
}

/** The reply to a message, undefined when it wants none. Never throws. */
export function handleMessage(context: RpcContext, text: string): string | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return JSON.stringify(errorReply(null, new RpcError(-32700, 'Parse error')))
  }
  if (!Array.isArray(value)) {
    const reply = answer(context, value)
    return reply && JSON.stringify(reply)
  }
  if (value.length === 0) return JSON.stringify(errorReply(null, RpcError.invalidRequest()))
  if (value.length > MAX_BATCH) {
    return JSON.stringify(
      errorReply(null, new RpcError(-32010, `The batch request was too large`, `Exceeded max limit of ${MAX_BATCH}`)),
    )
  }
  const replies = value.map(item => answer(context, item)).filter(reply => reply !== undefined)
  return replies.length === 0 ? undefined : JSON.stringify(replies)
}
