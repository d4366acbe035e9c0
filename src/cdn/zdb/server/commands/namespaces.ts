/** Making, changing and removing namespaces. Source: threefoldtech/0-db v2.0.7, zdbd/commands_namespace.c. */
import { MOST_NAME_BYTES, MOST_PROPERTY_BYTES } from '../../limits.js'
import { array, bulk, OK } from '../../wire/reply.js'
import type { Command } from '../command.js'
import { describeNamespace } from '../describe-namespace.js'
import type { Namespace } from '../namespace.js'
import { readCount } from '../read-argument.js'
import { refuse } from '../refuse.js'
import type { Session } from '../session.js'

const NSNEW: Command = {
  name: 'NSNEW',
  fewest: 1,
  most: 1,
  admin: true,
  run: async (session, [name]) => {
    await session.options.namespaces.create(nameOf(name))
    return OK
  },
}

const NSDEL: Command = {
  name: 'NSDEL',
  fewest: 1,
  most: 1,
  admin: true,
  run: async (session, [arg]) => {
    const name = nameOf(arg)
    const { namespaces } = session.options
    if (name === namespaces.default.name) throw refuse('Cannot remove default namespace')
    if (namespaces.get(name) === undefined) throw refuse("This namespace doesn't exists")
    if (name === session.namespace.name) throw refuse("Cannot remove namespace you're currently using.")
    await namespaces.remove(name)
    return OK
  },
}

const NSLIST: Command = {
  name: 'NSLIST',
  fewest: 0,
  most: 0,
  run: session => array(session.options.namespaces.names.map(name => bulk(Buffer.from(name, 'latin1')))),
}

const NSINFO: Command = {
  name: 'NSINFO',
  fewest: 1,
  most: 1,
  run: async (session, [name]) =>
    bulk(Buffer.from(await describeNamespace(known(session, name), session.admin), 'latin1')),
}

const NSSET: Command = {
  name: 'NSSET',
  fewest: 3,
  most: 3,
  admin: true,
  run: async (session, [name, property = Buffer.alloc(0), value = Buffer.alloc(0)]) => {
    if (value.length === 0 || property.length === 0) throw refuse('Invalid argument')
    if (value.length > MOST_PROPERTY_BYTES) throw refuse('Argument too long')
    const namespace = known(session, name)
    const word = property.toString('latin1')
    const setter = SETTERS[word]
    if (setter === undefined || !Object.hasOwn(SETTERS, word)) throw refuse('Invalid property')
    if (namespace === session.options.namespaces.default && !DEFAULT_TAKES.has(word)) {
      throw refuse('Cannot update default namespace')
    }
    await setter(namespace, value, session)
    return OK
  },
}

type Setter = (namespace: Namespace, value: Buffer, session: Session) => void | Promise<void>

const DEFAULT_TAKES: ReadonlySet<string> = new Set(['mode', 'lock', 'freeze'])

const SETTERS: Readonly<Record<string, Setter>> = {
  maxsize: (namespace, value) => namespace.update({ maxsize: readCount(value) }),
  password: (namespace, value) => {
    const text = value.toString('latin1')
    return namespace.update({ password: text === '*' ? undefined : text })
  },
  public: (namespace, value) => namespace.update({ public: flag(value) }),
  worm: (namespace, value) => namespace.update({ worm: flag(value) }),
  mode: async (namespace, value, session) => {
    if (session.options.namespaces.options.mode !== undefined) {
      throw refuse('This server instance is configured to use a single runtime mode')
    }
    const mode = value.toString('latin1')
    if (mode !== 'user' && mode !== 'seq') throw refuse('Invalid property value (expected: user, seq)')
    await namespace.changeMode(mode)
  },
  // Taking away either takes away both.
  lock: (namespace, value) => {
    namespace.locked = flag(value)
    if (!namespace.locked) namespace.frozen = false
  },
  freeze: (namespace, value) => {
    namespace.frozen = flag(value)
    if (!namespace.frozen) namespace.locked = false
  },
}

const NSJUMP: Command = {
  name: 'NSJUMP',
  fewest: 0,
  most: 0,
  admin: true,
  run: async session => {
    await session.namespace.jump()
    return OK
  },
}

const RELOAD: Command = {
  name: 'RELOAD',
  fewest: 1,
  most: 1,
  admin: true,
  run: async (session, [name]) => {
    await known(session, name).reload()
    return OK
  },
}

const FLUSH: Command = {
  name: 'FLUSH',
  fewest: 0,
  most: 0,
  run: async session => {
    const { password, public: isPublic } = session.namespace.settings
    if (isPublic || password === undefined) throw refuse('Flushing public namespace denied')
    await session.namespace.flush(session.writable)
    return OK
  },
}

export const namespaceCommands = [NSNEW, NSDEL, NSLIST, NSINFO, NSSET, NSJUMP, RELOAD, FLUSH]

function nameOf(arg: Buffer | undefined): string {
  if (arg === undefined || arg.length === 0) throw refuse('Invalid argument')
  if (arg.length > MOST_NAME_BYTES) throw refuse('Namespace too long')
  // The original keeps names as C does.
  const end = arg.indexOf(0)
  const name = end === -1 ? arg : arg.subarray(0, end)
  if (name.length === 0) throw refuse('This name is not allowed')
  return name.toString('latin1')
}

function known(session: Session, arg: Buffer | undefined): Namespace {
  const namespace = session.options.namespaces.get(nameOf(arg))
  if (namespace === undefined) throw refuse('Namespace not found')
  return namespace
}

/** 0 or 1, and nothing else: a typing error must not open a namespace. */
function flag(value: Buffer): boolean {
  const text = value.toString('latin1')
  if (text !== '0' && text !== '1') throw refuse('Invalid argument')
  return text === '1'
}
