/** What a specification must keep before anything is started or written for it. */
import { NodeNetworkError } from '../../../errors/node-network.js'
import type { ServiceSpec } from './port.js'

const NAME = /^[a-z0-9][A-Za-z0-9-]{0,63}$/
const NAMESPACE = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/
const MOST_ARGUMENTS = 256
const MOST_CHARACTERS = 32 * 1024
const MOST_FILES = 16
const MOST_FILE_BYTES = 256 * 1024
const MOST_AFTER = 64

/** True for what can be the name of a service, and so of its files. */
export function isServiceName(name: unknown): name is string {
  return typeof name === 'string' && NAME.test(name)
}

/** @throws {NodeNetworkError} NODE_NET_NAME for names, NODE_NET_CONFIG for the rest; a content is in no message */
export function checkSpec(spec: ServiceSpec): void {
  const { name, namespace, command, files = [], after = [] } = spec
  for (const one of [name, ...after]) {
    if (!isServiceName(one)) throw badName(one, 'service', 'use a-z, A-Z, 0-9 and -, at most 64 characters')
  }
  if (!NAMESPACE.test(namespace)) throw badName(namespace, 'namespace', 'it is the name of a folder entry')

  const wrong = (what: string) => new NodeNetworkError('NODE_NET_CONFIG', `service ${name} has ${what}`)
  const characters = command.reduce((sum, part) => sum + part.length, 0)
  if (command.length < 1 || command[0] === '') throw wrong('no program')
  if (command.some(part => part.includes('\0'))) throw wrong('a NUL in its command')
  if (command.length > MOST_ARGUMENTS || characters > MOST_CHARACTERS) throw wrong('a command that is too long')
  if (after.length > MOST_AFTER) throw wrong(`more than ${MOST_AFTER} services to wait for`)
  if (files.length > MOST_FILES) throw wrong(`more than ${MOST_FILES} files`)
  const paths = files.map(({ path }) => path)
  const lost = paths.find(path => !isCleanPath(path))
  if (lost !== undefined) throw wrong(`a file without an absolute, plain path: ${JSON.stringify(lost.slice(0, 80))}`)
  if (new Set(paths).size !== paths.length) throw wrong('the same file twice')
  if (files.some(({ content }) => Buffer.byteLength(content.reveal()) > MOST_FILE_BYTES)) {
    throw wrong(`a file of more than ${MOST_FILE_BYTES} bytes`)
  }
}

/** `/run/a/key`: absolute, and leading where it seems to. */
function isCleanPath(path: string): boolean {
  const parts = path.split('/')
  return (
    parts[0] === '' &&
    parts.length > 1 &&
    !parts.slice(1).some(part => ['', '.', '..'].includes(part)) &&
    !/[\0\n]/.test(path)
  )
}

function badName(name: unknown, what: string, hint: string): NodeNetworkError {
  return new NodeNetworkError('NODE_NET_NAME', `${JSON.stringify(String(name).slice(0, 80))} cannot name a ${what}`, {
    hint,
  })
}
