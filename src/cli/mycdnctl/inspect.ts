/** `mycdnctl inspect` */

import type { Block, Layout, Metadata } from '../../cdn/meta/index.js'
import { loadMetadata, placeName, placeOf } from '../../cdn/object/index.js'
import { toHex } from '../../core/hex.js'
import { isHyphaeError } from '../../errors/base.js'
import { CdnError } from '../../errors/cdn.js'
import { type CliContext, terminalOf } from '../context.js'
import { styleOf } from '../render/style.js'
import { clean } from '../render/text.js'
import { bytesText } from './progress-bar.js'
import { type Connection, connected, type ReadFlags, referenceOf, referenceTexts } from './stores.js'

export type InspectFlags = Omit<ReadFlags, 'config'>

export async function inspectCommand(this: CliContext, flags: InspectFlags, text: string): Promise<void> {
  const { reference, registry } = referenceOf(text, flags)
  await connected(this, { registry, json: flags.json, doing: 'looking' }, async ({ stores, signal }) => {
    const { metadata, layout } = await loadMetadata(reference, stores.metadata, signal)
    const { stdout, env } = this.process
    const found =
      metadata.kind === 'file'
        ? describeFile(metadata, layout)
        : await describeDirectory(metadata, layout, stores.metadata, new URL(registry).origin, signal)
    if (flags.json) stdout.write(`${JSON.stringify({ result: found })}\n`)
    else stdout.write(`${lines(found, terminalOf(stdout, env).colors).join('\n')}\n`)
  })
}

interface FileDescription {
  readonly kind: 'file'
  readonly name: string
  readonly mime?: string
  readonly layout: Layout
  readonly contentHash: string
  /** As far as the metadata says: peers do not write down where the last block ends. */
  readonly bytesAtMost: number
  readonly blocks: readonly object[]
  readonly places: readonly string[]
  readonly code: string
}

interface DirectoryDescription {
  readonly kind: 'directory'
  readonly name: string
  readonly layout: Layout
  readonly entries: readonly Entry[]
}

interface Entry {
  readonly kind: Metadata['kind'] | 'unknown'
  readonly name?: string
  readonly bytesAtMost?: number
  readonly reference: string
  readonly url?: string
  readonly problem?: string
}

function describeFile(metadata: Extract<Metadata, { kind: 'file' }>, layout: Layout): FileDescription {
  const { name, mime, contentHash, blocks } = metadata
  const codes = new Set(blocks.map(({ requiredShards, shards }) => `any ${requiredShards} of ${shards.length} shards`))
  return {
    kind: 'file',
    name,
    ...(mime !== undefined && { mime }),
    layout,
    contentHash: toHex(contentHash),
    bytesAtMost: endOf(blocks),
    code: [...codes].join(', '),
    places: [...new Set(blocks.flatMap(({ shards }) => shards.map(location => placeName(placeOf(location)))))],
    blocks: blocks.map(block => ({
      startOffset: block.startOffset,
      endOffset: block.endOffset,
      requiredShards: block.requiredShards,
      encryptedHash: toHex(block.encryptedHash),
      shards: block.shards.map(location => ({
        place: placeName(placeOf(location)),
        // That there is one, never which.
        password: placeOf(location).secret !== undefined,
      })),
    })),
  }
}

async function describeDirectory(
  { name, files }: Extract<Metadata, { kind: 'directory' }>,
  layout: Layout,
  store: Connection['stores']['metadata'],
  registry: string,
  signal: AbortSignal,
): Promise<DirectoryDescription> {
  const entries: Entry[] = []
  for (const entry of files) {
    const texts = referenceTexts({ ...entry, registry })
    try {
      const { metadata } = await loadMetadata(entry, store, signal)
      const size = metadata.kind === 'file' ? { bytesAtMost: endOf(metadata.blocks) } : {}
      entries.push({ kind: metadata.kind, name: metadata.name, ...size, ...texts })
    } catch (error) {
      // One entry that cannot be read does not hide the others.
      if (!(error instanceof CdnError) || !isHyphaeError(error) || signal.aborted) throw error
      entries.push({ kind: 'unknown', problem: `${error.code} ${error.message}`, ...texts })
    }
  }
  return { kind: 'directory', name, layout, entries }
}

function lines(found: FileDescription | DirectoryDescription, colors: boolean): readonly string[] {
  const { heading, quiet, bad } = styleOf(colors)
  const head = `${found.kind} ${heading(clean(found.name))}`
  if (found.kind === 'directory') {
    return [
      `${head} ${quiet(`${found.entries.length} entries, ${found.layout}`)}`,
      ...found.entries.map(({ kind, name = '', bytesAtMost, url, reference, problem }) => {
        const size = bytesAtMost === undefined ? '' : ` ${bytesText(bytesAtMost)}`
        return `  ${kind} ${clean(name)}${size}${problem ? ` ${bad(clean(problem))}` : ''} ${quiet(url ?? reference)}`
      }),
    ]
  }
  return [
    `${head} ${quiet([found.mime ?? 'no type', found.layout].join(', '))}`,
    `  at most ${bytesText(found.bytesAtMost)} in ${found.blocks.length} ${found.blocks.length === 1 ? 'block' : 'blocks'}${found.code ? `, ${found.code}` : ''}`,
    `  hash ${found.contentHash}`,
    ...found.places.map(place => `  place ${clean(place)}`),
  ]
}

function endOf(blocks: readonly Block[]): number {
  return (blocks.at(-1)?.endOffset ?? -1) + 1
}
