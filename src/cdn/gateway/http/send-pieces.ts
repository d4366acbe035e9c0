/** Pieces to a client, no faster than it takes them. */
import { once } from 'node:events'
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'

/**
 * The head is sent with the first piece: until then a failure can still be answered. After it, the connection is cut,
 * so that nobody takes half of a file for all of it.
 */
export async function sendPieces(
  response: ServerResponse,
  { status, headers }: { readonly status: number; readonly headers: OutgoingHttpHeaders },
  pieces: AsyncIterable<Uint8Array>,
  onSent: (bytes: number) => void,
): Promise<void> {
  for await (const piece of pieces) {
    if (response.destroyed) return
    if (!response.headersSent) response.writeHead(status, headers)
    const room = response.write(piece)
    onSent(piece.length)
    if (!room && !(await drained(response))) return
  }
  response.end()
}

/** False when the client has gone. */
async function drained(response: ServerResponse): Promise<boolean> {
  if (response.destroyed) return false
  const abort = new AbortController()
  const given = { signal: abort.signal }
  try {
    await Promise.race([once(response, 'drain', given), once(response, 'close', given)])
  } finally {
    abort.abort()
  }
  return !response.destroyed
}
