/** The supervisor as a process of its own, which outlives the command that started it. */
import { chmodSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'

import { InputError } from '../../../errors/input.js'
import { NodeNetworkError } from '../../../errors/node-network.js'
import {
  type DaemonReply,
  type DaemonRequest,
  errorReply,
  MOST_LINE_BYTES,
  onLines,
  printReply,
  readRequest,
  socketPathOf,
} from './daemon-protocol.js'
import { createSupervisor, type Supervisor, type SupervisorOptions } from './supervisor.js'

export interface SupervisorDaemon {
  /** Resolves when it has ended, whoever ended it. */
  readonly closed: Promise<void>
  close(options: { keep: boolean }): Promise<void>
}

/** `sockaddr_un` has room for 108 bytes with the final zero: unix(7). */
const MOST_PATH_BYTES = 107
const MOST_CLIENTS = 64
const MOST_WAITING = 256
const IDLE_MS = 60_000

/** Answers on `<folder>/socket`, which nobody but this user can open.
 *
 * @throws {NodeNetworkError} NODE_NET_LOCKED when the folder has a supervisor, NODE_NET_SERVICE when it cannot listen
 * @throws {InputError} INPUT_OPTION when the folder's name is too long for a socket
 */
export async function serveSupervisor(options: SupervisorOptions): Promise<SupervisorDaemon> {
  const path = socketPathOf(options.folder)
  if (Buffer.byteLength(path) > MOST_PATH_BYTES) {
    throw new InputError('INPUT_OPTION', `the name of the supervisor's folder is too long for a socket`, {
      where: options.folder,
      hint: `a socket's whole path has at most ${MOST_PATH_BYTES} bytes`,
    })
  }
  const supervisor = createSupervisor(options)
  const clients = new Set<Socket>()
  const server = createServer(socket => {
    clients.add(socket)
    socket.once('close', () => clients.delete(socket))
    answer(socket, supervisor, keep => close({ keep }))
  })
  server.maxConnections = MOST_CLIENTS

  let closing: Promise<void> | undefined
  let hasEnded = () => {}
  const closed = new Promise<void>(resolve => {
    hasEnded = resolve
  })
  const close = ({ keep }: { keep: boolean }): Promise<void> => {
    closing ??= (async () => {
      try {
        server.close()
        await supervisor.close({ keep })
      } finally {
        // After the answer to whoever asked for it.
        setImmediate(() => {
          for (const client of clients) client.destroySoon()
          hasEnded()
        })
      }
    })()
    return closing
  }

  try {
    // The lock is ours: what lies there is of a daemon that was killed.
    rmSync(path, { force: true })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(path, resolve)
    })
    chmodSync(path, 0o600)
  } catch (cause) {
    await supervisor.close({ keep: true })
    throw new NodeNetworkError('NODE_NET_SERVICE', 'the supervisor cannot listen on its socket', { where: path, cause })
  }
  return { closed, close }
}

/** Requests of one client are answered one after the other. */
function answer(socket: Socket, supervisor: Supervisor, shutDown: (keep: boolean) => Promise<void>): void {
  let last = Promise.resolve()
  let waiting = 0
  socket.on('error', () => {})
  socket.setTimeout(IDLE_MS, () => {
    if (waiting === 0) socket.destroy()
  })
  onLines(socket, MOST_LINE_BYTES, line => {
    if (++waiting > MOST_WAITING) return void socket.destroy()
    last = last.then(async () => {
      const reply = await replyTo(line, supervisor, shutDown)
      waiting--
      if (socket.writable) socket.write(printReply(reply))
    })
  })
}

async function replyTo(
  line: Buffer,
  supervisor: Supervisor,
  shutDown: (keep: boolean) => Promise<void>,
): Promise<DaemonReply> {
  try {
    return { ok: (await obey(readRequest(line), supervisor, shutDown)) ?? null }
  } catch (error) {
    return errorReply(error)
  }
}

function obey(
  request: DaemonRequest,
  supervisor: Supervisor,
  shutDown: (keep: boolean) => Promise<void>,
): Promise<unknown> {
  switch (request.method) {
    case 'list':
      return supervisor.list()
    case 'start':
      return supervisor.start(request.spec)
    case 'stop':
      return supervisor.stop(request.name)
    case 'log':
      return supervisor.log(request.name)
    case 'shutdown':
      return shutDown(request.keep)
  }
}
