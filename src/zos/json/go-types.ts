/** Codecs of the named Go types that several workloads share. */
import { canonicalHex } from '../go/hex.js'
import { canonicalCidr, canonicalIp } from '../go/ip.js'
import { parsedText, text, uint64 } from './scalars.js'

/** Bytes of storage or memory. */
export const size = uint64('gridtypes.Unit')
export const workloadName = text('gridtypes.Name')
export const cidr = parsedText('gridtypes.IPNet', canonicalCidr, false)
export const ip = parsedText('net.IP', canonicalIp, true)
export const hexBytes = parsedText('zos.Bytes', canonicalHex, true)
