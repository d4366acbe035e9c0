import { field, type Rules } from '../rules/field.js'
import { idList, longId } from '../rules/vocabulary.js'

export const CONTRACT_STATES = ['Created', 'GracePeriod', 'Deleted'] as const
export type ContractState = (typeof CONTRACT_STATES)[number]

const MOST_IDS = 10_000

/** Which contract. */
export class ContractIdModel {
  @field(longId) id!: number
}

export class ContractIdsModel {
  @field(idList(1, MOST_IDS)) ids!: number[]
}

const isState = (value: unknown) => (CONTRACT_STATES as readonly unknown[]).includes(value)

/** One state, or several of them. */
const states: Rules = v => {
  const validate = (value: unknown) =>
    Array.isArray(value) ? value.length > 0 && value.every(isState) : isState(value)
  const message = `must be one of ${CONTRACT_STATES.join(', ')}, or a list of them`
  const context = { choices: CONTRACT_STATES, each: isState }
  return [v.ValidateBy({ name: 'contractState', validator: { validate, defaultMessage: () => message } }, { context })]
}

/** Which of the account's contracts; those that are not deleted when absent. */
export class ContractListModel {
  @field(states, { optional: true }) state?: ContractState | ContractState[]
}
