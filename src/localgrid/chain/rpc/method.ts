/** What an RPC method is, and what it may use. */
import type { Chain } from '../blocks/chain.js'
import { RpcError } from './json-rpc.js'

export interface Subscriber {
  /** Starts a subscription and gives its id. What is pushed before the reply is out is sent after it. */
  subscribe(notification: string, start: (push: (result: unknown) => void) => () => void): string
  unsubscribe(id: unknown): boolean
}

export interface RpcContext {
  readonly chain: Chain
  /** Absent over plain HTTP. */
  readonly subscriber: Subscriber | undefined
}

export type Method = (context: RpcContext, params: readonly unknown[]) => unknown
export type Methods = Readonly<Record<string, Method>>

export function subscriberOf({ subscriber }: RpcContext): Subscriber {
  if (!subscriber) throw new RpcError(-32601, 'Method not found', 'subscriptions need a WebSocket')
  return subscriber
}

export const unsubscribe: Method = (context, [id]) => subscriberOf(context).unsubscribe(id)
