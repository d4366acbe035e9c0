/** Walking through a namespace. */
import { array, bulk, integer } from '../../wire/reply.js'
import type { Command } from '../command.js'
import { encodeCursor } from '../cursor.js'
import { refuse } from '../refuse.js'

function walk(name: string, direction: 'forward' | 'backward'): Command {
  return {
    name,
    fewest: 0,
    most: 1,
    run: async (session, [cursor]) => {
      const { versions, last } = await session.readable().scan(cursor, direction)
      const entries = versions.map(({ key, valueBytes, timestamp }) =>
        array([bulk(Buffer.from(key, 'latin1')), integer(valueBytes), integer(timestamp)]),
      )
      return array([bulk(encodeCursor(last)), array(entries)])
    },
  }
}

const KSCAN: Command = {
  name: 'KSCAN',
  fewest: 0,
  run: () => {
    throw refuse('Command disabled in release code, not yet available')
  },
}

const DBSIZE: Command = {
  name: 'DBSIZE',
  fewest: 0,
  most: 0,
  // Even a frozen namespace tells its size.
  run: session => integer(session.namespace.index.size),
}

export const walkCommands = [
  walk('SCAN', 'forward'),
  walk('SCANX', 'forward'),
  walk('RSCAN', 'backward'),
  KSCAN,
  DBSIZE,
]
