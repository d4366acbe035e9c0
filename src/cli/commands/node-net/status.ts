/** `hyphae node net status`: the node's network as a tree, and as a picture. */
import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'

import { InputError } from '../../../errors/input.js'
import { type CliContext, terminalOf } from '../../context.js'
import { treeLines } from '../../render/tree.js'
import { type NodeNetFlags, openNodeNetwork } from './open.js'

export interface StatusFlags extends NodeNetFlags {
  readonly svg?: string
}

export async function status(this: CliContext, flags: StatusFlags): Promise<void> {
  const { drawSvg, statusTree } = await import('../../../network/node/index.js')
  const network = await openNodeNetwork(this, flags, { services: 'known' })
  const found = await network.status()
  const { stdout, env } = this.process
  const tree = statusTree(found)
  if (flags.svg !== undefined) await writePicture(resolve(this.cwd, flags.svg), drawSvg(tree, "The node's network"))
  if (flags.json) stdout.write(`${JSON.stringify(found)}\n`)
  else stdout.write(`${treeLines(tree, terminalOf(stdout, env)).join('\n')}\n`)
}

async function writePicture(path: string, svg: string): Promise<void> {
  try {
    await writeFile(path, svg)
  } catch (cause) {
    throw new InputError('INPUT_FILE', `the picture cannot be written to ${path}`, { where: path, cause })
  }
}
