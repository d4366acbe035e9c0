/** An error the chain answered with; submit/rejection.ts knows what the codes of the pool mean. */
import { ChainError } from '../../../errors/chain.js'

const SHOWN_CHARACTERS = 500

export class RpcError extends ChainError {
  constructor(
    readonly rpcCode: number,
    /** The chain's message. */
    readonly rpcMessage: string,
    /** What it adds, as text; empty when it adds nothing. */
    readonly rpcData: string,
  ) {
    super('CHAIN_REPLY', `the chain answered with an error: ${rpcMessage}${rpcData === '' ? '' : ` (${rpcData})`}`, {
      details: { rpcCode, rpcMessage, rpcData },
    })
  }

  /** Of whatever stands where an error must. */
  static of(value: unknown): RpcError {
    const { code, message, data } = (typeof value === 'object' && value !== null ? value : {}) as Record<
      string,
      unknown
    >
    return new RpcError(typeof code === 'number' ? code : 0, text(message), text(data))
  }

  get methodUnknown(): boolean {
    return this.rpcCode === -32601
  }
}

function text(value: unknown): string {
  if (value === undefined || value === null) return ''
  return (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, SHOWN_CHARACTERS)
}
