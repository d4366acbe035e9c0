/**
 * The grid's indexes behind one port: the REST proxy for nodes, GraphQL for contracts, and the two small services
 * around them, activation and KYC. Nothing is loaded or opened before the first call.
 */
import { Deadline } from '../core/deadline.js'
import { request } from '../core/http.js'
import { ExplorerError } from '../errors/explorer.js'
import { CancelledError } from '../errors/wait.js'
import { Checker } from './checker.js'
import {
  ALL_KINDS,
  BILLS_QUERY,
  contractsQuery,
  FIELD_OF_KIND,
  indexStates,
  NODE_TWINS_QUERY,
  TYPENAME_QUERY,
} from './contract-query.js'
import { explorerErrors } from './http-errors.js'
import { nodeQuery } from './node-query.js'
import type { BillReport, ContractFilter, ContractInfo, ExplorerPort, NodeFilter, NodeInfo } from './port.js'
import { readBills, readContracts } from './read-contract.js'
import { readNode } from './read-node.js'
import {
  type BillsReply,
  billsSchema,
  type ContractsReply,
  contractsSchema,
  type NodeTwinsReply,
  nodeTwinsSchema,
} from './schema/contract.js'
import { type NodeReply, nodeSchema, nodesSchema } from './schema/node.js'
import {
  type GraphqlReply,
  graphqlSchema,
  type KycReply,
  kycSchema,
  typenameSchema,
  versionSchema,
} from './schema/services.js'

export interface ExplorerOptions {
  /** e.g. `https://gridproxy.grid.tf` */
  readonly proxyUrl: string
  /** e.g. `https://graphql.grid.tf/graphql` */
  readonly graphqlUrl: string
  /** e.g. `https://activation.grid.tf/activation/activate` */
  readonly activationUrl: string
  /** e.g. `https://kyc.grid.tf` */
  readonly kycUrl: string
  /** For one request; 20 s when absent. */
  readonly timeoutMs?: number
}

const DEFAULT_TIMEOUT_MS = 20_000
/** Asked of both indexes; the proxy may give less. */
const PAGE_SIZE = 500
/** Node ids in one URL: longer lists are split, since servers limit the length of a URL. */
const IDS_PER_REQUEST = 200
/** A list that is longer than this many requests is refused: a server that never ends must not fill the memory. */
const MAX_PAGES = 400

/** @example
 * const explorer = createExplorer({ proxyUrl, graphqlUrl, activationUrl, kycUrl })
 * const nodes = await explorer.nodes({ status: 'up', freeMruBytes: 2n ** 31n, features: ['mycelium'] })
 */
export function createExplorer(options: ExplorerOptions): ExplorerPort {
  return new Explorer(options)
}

class Explorer implements ExplorerPort {
  readonly #options: ExplorerOptions
  readonly #timeoutMs: number
  readonly #checker = new Checker()
  readonly #closed = new AbortController()

  constructor(options: ExplorerOptions) {
    this.#options = options
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS
  }

