/** `mycdnctl upload` */
import { lstat, readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'

import type { Layout } from '../../cdn/meta/index.js'
import { DEFAULT_REGISTRY, readConfig, resolvePlaces, type SavedObject, upload } from '../../cdn/object/index.js'
import { InputError } from '../../errors/input.js'
import { stateFolder } from '../../state-folder.js'
import type { CliContext } from '../context.js'
import { written } from '../written.js'
import { connected, referenceTexts } from './stores.js'

export interface UploadFlags {
  readonly config: string
  readonly registry?: string
  readonly mime?: string
  readonly name?: string
  readonly chunkSize?: number
  readonly includePassword: boolean
  readonly layout?: Layout
  readonly recursive: boolean
  readonly deduplicate: boolean
  readonly concurrency?: number
  readonly state?: string
  readonly json: boolean
}

export async function uploadCommand(this: CliContext, flags: UploadFlags, object: string): Promise<void> {
  const path = resolve(this.cwd, object)
  // Everything that can be wrong with what was asked is found before anything is sent.
  const kind = await lstatOf(path, object)
  if (kind.isDirectory() && flags.mime !== undefined) {
    throw new InputError('INPUT_OPTION', '--mime is for a file, and this is a directory', { where: object })
  }
  const config = await readConfig(resolve(this.cwd, flags.config))
  const places = await resolvePlaces(config)
  const registry = flags.registry ?? config.registry ?? DEFAULT_REGISTRY

  await connected(this, { registry, json: flags.json, doing: `saving ${object}` }, async connection => {
    const { stores, host, signal, bar } = connection
    if (bar) bar.total = await bytesOf(path, flags.recursive)
    const { mime, name, layout, concurrency, chunkSize: chunkBytes } = flags
    const deliver = (saved: SavedObject) => {
      bar?.clear()
      return written(this.process.stdout, resultText(saved, object, registry, flags.json))
    }
    await upload(path, stores, {
      places,
      requiredShards: config.requiredShards,
      includePassword: flags.includePassword,
      deduplicate: flags.deduplicate,
      recursive: flags.recursive,
      stateFolder: join(stateFolder(flags.state && resolve(this.cwd, flags.state)), 'uploads'),
      ...(mime !== undefined && { mime }),
      ...(name !== undefined && { name }),
      ...(layout !== undefined && { layout }),
      ...(concurrency !== undefined && { concurrency }),
      ...(chunkBytes !== undefined && { chunkBytes }),
      deliver,
      host,
      signal,
    })
  })
}

function resultText(saved: SavedObject, object: string, registry: string, json: boolean): string {
  const { bytes, sentShards, reusedShards, kind, metadata, encryptedHash, key } = saved
  const texts = referenceTexts({ encryptedHash, key, registry: new URL(registry).origin })
  const result = { path: object, kind, name: metadata.name, bytes, sentShards, reusedShards, ...texts }
  const where = texts.url === undefined ? `Ref: ${texts.reference}` : `Url: ${texts.url}`
  return json ? `${JSON.stringify({ result })}\n` : `Object ${object} saved. ${where}\n`
}

async function lstatOf(path: string, object: string) {
  try {
    const { stat } = await import('node:fs/promises')
    return await stat(path)
  } catch (cause) {
    throw new InputError('INPUT_FILE', `there is no ${object}, or it cannot be read`, { where: path, cause })
  }
}

/** Of everything that will be saved. */
async function bytesOf(path: string, recursive: boolean, isRoot = true): Promise<number> {
  const kind = await lstat(path)
  if (!kind.isDirectory()) return kind.isFile() ? kind.size : 0
  if (!recursive && !isRoot) return 0
  let sum = 0
  for (const entry of await readdir(path)) sum += await bytesOf(join(path, entry), recursive, false)
  return sum
}
