/** `POST /graphql`: from the bytes of a request to an answer, whatever the bytes are. */
import type { GraphQLSchema } from 'graphql'

import type { World } from '../world.js'
import {
  excessOf,
  isTooDeep,
  MAX_OBJECTS,
  MAX_QUERY_CHARACTERS,
  MAX_STEPS,
  MAX_TOKENS,
  MAX_VARIABLE_DEPTH,
} from './limits.js'
import { buildSchema, type Graphql, type QueryContext } from './schema.js'

export interface GraphqlAnswer {
  readonly status: 200 | 400
  readonly body: { readonly data?: unknown; readonly errors?: readonly { readonly message: string }[] }
}

export interface GraphqlEndpoint {
  /** @param body the text of a JSON object {query, variables?, operationName?} */
  answer(body: string, world: World): Promise<GraphqlAnswer>
}

const MAX_ERRORS = 20

export async function createGraphqlEndpoint(): Promise<GraphqlEndpoint> {
  const graphql = await import('graphql')
  const schema = buildSchema(graphql)
  return {
    answer: async (body, world) => {
      try {
        return await run(graphql, schema, body, world)
      } catch (error) {
        // A stack that overflows, for one; the message says it, nothing of the server shows.
        return refusal(error instanceof Error ? error.message : 'the query failed')
      }
    },
  }
}

async function run(graphql: Graphql, schema: GraphQLSchema, body: string, world: World): Promise<GraphqlAnswer> {
  const request = readRequest(body)
  if (typeof request === 'string') return refusal(request)

  const document = graphql.parse(request.query, { maxTokens: MAX_TOKENS, noLocation: false })
  const excess = excessOf(document)
  if (excess) return refusal(excess)
  const errors = graphql.validate(schema, document, graphql.specifiedRules, { maxErrors: MAX_ERRORS })
  if (errors.length > 0) return { status: 400, body: { errors: errors.map(error => error.toJSON()) } }

  const result = await graphql.execute({
    schema,
    document,
    variableValues: request.variables,
    operationName: request.operationName,
    contextValue: contextOf(world),
  })
  // Without data nothing was executed: the variables or the operation's name were wrong.
  return {
    status: 'data' in result ? 200 : 400,
    body: { ...result, errors: result.errors?.map(e => e.toJSON()) } as never,
  }
}

interface GraphqlRequest {
  readonly query: string
  readonly variables: Record<string, unknown>
  readonly operationName: string | undefined
}

function readRequest(body: string): GraphqlRequest | string {
  let request: unknown
  try {
    request = JSON.parse(body)
  } catch {
    return 'the request is not JSON'
  }
  if (typeof request !== 'object' || request === null || Array.isArray(request)) return 'the request is not an object'
  const { query, variables = {}, operationName } = request as Record<string, unknown>
  if (typeof query !== 'string') return 'the request has no query'
  if (query.length > MAX_QUERY_CHARACTERS) return `the query has more than ${MAX_QUERY_CHARACTERS} characters`
  if (variables !== null && (typeof variables !== 'object' || Array.isArray(variables))) return 'variables is no object'
  if (isTooDeep(variables, MAX_VARIABLE_DEPTH)) return `the variables are more than ${MAX_VARIABLE_DEPTH} levels deep`
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string') {
    return 'operationName is no text'
  }
  return { query, variables: (variables ?? {}) as Record<string, unknown>, operationName: operationName ?? undefined }
}

function contextOf(world: World): QueryContext {
  let left = MAX_OBJECTS
  let steps = MAX_STEPS
  return {
    world,
    spend: objects => {
      left -= objects
      if (left < 0) throw new RangeError(`the answer has more than ${MAX_OBJECTS} objects`)
    },
    step: () => {
      if (--steps < 0) throw new RangeError(`the filters look at more than ${MAX_STEPS} records`)
    },
  }
}

function refusal(message: string): GraphqlAnswer {
  return { status: 400, body: { errors: [{ message }] } }
}
