/** One request for content: what is under the reference, along the path, in the form that was asked for. */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'

import { toHex } from '../../core/hex.js'
import { GatewayError } from '../../errors/gateway.js'
import type { ContentFile } from './content/content-file.js'
import type { IndexedEntry } from './content/directory-index.js'
import type { ContentDirectory, ContentObject, Objects } from './content/objects.js'
import { find, openRoot, resolvePath } from './content/resolve-path.js'
import { PLAIN_HEADERS, sendAnswer } from './http/answer.js'
import { isOther, isUnchanged, mayBePart } from './http/conditions.js'
import { contentDisposition } from './http/content-disposition.js'
import { contentType, isActive, SANDBOX } from './http/content-type.js'
import { keyCookie } from './http/key-cookie.js'
import { directoryLocation, entryHref, parentHref, referenceHref } from './http/links.js'
import { LISTING_POLICY, LISTING_VERSION, type ListedEntry, listingPage } from './http/listing.js'
import { readRange } from './http/range.js'
import { sendPieces } from './http/send-pieces.js'
import type { ContentTarget } from './http/target.js'

export interface ContentExchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly target: ContentTarget
  /** Given when the client has gone. */
  readonly signal: AbortSignal
  readonly onSent: (bytes: number) => void
}

const INDEX = 'index.html'
/** What a hash names never changes. */
const FOR_EVER = 'max-age=31536000, immutable'

export async function answerContent(exchange: ContentExchange, objects: Objects): Promise<void> {
  const { target, signal } = exchange
  const { object: root, key } = await openRoot(target.encryptedHash, target.keys, objects, signal)
  const object = await resolvePath(root, target.segments, objects, signal)
  // Which of several cookies opened it is what the links are made with.
  const opened = { ...exchange, target: { ...target, keys: key ? [key] : [] } }
  const site = root.kind === 'directory' ? siteHeaders(opened.target, key) : {}

  if (object.kind === 'directory') return await answerDirectory(opened, object, objects, site)
  if (target.slash && target.segments.length > 0) {
    throw new GatewayError('GATEWAY_PATH', 'this is a file, and its path has no slash at the end')
  }
  return await answerFile(opened, object, site)
}

/** The pages of a site know no key: the browser is given it to keep. */
function siteHeaders({ form, keyFrom }: ContentTarget, key: Uint8Array | undefined): OutgoingHttpHeaders {
  if (form !== 'host') return {}
  return keyFrom === 'query' && key ? { 'set-cookie': keyCookie(key) } : {}
}

async function answerDirectory(
  exchange: ContentExchange,
  directory: ContentDirectory,
  objects: Objects,
  site: OutgoingHttpHeaders,
): Promise<void> {
  const { request, response, target, signal } = exchange
  const location = directoryLocation(target)
  if (location !== undefined) {
    sendAnswer(request, response, {
      status: 307,
      headers: { location, 'cache-control': 'no-cache', ...site },
      body: '',
    })
    return
  }
  const index = await find(directory, INDEX, objects, signal).catch(whenReadable)
  if (index?.kind === 'file') {
    await answerFile(exchange, index, site)
    return
  }

  const { entries, missing } = await objects.index(directory, signal)
  const etag = `W/"${toHex(directory.reference.encryptedHash)}.${LISTING_VERSION}.${missing}.${target.form}${target.keyFrom}"`
  const headers = { etag, 'cache-control': 'no-cache', ...site }
  if (isUnchanged(request.headers, etag)) {
    sendAnswer(request, response, { status: 304, headers })
    return
  }
  const body = listingPage({
    name: directory.metadata.name,
    parent: parentHref(target),
    entries: entries.map(entry => listed(target, entry)),
  })
  const type = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': LISTING_POLICY }
  sendAnswer(request, response, { status: 200, headers: { ...headers, ...type }, body })
}

/** A listing is better than nothing, even when the index may be among what cannot be read now. */
function whenReadable(error: unknown): ContentObject | undefined {
  if ((error as { code?: unknown }).code === 'CDN_REGISTRY') return undefined
  throw error
}

function listed(target: ContentTarget, { name, kind, mime, size, reference, reachable }: IndexedEntry): ListedEntry {
  if (kind === 'missing') return { name, kind }
  const isDirectory = kind === 'directory'
  const href = reachable ? entryHref(target, name, isDirectory) : referenceHref(target, reference, isDirectory)
  return { name, kind, mime, size, href }
}

async function answerFile(exchange: ContentExchange, file: ContentFile, site: OutgoingHttpHeaders): Promise<void> {
  const { request, response, target, signal } = exchange
  const { contentHash, name, mime } = file.metadata
  const etag = `"${toHex(contentHash)}"`
  const headers: OutgoingHttpHeaders = {
    ...PLAIN_HEADERS,
    etag,
    'cache-control': cacheControl(target, site),
    'accept-ranges': 'bytes',
    ...site,
  }
  if (isOther(request.headers, etag)) {
    throw new GatewayError('GATEWAY_CONDITION', 'the content is not the one that If-Match names')
  }
  if (isUnchanged(request.headers, etag)) {
    response.writeHead(304, headers).end()
    return
  }

  const type = contentType(mime)
  const sizeBytes = await file.size(signal)
  Object.assign(headers, {
    'content-type': type,
    'content-disposition': contentDisposition(name, target.download ? 'attachment' : 'inline'),
    ...(target.form === 'path' && isActive(type) ? { 'content-security-policy': SANDBOX } : {}),
  })
  // Ranges are defined for GET alone. Source: RFC 9110, 14.2.
  const ranged = request.method === 'GET' && mayBePart(request.headers, etag)
  const range = ranged ? readRange(request.headers.range, sizeBytes) : 'whole'
  if (range === 'unsatisfiable') {
    throw new GatewayError('GATEWAY_RANGE', `the file has ${sizeBytes} bytes, and none of them is in the range`, {
      headers: { 'content-range': `bytes */${sizeBytes}` },
    })
  }

  const { start, end } = range === 'whole' ? { start: 0, end: sizeBytes } : range
  headers['content-length'] = end - start
  if (range !== 'whole') headers['content-range'] = `bytes ${start}-${end - 1}/${sizeBytes}`
  if (request.method === 'HEAD' || start === end) {
    response.writeHead(200, headers).end()
    return
  }
  const pieces = file.read(start, end, signal)
  await sendPieces(response, { status: range === 'whole' ? 200 : 206, headers }, pieces, exchange.onSent)
}

/** What a page is that hands out the key has to be asked for again, so that the key is handed out again. */
function cacheControl({ keyFrom }: ContentTarget, site: OutgoingHttpHeaders): string {
  if ('set-cookie' in site) return 'private, no-cache'
  return `${keyFrom === 'cookie' ? 'private' : 'public'}, ${FOR_EVER}`
}
