/** One request, from its words to its answer. */
import { ZdbError } from '../../../errors/zdb.js'
import type { Reply } from '../wire/reply.js'
import type { Command } from './command.js'
import { accessCommands } from './commands/access.js'
import { keyCommands } from './commands/keys.js'
import { namespaceCommands } from './commands/namespaces.js'
import { serverCommands } from './commands/server.js'
import { walkCommands } from './commands/walks.js'
import { refuse } from './refuse.js'
import type { Session } from './session.js'

const COMMANDS: ReadonlyMap<string, Command> = new Map(
  [...keyCommands, ...walkCommands, ...accessCommands, ...namespaceCommands, ...serverCommands].map(one => [
    one.name,
    one,
  ]),
)
const LONGEST_NAME = 16

/** Never rejects and never throws: what goes wrong is the answer. */
export function execute(
  session: Session,
  request: readonly Buffer[],
  onFault: (error: unknown) => void,
): Reply | Promise<Reply> {
  const { stats } = session.options
  const failed = (error: unknown): Reply => {
    stats.failed++
    if (error instanceof ZdbError && error.reply !== undefined) {
      if (error.code === 'ZDB_PERMISSION') stats.unauthorized++
      if (error.code === 'ZDB_FAILED') onFault(error)
      return { kind: 'error', text: error.reply }
    }
    onFault(error)
    return { kind: 'error', text: 'Internal Error' }
  }
  stats.commands++
  try {
    const [name, ...args] = request as [Buffer, ...Buffer[]]
    const command = name.length > LONGEST_NAME ? undefined : COMMANDS.get(name.toString('latin1').toUpperCase())
    if (command === undefined) throw refuse('Command not supported')
    if (args.length < command.fewest || args.length > (command.most ?? args.length))
      throw refuse('Unexpected arguments')
    if (command.admin) session.requireAdmin()
    const reply = command.run(session, args)
    return reply instanceof Promise ? reply.catch(failed) : reply
  } catch (error) {
    return failed(error)
  }
}