  async nodes(filter: NodeFilter, deadlineMs: number = this.#timeoutMs): Promise<readonly NodeInfo[]> {
    if (filter.nodeIds?.length === 0 || filter.farmIds?.length === 0) return []
    const deadline = new Deadline('the list of nodes', deadlineMs, this.#closed.signal)
    const { page, size, nodeIds } = filter
    if (page !== undefined || size !== undefined) {
      return (await this.#nodePage(filter, page ?? 1, size ?? PAGE_SIZE, deadline)).nodes.map(readNode)
    }

    const unique = nodeIds === undefined ? undefined : [...new Set(nodeIds)]
    const found = new Map<number, NodeInfo>()
    for (const ids of unique === undefined ? [undefined] : chunks(unique, IDS_PER_REQUEST)) {
      const part = ids === undefined ? filter : { ...filter, nodeIds: ids }
      await this.#collectNodes(part, found, ids?.length, deadline)
    }
    return [...found.values()]
  }

  async node(nodeId: number): Promise<NodeInfo | undefined> {
    const what = `node ${nodeId}`
    const url = join(this.#options.proxyUrl, `nodes/${encodeURIComponent(String(nodeId))}`)
    const reply = await this.#request({ url, what, accept: [404] })
    if (reply.status === 404) return undefined
    const node = await this.#checker.check<NodeReply>(nodeSchema, reply.json(), what, url)
    if (node.nodeId !== nodeId) {
      throw new ExplorerError('EXPLORER_REPLY', `asked for ${what}, the answer is about node ${node.nodeId}`, {
        where: url,
      })
    }
    return readNode(node)
  }

  async contracts(filter: ContractFilter): Promise<readonly ContractInfo[]> {
    const found = new Map<bigint, ContractInfo>()
    let open = ALL_KINDS.filter(kind => filter.kinds?.includes(kind) ?? true)
    const states = indexStates(filter.states)
    for (let page = 0; open.length > 0; page++) {
      if (page >= MAX_PAGES) throw endless('the list of contracts', this.#options.graphqlUrl)
      const reply = await this.#graphql<ContractsReply>(
        'the list of contracts',
        contractsQuery(open),
        { twinId: filter.twinId, states, limit: PAGE_SIZE, offset: page * PAGE_SIZE },
        contractsSchema,
      )
      const missing = open.find(kind => reply[FIELD_OF_KIND[kind]] === undefined)
      if (missing !== undefined) {
        throw new ExplorerError('EXPLORER_REPLY', `the list of contracts has no ${FIELD_OF_KIND[missing]}`, {
          where: this.#options.graphqlUrl,
        })
      }
      for (const contract of readContracts(reply)) found.set(contract.contractId, contract)
      open = open.filter(kind => (reply[FIELD_OF_KIND[kind]]?.length ?? 0) >= PAGE_SIZE)
    }
    return [...found.values()]
  }

  async nodeTwins(nodeIds: readonly number[]): Promise<ReadonlyMap<number, number>> {
    const unique = [...new Set(nodeIds)]
    if (unique.length === 0) return new Map()
    const reply = await this.#graphql<NodeTwinsReply>(
      'the twins of nodes',
      NODE_TWINS_QUERY,
      { nodeIds: unique, limit: unique.length },
      nodeTwinsSchema,
    )
    const asked = new Set(unique)
    return new Map(reply.nodes.filter(node => asked.has(node.nodeID)).map(node => [node.nodeID, node.twinID]))
  }

  async bills(contractId: bigint, limit: number): Promise<readonly BillReport[]> {
    const reply = await this.#graphql<BillsReply>(
      `the bills of contract ${contractId}`,
      BILLS_QUERY,
      { contractId: String(contractId), limit },
      billsSchema,
    )
    return readBills(reply)
  }

  async kycStatus(account: string): Promise<string> {
    const url = join(this.#options.kycUrl, 'api/v1/status')
    const what = 'the KYC status'
    const reply = await this.#request({ url, what, query: { client_id: account }, accept: [404] })
    if (reply.status === 404) return 'UNVERIFIED'
    return (await this.#checker.check<KycReply>(kycSchema, reply.json(), what, url)).result.status
  }

  async activate(account: string): Promise<void> {
    await this.#request({
      url: this.#options.activationUrl,
      what: 'the activation of an account',
      method: 'POST',
      body: { substrateAccountID: account },
    })
  }

  async check(): Promise<void> {
    const url = join(this.#options.proxyUrl, 'version')
    const proxy = async () => {
      const reply = await this.#request({ url, what: 'the version of the explorer' })
      await this.#checker.check(versionSchema, reply.json(), 'the version of the explorer', url)
    }
    await Promise.all([proxy(), this.#graphql('the GraphQL service', TYPENAME_QUERY, {}, typenameSchema)])
  }

  async close(): Promise<void> {
    this.#closed.abort(new CancelledError('the explorer'))
  }

  /** Pages until the server's count, the number that can exist, or an empty page is reached. */
  async #collectNodes(
    filter: NodeFilter,
    found: Map<number, NodeInfo>,
    atMost: number | undefined,
    deadline: Deadline,
  ): Promise<void> {
    let seen = 0
    for (let page = 1; page <= MAX_PAGES; page++) {
      const { nodes, count } = await this.#nodePage(filter, page, PAGE_SIZE, deadline)
      const before = found.size
      for (const node of nodes) found.set(node.nodeId, readNode(node))
      seen += nodes.length
      // A server may give smaller pages than asked, so a short page is no end; one with nothing new is.
      if (nodes.length === 0 || found.size === before) return
      if (seen >= (count ?? Number.POSITIVE_INFINITY) || seen >= (atMost ?? Number.POSITIVE_INFINITY)) return
    }
    throw endless('the list of nodes', this.#options.proxyUrl)
  }

  async #nodePage(
    filter: NodeFilter,
    page: number,
    size: number,
    deadline: Deadline,
  ): Promise<{ nodes: NodeReply[]; count: number | undefined }> {
    const url = join(this.#options.proxyUrl, 'nodes')
    const query = { ...nodeQuery(filter), page: String(page), size: String(size), ret_count: 'true' }
    const what = 'the list of nodes'
    deadline.check()
    const timeoutMs = Math.min(this.#timeoutMs, deadline.remainingMs)
    const reply = await this.#request({ url, what, query, timeoutMs })
    const nodes = await this.#checker.check<NodeReply[] | null>(nodesSchema, reply.json(), what, url)
    const count = reply.headers.count
    return { nodes: nodes ?? [], count: count !== undefined && /^\d{1,9}$/.test(count) ? Number(count) : undefined }
  }

  async #graphql<T>(what: string, query: string, variables: Record<string, unknown>, schema: object): Promise<T> {
    const url = this.#options.graphqlUrl
    const reply = await this.#request({
      url,
      what,
      method: 'POST',
      body: { query, variables },
      idempotent: true,
      // GraphQL servers report a query they refuse with 400 and say why in the body.
      accept: [400],
    })
    const { errors, data } = await this.#checker.check<GraphqlReply>(graphqlSchema, reply.json(), what, url)
    if (errors) {
      const messages = errors.map(error => error.message)
      throw new ExplorerError('EXPLORER_QUERY', `${what}: ${messages.join('; ')}`, {
        where: url,
        details: { messages },
      })
    }
    return this.#checker.check<T>(schema, data, what, url)
  }

  #request(options: Omit<Parameters<typeof request>[0], 'timeoutMs' | 'errors'> & { timeoutMs?: number }) {
    return request({
      timeoutMs: this.#timeoutMs,
      errors: explorerErrors,
      signal: this.#closed.signal,
      ...options,
    })
  }
}

function join(base: string, path: string): string {
  return `${base.replace(/\/+$/, '')}/${path}`
}

function chunks<T>(values: readonly T[], size: number): T[][] {
  const parts: T[][] = []
  for (let i = 0; i < values.length; i += size) parts.push(values.slice(i, i + size))
  return parts
}

function endless(what: string, where: string): ExplorerError {
  return new ExplorerError('EXPLORER_REPLY', `${what} does not end after ${MAX_PAGES} pages`, { where })
}
