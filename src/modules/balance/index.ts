/** What the account has. Amounts a person reads are TFT; the chain counts units of 1e-7 TFT. */

import type { ModuleContext } from '../context.js'
import { AddressModel, TransferModel } from './model.js'
import { tftFromUnits, UNITS_PER_TFT } from './tft.js'

export interface BalanceData {
  free: number
  reserved: number
  frozen: number
}

export class Balance {
  readonly #context: ModuleContext

  constructor(context: ModuleContext) {
    this.#context = context
  }

  /** @example const { free } = await client.balance.getMyBalance() // 1000 */
  async getMyBalance(): Promise<BalanceData> {
    const { identity } = await this.#context.ports()
    return this.#read(identity.address)
  }

  /** @throws {ModelError} the address is not one of this chain */
  async get(options: AddressModel): Promise<BalanceData> {
    const { validateModel } = await import('../validate.js')
    return this.#read(validateModel(AddressModel, options).model.address)
  }

  /** @param options.amount in TFT, at least 1e-7 */
  async transfer(options: TransferModel): Promise<{ blockNumber: number; extrinsicHash: string }> {
    const { validateModel } = await import('../validate.js')
    const { model } = validateModel(TransferModel, options)
    const { chain, limits } = await this.#context.ports()
    const amountUnits = BigInt(Math.round(model.amount * UNITS_PER_TFT))
    const { blockNumber, extrinsicHash } = await this.#context.exclusively(() =>
      chain.submit([{ kind: 'transfer', to: model.address, amountUnits }], { timeoutMs: limits.chainMs }),
    )
    return { blockNumber, extrinsicHash }
  }

  async #read(address: string): Promise<BalanceData> {
    const { chain } = await this.#context.ports()
    const { free, reserved, frozen } = await chain.balance(address)
    return { free: tftFromUnits(free), reserved: tftFromUnits(reserved), frozen: tftFromUnits(frozen) }
  }
}
