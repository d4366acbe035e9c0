/**
 * Contracts by GraphQL. What is asked travels in variables; the text of a query is put together from the constants
 * here only. Names: threefoldtech/tfchain_graphql, schema.graphql, as served by subsquid (`_eq`, `_in`, `orderBy`).
 */
import type { ContractFilter, ContractInfo } from './port.js'

type Kind = ContractInfo['kind']

export const FIELD_OF_KIND = { node: 'nodeContracts', name: 'nameContracts', rent: 'rentContracts' } as const

const SELECTION: Readonly<Record<Kind, string>> = {
  node: 'contractID twinID state createdAt nodeID deploymentData deploymentHash numberOfPublicIPs',
  name: 'contractID twinID state createdAt name',
  rent: 'contractID twinID state createdAt nodeID',
}

export const ALL_KINDS: readonly Kind[] = ['node', 'name', 'rent']

export function contractsQuery(kinds: readonly Kind[]): string {
  const lists = kinds.map(
    kind =>
      `${FIELD_OF_KIND[kind]}(where: { twinID_eq: $twinId, state_in: $states }, ` +
      `orderBy: contractID_ASC, limit: $limit, offset: $offset) { ${SELECTION[kind]} }`,
  )
  return `query contracts($twinId: Int!, $states: [ContractState!], $limit: Int!, $offset: Int!) { ${lists.join(' ')} }`
}

/** The states of the index: it calls one way of being deleted `OutOfFunds`. */
export function indexStates(states: ContractFilter['states']): string[] {
  const asked = states ?? ['Created', 'GracePeriod', 'Deleted']
  return [...asked, ...(asked.includes('Deleted') ? ['OutOfFunds'] : [])]
}

export const BILLS_QUERY =
  'query bills($contractId: BigInt!, $limit: Int!) { contractBillReports(where: { contractID_eq: $contractId }, ' +
  'orderBy: timestamp_DESC, limit: $limit) { contractID amountBilled timestamp discountReceived } }'

export const NODE_TWINS_QUERY =
  'query nodeTwins($nodeIds: [Int!], $limit: Int!) { nodes(where: { nodeID_in: $nodeIds }, limit: $limit) ' +
  '{ nodeID twinID } }'

export const TYPENAME_QUERY = 'query { __typename }'
