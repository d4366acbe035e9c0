/** What calls cost, asked of the chain without sending anything that could be included. */
import type { Deadline } from '../../../core/deadline.js'
import { ChainError } from '../../../errors/chain.js'
import { addressOf } from '../../keys/ss58.js'
import type { ChainCall } from '../../port.js'
import { buildExtrinsic } from '../calls.js'
import { plain } from '../plain.js'
import { Fields } from '../read/fields.js'
import type { Runtime } from '../runtime.js'
import type { Rpc } from '../wire/rpc.js'

/** Fees depend on the length of the extrinsic, not on who signs. */
const NOBODY = new Uint8Array(32)
/** As long in SCALE as those of accounts that have written between 64 and 16,383 times. */
const USUAL_NONCE = 64

/** Units of 1e-7 TFT. */
export async function estimateFee(
  rpc: Rpc,
  runtime: Runtime,
  calls: readonly ChainCall[],
  signer: string | undefined,
  deadline: Deadline,
): Promise<bigint> {
  const { api, genesisHash, classes } = runtime
  const extrinsic = buildExtrinsic(runtime, calls)
  extrinsic.signFake(signer ?? addressOf(NOBODY), {
    blockHash: genesisHash,
    era: api.registry.createType('ExtrinsicEra', { current: 64, period: 64 }),
    genesisHash,
    nonce: USUAL_NONCE,
    runtimeVersion: api.runtimeVersion,
  })
  const bytes = extrinsic.toU8a()
  const length = Buffer.alloc(4)
  length.writeUInt32LE(bytes.length)
  const params = `0x${Buffer.concat([bytes, length]).toString('hex')}`
  const answer = await rpc.ask('state_call', ['TransactionPaymentApi_query_info', params], deadline)
  try {
    const info = api.registry.createType('RuntimeDispatchInfo', answer as string)
    return new Fields(plain(info, classes), 'the fee').bigint('partialFee')
  } catch (cause) {
    throw new ChainError('CHAIN_REPLY', "the chain's estimate of a fee cannot be decoded", { cause })
  }
}
