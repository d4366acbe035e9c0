/** What one connection may do, and where. */
import type { Namespace } from './namespace.js'
import type { Namespaces } from './namespaces.js'
import { refuse } from './refuse.js'
import type { ServerStats } from './stats.js'

export interface SessionOptions {
  readonly namespaces: Namespaces
  readonly adminPassword: string | undefined
  readonly stats: ServerStats
}

export class Session {
  namespace: Namespace
  writable = true
  admin: boolean
  /** 16 hexadecimal digits that were given out for a secure authentication. */
  challenge: string | undefined

  constructor(readonly options: SessionOptions) {
    this.namespace = options.namespaces.default
    this.admin = options.adminPassword === undefined
  }

  /** The namespace, to read from. */
  readable(): Namespace {
    if (this.namespace.frozen) throw refuse('Namespace is temporarily frozen (read-write disabled)')
    return this.namespace
  }

  requireAdmin(): void {
    if (!this.admin) throw refuse('Permission denied')
  }
}
