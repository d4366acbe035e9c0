/** Contracts and bills in GraphQL's words. Source: threefoldtech/tfchain_graphql, schema.graphql. */
import { type BigIntText, bigInt, id } from './numbers.js'

export interface NodeContractReply {
  contractID: BigIntText
  twinID: number
  state: string
  createdAt: BigIntText
  nodeID: number
  deploymentData: string
  deploymentHash: string
  numberOfPublicIPs: number
}

interface NameContractReply {
  contractID: BigIntText
  twinID: number
  state: string
  createdAt: BigIntText
  name: string
}

interface RentContractReply {
  contractID: BigIntText
  twinID: number
  state: string
  createdAt: BigIntText
  nodeID: number
}

export interface ContractsReply {
  nodeContracts?: NodeContractReply[]
  nameContracts?: NameContractReply[]
  rentContracts?: RentContractReply[]
}

export interface BillsReply {
  contractBillReports: {
    contractID: BigIntText
    amountBilled: BigIntText
    timestamp: BigIntText
    discountReceived: string
  }[]
}

export interface NodeTwinsReply {
  nodes: { nodeID: number; twinID: number }[]
}

const state = { enum: ['Created', 'GracePeriod', 'Deleted', 'OutOfFunds'] }
const list = (properties: Record<string, object>) => ({
  type: 'array',
  items: { type: 'object', required: Object.keys(properties), properties },
})
const contract = { contractID: bigInt, twinID: id, state, createdAt: bigInt }

export const contractsSchema = {
  type: 'object',
  properties: {
    nodeContracts: list({
      ...contract,
      nodeID: id,
      deploymentData: { type: 'string' },
      deploymentHash: { type: 'string' },
      numberOfPublicIPs: id,
    }),
    nameContracts: list({ ...contract, name: { type: 'string' } }),
    rentContracts: list({ ...contract, nodeID: id }),
  },
}

export const billsSchema = {
  type: 'object',
  required: ['contractBillReports'],
  properties: {
    contractBillReports: list({
      contractID: bigInt,
      amountBilled: bigInt,
      timestamp: bigInt,
      discountReceived: { type: 'string' },
    }),
  },
}

export const nodeTwinsSchema = {
  type: 'object',
  required: ['nodes'],
  properties: { nodes: list({ nodeID: id, twinID: id }) },
}
