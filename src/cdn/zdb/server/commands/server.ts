/** Commands about the server itself. */
import { array, bulk } from '../../wire/reply.js'
import type { Command } from '../command.js'
import { describeServer } from '../describe-server.js'
import { refuse } from '../refuse.js'

export const serverCommands: readonly Command[] = [
  { name: 'PING', fewest: 0, most: 0, run: () => ({ kind: 'simple', text: 'PONG' }) },
  {
    name: 'TIME',
    fewest: 0,
    most: 0,
    run: () => {
      const microseconds = Math.round((performance.timeOrigin + performance.now()) * 1000)
      return array([bulk(String(Math.floor(microseconds / 1e6))), bulk(String(microseconds % 1e6))])
    },
  },
  { name: 'INFO', fewest: 0, run: session => bulk(describeServer(session.options.stats)) },
  {
    name: 'STOP',
    fewest: 0,
    run: () => {
      throw refuse('Unauthorized')
    },
  },
]
