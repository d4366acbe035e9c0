/** A thread that seals blocks: takes a piece of a file, gives back its shards. Nothing is copied on the way. */
import { parentPort } from 'node:worker_threads'

import { type BlockSealing, type KnownSealing, type SealSettings, sealBlock } from './seal-block.js'

export interface SealRequest {
  /** Comes back with the reply. */
  readonly id: number
  readonly plain: Uint8Array
  readonly settings: SealSettings
  readonly known?: KnownSealing | undefined
  readonly room?: ArrayBuffer | undefined
}

/** `plain` returns to whoever lent it. */
export type SealReply =
  | { readonly id: number; readonly plain: Uint8Array; readonly sealing: BlockSealing }
  | { readonly id: number; readonly plain: Uint8Array; readonly failure: string }

parentPort?.on('message', async ({ id, plain, settings, known, room }: SealRequest) => {
  try {
    const sealing = await sealBlock(plain, settings, known, room)
    const buffers = [plain.buffer as ArrayBuffer, ...(sealing.sealed ? [sealing.sealed.room] : [])]
    parentPort?.postMessage({ id, plain, sealing } satisfies SealReply, buffers)
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error)
    parentPort?.postMessage({ id, plain, failure } satisfies SealReply, [plain.buffer as ArrayBuffer])
  }
})
