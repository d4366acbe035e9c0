/** Who somebody is, and which namespace is theirs. Source: threefoldtech/0-db v2.0.7, zdbd/auth.c, commands_namespace.c. */
import { createHash, timingSafeEqual } from 'node:crypto'

import { randomBytes } from '../../../../core/random.js'
import { MOST_NAME_BYTES, MOST_PASSWORD_BYTES } from '../../limits.js'
import { secureHash } from '../../secure-hash.js'
import { OK } from '../../wire/reply.js'
import type { Command } from '../command.js'
import { isWord } from '../read-argument.js'
import { refuse } from '../refuse.js'
import type { Session } from '../session.js'

const HASH_CHARACTERS = 40
const CHALLENGE_BYTES = 8

const AUTH: Command = {
  name: 'AUTH',
  fewest: 1,
  most: 2,
  run: (session, [first, second]) => {
    if (second !== undefined) {
      if (!isWord(first, 'SECURE')) throw refuse('Only SECURE extra method supported')
      if (isWord(second, 'CHALLENGE')) {
        session.challenge = Buffer.from(randomBytes(CHALLENGE_BYTES)).toString('hex')
        return { kind: 'simple', text: session.challenge }
      }
    }
    const { adminPassword } = session.options
    if (adminPassword === undefined) throw refuse('Authentication disabled')
    if (second === undefined) checkPlain(first as Buffer, adminPassword)
    else {
      try {
        checkHash(session, second, adminPassword)
      } finally {
        session.challenge = undefined
      }
    }
    session.admin = true
    return OK
  },
}

const SELECT: Command = {
  name: 'SELECT',
  fewest: 1,
  run: (session, args) => {
    const [name, first, second] = args as [Buffer, ...Buffer[]]
    if (args.some(arg => arg.length === 0)) throw refuse('Invalid argument')
    if (name.length > MOST_NAME_BYTES) throw refuse('Namespace too long')
    const namespace = session.options.namespaces.get(name.toString('latin1'))
    if (namespace === undefined) throw refuse('Namespace not found')
    const { password, public: isPublic } = namespace.settings

    let writable = true
    if (password !== undefined) {
      if (args.length > 3) throw refuse('Too many arguments')
      if (second !== undefined) {
        if (!isWord(first, 'SECURE')) throw refuse('Only SECURE extra method supported')
        // The challenge stays: 0-DB lets a connection select several namespaces with one.
        checkHash(session, second, password)
      } else if (first !== undefined) checkPlain(first, password)
      else if (isPublic) writable = false
      else throw refuse('Namespace protected and private')
    }
    session.namespace = namespace
    session.writable = writable
    return OK
  },
}

export const accessCommands = [AUTH, SELECT]

function checkPlain(given: Buffer, password: string): void {
  if (given.length > MOST_PASSWORD_BYTES) throw refuse('Password too long')
  if (!sameText(given, password)) throw refuse('Access denied')
}

function checkHash(session: Session, given: Buffer, password: string): void {
  const { challenge } = session
  if (challenge === undefined) throw refuse('No CHALLENGE requested, secure authentication not available')
  if (given.length !== HASH_CHARACTERS) throw refuse('Invalid hash length')
  if (!sameText(given, secureHash(challenge, Buffer.from(password, 'latin1')))) throw refuse('Access denied')
}

function sameText(given: Buffer, text: string): boolean {
  const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest()
  return timingSafeEqual(digest(given), digest(Buffer.from(text, 'latin1')))
}
