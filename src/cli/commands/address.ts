/** `hyphae address`: what a Mycelium key and a machine's seed say. */
import { deriveMycelium } from '../../network/address/index.js'
import { type CliContext, terminalOf } from '../context.js'
import { styleOf } from '../render/style.js'
import { padEnd } from '../render/text.js'

export interface AddressFlags {
  readonly json: boolean
  readonly key: string
  readonly seed?: string
}

export async function address(this: CliContext, { json, key, seed }: AddressFlags): Promise<void> {
  const { publicKey, address, subnet, gateway, machine } = deriveMycelium({
    key,
    ...(seed === undefined ? {} : { seed }),
  })
  const found = { publicKey, address, subnet, gateway, ...(machine === undefined ? {} : { machine }) }
  const { stdout, env } = this.process
  if (json) {
    stdout.write(`${JSON.stringify(found)}\n`)
    return
  }
  const style = styleOf(terminalOf(stdout, env).colors)
  for (const [name, value] of Object.entries(found)) stdout.write(`${style.quiet(padEnd(name, 10))} ${value}\n`)
}
