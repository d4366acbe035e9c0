/**
 * What passes between the supervisor's daemon and its clients: one JSON object a line, over a socket that only the
 * node's own user can open. Specifications carry their secrets here, because they must not be arguments of a process.
 */
import type { Socket } from 'node:net'

import { Secret } from '../../../core/secret.js'
import { isHyphaeError } from '../../../errors/base.js'
import { type NodeNetworkCode, NodeNetworkError } from '../../../errors/node-network.js'
import { redacted } from '../system/redacted.js'
import type { ServiceFile, ServiceSpec, ServiceStatus } from './port.js'

export type DaemonRequest =
  | { readonly method: 'list' }
  | { readonly method: 'start'; readonly spec: ServiceSpec }
  | { readonly method: 'stop'; readonly name: string }
  | { readonly method: 'log'; readonly name: string }
  /** The daemon ends; its services go on when they are kept. */
  | { readonly method: 'shutdown'; readonly keep: boolean }

export type DaemonReply = { readonly ok: unknown } | { readonly error: ReplyError }

interface ReplyError {
  readonly code: string
  readonly message: string
  readonly where?: string | undefined
  readonly hint?: string | undefined
  readonly details?: Readonly<Record<string, unknown>> | undefined
}

/** 16 files of 256 KiB in base64, and the rest. */
export const MOST_LINE_BYTES = 8 * 1024 * 1024

const NEWLINE = 0x0a

export function socketPathOf(folder: string): string {
  return `${folder}/socket`
}

export function printRequest(request: DaemonRequest): string {
  if (request.method !== 'start') return `${JSON.stringify(request)}\n`
  const files = request.spec.files?.map(({ path, content, executable }) => ({
    path,
    content: Buffer.from(content.reveal()).toString('base64'),
    executable: executable === true,
  }))
  return `${JSON.stringify({ method: 'start', spec: { ...request.spec, files: files ?? [] } })}\n`
}

/** @throws {NodeNetworkError} NODE_NET_CONFIG for what is not a request; nothing of it is in the message */
export function readRequest(line: Buffer): DaemonRequest {
  const value = readObject(line)
  switch (value?.method) {
    case 'list':
      return { method: 'list' }
    case 'start':
      return { method: 'start', spec: readSpec(value.spec) }
    case 'stop':
    case 'log':
      if (typeof value.name === 'string') return { method: value.method, name: value.name }
      throw notUnderstood()
    case 'shutdown':
      if (typeof value.keep === 'boolean') return { method: 'shutdown', keep: value.keep }
      throw notUnderstood()
    default:
      throw notUnderstood()
  }
}

export function printReply(reply: DaemonReply): string {
  return `${JSON.stringify(reply)}\n`
}

export function errorReply(error: unknown): DaemonReply {
  if (!isHyphaeError(error)) {
    const message = redacted(error instanceof Error ? error.message : String(error))
    return { error: { code: 'NODE_NET_SERVICE', message } }
  }
  const { code, message, where, hint, details } = error
  return { error: { code, message, where, hint, details } }
}

/** What the daemon answered. @throws {NodeNetworkError} its error, or NODE_NET_SERVICE when it cannot be understood */
export function readReply(line: Buffer): unknown {
  const value = readObject(line)
  if (value && 'ok' in value) return value.ok
  const error = value?.error as Partial<ReplyError> | undefined
  if (typeof error?.message !== 'string' || typeof error.code !== 'string') throw strangeReply()
  const { where, hint, details } = error
  throw new NodeNetworkError(error.code as NodeNetworkCode, error.message, { where, hint, details })
}

export function readStatuses(value: unknown): readonly ServiceStatus[] {
  const isStatus = (one: Partial<ServiceStatus> | null) =>
    typeof one?.name === 'string' &&
    typeof one.fingerprint === 'string' &&
    ['running', 'starting', 'waiting', 'stopped'].includes(one.state as string) &&
    Number.isSafeInteger(one.restarts)
  if (!Array.isArray(value) || !value.every(isStatus)) throw strangeReply()
  return value as readonly ServiceStatus[]
}

export function readTexts(value: unknown): readonly string[] {
  if (!isTexts(value)) throw strangeReply()
  return value
}

/** Calls back with every whole line; a longer one than `most` bytes ends the connection. */
export function onLines(socket: Socket, most: number, onLine: (line: Buffer) => void): void {
  let parts: Buffer[] = []
  let bytes = 0
  socket.on('data', (data: Buffer) => {
    let rest = data
    for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
      const line = Buffer.concat([...parts, rest.subarray(0, end)])
      parts = []
      bytes = 0
      rest = rest.subarray(end + 1)
      if (line.length > most) return void socket.destroy()
      onLine(line)
    }
    bytes += rest.length
    if (bytes > most) return void socket.destroy()
    if (rest.length > 0) parts.push(rest)
  })
}

function readSpec(value: unknown): ServiceSpec {
  const spec = value as Partial<Record<keyof ServiceSpec, unknown>> | null | undefined
  const { name, namespace, command, after = [], files = [] } = spec ?? {}
  if (typeof name !== 'string' || typeof namespace !== 'string') throw notUnderstood()
  if (!isTexts(command) || command.length === 0 || !isTexts(after) || !Array.isArray(files)) throw notUnderstood()
  return { name, namespace, command: command as [string, ...string[]], after, files: files.map(readFile) }
}

function readFile(value: unknown): ServiceFile {
  const { path, content, executable } = (value ?? {}) as Partial<Record<keyof ServiceFile, unknown>>
  if (typeof path !== 'string' || typeof content !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(content)) {
    throw notUnderstood()
  }
  return { path, content: new Secret(new Uint8Array(Buffer.from(content, 'base64'))), executable: executable === true }
}

function readObject(line: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line.toString('utf8'))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(one => typeof one === 'string')
}

function notUnderstood(): NodeNetworkError {
  return new NodeNetworkError('NODE_NET_CONFIG', 'this is not a request to a supervisor')
}

function strangeReply(): NodeNetworkError {
  return new NodeNetworkError('NODE_NET_SERVICE', 'the supervisor answers what cannot be understood')
}
