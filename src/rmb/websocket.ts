/**
 * Frames over a WebSocket to a relay: `relay-URL?<token>`, binary messages only.
 *
 * Source: threefoldtech/rmb-rs, src/relay/api.rs (the query is the token; a text message ends the session).
 */
import WebSocket from 'ws'

import { RmbError } from '../errors/rmb.js'
import { MAX_ENVELOPE_BYTES } from './envelope.js'
import { checkRelayUrl } from './relay-url.js'
import type { Link, OpenLink, Transport } from './transport.js'

/** What may wait in the socket's own buffer before `send` refuses more. */
const MAX_BUFFERED_BYTES = 64 * 1024 * 1024

/** A transport to one relay.
 *
 * @param relayUrl `wss://relay.grid.tf`, or `ws://` on a local grid
 * @throws {InputError} INPUT_URL
 * @example createRmb({ …, transport: webSocketTransport('wss://relay.grid.tf') })
 */
export function webSocketTransport(relayUrl: string): Transport {
  const url = checkRelayUrl(relayUrl)
  return open => openSocket(url, open)
}

function openSocket(url: string, open: OpenLink): Promise<Link> {
  const { promise, resolve, reject } = withResolvers<Link>()
  const socket = new WebSocket(`${url}?${open.token}`, {
    handshakeTimeout: Math.max(1, open.timeoutMs),
    maxPayload: MAX_ENVELOPE_BYTES,
    perMessageDeflate: false,
    followRedirects: false,
  })
  let state: 'opening' | 'open' | 'ended' = 'opening'
  let cause: unknown

  const end = (reason: RmbError) => {
    const before = state
    if (before === 'ended') return
    state = 'ended'
    open.signal.removeEventListener('abort', abort)
    socket.terminate()
    if (before === 'opening') reject(reason)
    else open.onClose(reason)
  }
  const abort = () => end(new RmbError('RMB_CLOSED', 'the connection was closed while it was being opened'))
  if (open.signal.aborted) abort()
  else open.signal.addEventListener('abort', abort, { once: true })

  const link: Link = {
    send(frame) {
      if (state !== 'open') throw new RmbError('RMB_CLOSED', 'the connection to the relay has ended', { where: url })
      if (socket.bufferedAmount + frame.length > MAX_BUFFERED_BYTES) {
        throw new RmbError('RMB_BUSY', 'the relay takes frames more slowly than they are sent', { where: url })
      }
      socket.send(frame)
    },
    close() {
      if (state === 'ended') return
      state = 'ended'
      open.signal.removeEventListener('abort', abort)
      // Asks politely; ws itself ends the socket 30 s later when the other side is deaf, we do not wait that long.
      socket.close(1000)
      setTimeout(() => socket.terminate(), 1000).unref()
    },
  }

  socket.on('open', () => {
    if (state !== 'opening') return
    state = 'open'
    resolve(link)
  })
  socket.on('message', (data, isBinary) => {
    if (state !== 'open') return
    if (isBinary) open.onFrame(data as Buffer)
    else end(new RmbError('RMB_ENVELOPE', 'the relay sent text where only binary frames are known', { where: url }))
  })
  socket.on('unexpected-response', (request, response) => {
    request.destroy()
    end(refusal(url, response.statusCode ?? 0))
  })
  socket.on('error', error => {
    cause = error // 'close' follows and reports it
    if (state === 'opening') end(unreachable(url, error))
  })
  socket.on('close', code => {
    end(
      new RmbError('RMB_UNREACHABLE', `the relay ended the connection (code ${code})`, {
        where: url,
        ...(cause === undefined ? {} : { cause }),
      }),
    )
  })
  return promise
}

function refusal(url: string, status: number): RmbError {
  const details = { status }
  if (status === 400 || status === 401 || status === 403) {
    return new RmbError('RMB_UNAUTHORIZED', `the relay refused the token (HTTP ${status})`, {
      where: url,
      details,
      hint: 'check that the twin is of this network and this account, and that the clock is right',
    })
  }
  const hint = status === 404 ? 'check the path of the relay URL' : 'try again later, or use another relay'
  return new RmbError('RMB_UNREACHABLE', `the relay answered HTTP ${status}`, { where: url, details, hint })
}

function unreachable(url: string, cause: Error): RmbError {
  return new RmbError('RMB_UNREACHABLE', `the relay does not answer: ${cause.message}`, {
    where: url,
    hint: 'check the relay URL and the network',
    cause,
  })
}

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: Error) => void } {
  let resolve!: (value: T) => void
  let reject!: (error: Error) => void
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}
