/** Checked GraphQL replies as Hyphae's contracts and bills. */
import type { BillReport, ContractInfo } from './port.js'
import type { BillsReply, ContractsReply, NodeContractReply } from './schema/contract.js'

export function readContracts(reply: ContractsReply): ContractInfo[] {
  return [
    ...(reply.nodeContracts ?? []).map(contract => ({
      ...readCommon(contract),
      kind: 'node' as const,
      nodeId: contract.nodeID,
      deploymentData: contract.deploymentData,
      deploymentHash: contract.deploymentHash,
      publicIps: contract.numberOfPublicIPs,
    })),
    ...(reply.nameContracts ?? []).map(contract => ({
      ...readCommon(contract),
      kind: 'name' as const,
      name: contract.name,
    })),
    ...(reply.rentContracts ?? []).map(contract => ({
      ...readCommon(contract),
      kind: 'rent' as const,
      nodeId: contract.nodeID,
    })),
  ]
}

export function readBills(reply: BillsReply): BillReport[] {
  return reply.contractBillReports.map(bill => ({
    contractId: BigInt(bill.contractID),
    amountUnits: BigInt(bill.amountBilled),
    discount: bill.discountReceived,
    timestamp: Number(bill.timestamp),
  }))
}

type Common = Pick<NodeContractReply, 'contractID' | 'twinID' | 'state' | 'createdAt'>

function readCommon(contract: Common): Pick<ContractInfo, 'contractId' | 'twinId' | 'state' | 'createdAt'> {
  return {
    contractId: BigInt(contract.contractID),
    twinId: contract.twinID,
    // The index keeps the cause of the end as a state of its own.
    state: contract.state === 'OutOfFunds' ? 'Deleted' : (contract.state as ContractInfo['state']),
    createdAt: Number(contract.createdAt),
  }
}
