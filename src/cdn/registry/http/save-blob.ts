/** `POST /api/v1/metadata`. */
import { RegistryError } from '../../../errors/registry.js'
import { receiveBlob } from '../multipart/receive-blob.js'
import { type Answer, jsonAnswer } from './reply.js'
import type { Exchange, ServiceParts } from './service.js'

/** Answered when the blob is kept for good; the same blob again is as well. */
export async function saveBlob({ request, response }: Exchange, parts: ServiceParts, client: string): Promise<Answer> {
  // In this order: a client that may not write takes nobody's turn, and no body is read in vain.
  parts.checkToken?.(request.headers.authorization)
  parts.writeRate?.take(client)
  if (parts.isClosing()) {
    throw new RegistryError('REGISTRY_CLOSING', 'the registry is being stopped', {
      hint: 'ask again in a moment',
      headers: { 'retry-after': '2' },
    })
  }
  const { maxBlobBytes, budget, checked, metrics } = parts
  const expectsContinue = request.headers.expect !== undefined
  const received = await receiveBlob(request, {
    maxBlobBytes,
    budget,
    ...(expectsContinue ? { onReading: () => response.writeContinue() } : {}),
  })
  try {
    const { hash, outcome } = await checked.save(received.data)
    metrics.saved.add([outcome])
    const sizeBytes = received.data.length
    if (outcome === 'created') metrics.savedBytes.add([], sizeBytes)
    return jsonAnswer(
      200,
      { hash, hash16: hash.slice(0, 32), size: sizeBytes, created: outcome === 'created' },
      { location: `/api/v1/metadata/${hash}`, 'cache-control': 'no-store' },
    )
  } finally {
    received.release()
  }
}
