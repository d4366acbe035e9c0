import type { Reply } from '../wire/reply.js'
import type { Session } from './session.js'

/** What a request does. Its arguments are counted without its name. */
export interface Command {
  readonly name: string
  readonly fewest: number
  /** Absent: as many as a request may have. */
  readonly most?: number
  readonly admin?: boolean
  /** @throws {ZdbError} with the words for the client */
  run(session: Session, args: readonly Buffer[]): Reply | Promise<Reply>
}
