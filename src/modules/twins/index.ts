/** Who is who on the grid. */
import type { Twin } from '../../chain/port.js'
import { GridError } from '../../errors/grid.js'
import type { ModuleContext } from '../context.js'
import { AccountModel, TwinModel } from './model.js'

export class Twins {
  readonly #context: ModuleContext

  constructor(context: ModuleContext) {
    this.#context = context
  }

  async get_my_twin_id(): Promise<number> {
    return (await this.#context.ports()).twinId
  }

  /** @throws {GridError} GRID_NOT_FOUND */
  async get(options: TwinModel): Promise<Twin> {
    const { validateModel } = await import('../validate.js')
    const { model } = validateModel(TwinModel, options)
    const { chain } = await this.#context.ports()
    const twin = await chain.twin(model.id)
    if (twin) return twin
    throw new GridError('GRID_NOT_FOUND', `there is no twin ${model.id} on this grid`, { where: `twin ${model.id}` })
  }

  /** @throws {GridError} GRID_NOT_FOUND: the account has no twin */
  async get_twin_id_by_account_id(options: AccountModel): Promise<number> {
    const { validateModel } = await import('../validate.js')
    const { model } = validateModel(AccountModel, options)
    const { chain } = await this.#context.ports()
    const id = await chain.twinIdOf(model.public_key)
    if (id !== undefined) return id
    throw new GridError('GRID_NOT_FOUND', `account ${model.public_key} has no twin`, { where: model.public_key })
  }
}
