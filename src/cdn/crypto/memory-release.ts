/**
 * Memory of large arrays, freed at once instead of when it is collected. Node only.
 *
 * A program that drops one large array after the other has tens of megabytes of them before they are collected: each new
 * one is memory that no cache knows, or that the system has to map and clear first. Freed at once, it is taken again.
 */
import { once } from 'node:events'
import { MessageChannel } from 'node:worker_threads'

/** glibc gives the end of its heap back to the system whenever 128 KiB are free there, and larger pieces always, until a
 * larger one was freed: from then on it keeps that much. Source: mallopt(3), M_MMAP_THRESHOLD and M_TRIM_THRESHOLD. */
const KEPT_BYTES = 4 * 1024 * 1024

/** Frees what the bytes lie in, unless they share it. The array is empty afterwards. */
export type MemoryRelease = (bytes: Uint8Array) => void

export async function createMemoryRelease(): Promise<MemoryRelease> {
  // What is posted where nobody listens is dropped, and what was transferred with it is freed. Until the other end is
  // known to be closed it would be kept there.
  const { port1, port2 } = new MessageChannel()
  const closed = once(port2, 'close')
  port2.close()
  await closed

  const release: MemoryRelease = ({ buffer, byteLength }) => {
    // Node cuts small arrays from memory that they share.
    if (buffer.byteLength === byteLength) port1.postMessage(null, [buffer as ArrayBuffer])
  }
  release(new Uint8Array(KEPT_BYTES))
  return release
}
