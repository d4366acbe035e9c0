/** The code that makes shards of blocks, and blocks of shards. Runs in a browser. */
export { type Codec, type CodecOptions, createCodec, type Missing } from './codec.js'
export type { Verdict } from './verdict.js'
