/** author_*, payment_*: transactions. */
import { toHex } from '../../../../core/hex.js'
import { type Method, type Methods, subscriberOf, unsubscribe } from '../method.js'
import { bytesParam } from '../params.js'
import { paymentOf } from '../runtime-api.js'

const submitAndWatch: Method = (context, [extrinsic]) => {
  const bytes = bytesParam(extrinsic, 'extrinsic')
  return subscriberOf(context).subscribe('author_extrinsicUpdate', push => {
    let watching = true
    context.chain.submit(bytes, update => {
      if (watching) push(update)
    })
    return () => {
      watching = false
    }
  })
}

const queryInfo: Method = (_, [extrinsic]) => {
  const { weight, fee, tip } = paymentOf(bytesParam(extrinsic, 'extrinsic'))
  return {
    weight: { ref_time: Number(weight.refTime), proof_size: Number(weight.proofSize) },
    class: 'normal',
    partialFee: String(fee - tip),
  }
}

const queryFeeDetails: Method = (_, [extrinsic]) => {
  const { base, length } = paymentOf(bytesParam(extrinsic, 'extrinsic'))
  const hex = (value: bigint) => `0x${value.toString(16)}`
  return { inclusionFee: { baseFee: hex(base), lenFee: hex(length), adjustedWeightFee: '0x0' } }
}

export const authorMethods: Methods = {
  author_submitExtrinsic: ({ chain }, [extrinsic]) => `0x${chain.submit(bytesParam(extrinsic, 'extrinsic'))}`,
  author_submitAndWatchExtrinsic: submitAndWatch,
  author_unwatchExtrinsic: unsubscribe,
  author_pendingExtrinsics: ({ chain }) => chain.pool.pending.map(({ bytes }) => `0x${toHex(bytes)}`),
  author_hasKey: () => false,
  author_hasSessionKeys: () => false,
  payment_queryInfo: queryInfo,
  payment_queryFeeDetails: queryFeeDetails,
}
