/** `mycdnctl download` */
import { once } from 'node:events'

import { copyTo, download, openObject, PlaceLatency } from '../../cdn/object/index.js'
import { InputError } from '../../errors/input.js'
import type { CliContext } from '../context.js'
import { connected, placesOf, type ReadFlags, reachWith, referenceOf } from './stores.js'

export interface DownloadFlags extends ReadFlags {
  readonly output?: string
}

export async function downloadCommand(this: CliContext, flags: DownloadFlags, text: string): Promise<void> {
  const { output, json } = flags
  const { stdout } = this.process
  if (output === '-' && json) {
    throw new InputError('INPUT_OPTION', 'content and JSON cannot both go to standard output', { where: '--output' })
  }
  const { reference, registry } = referenceOf(text, flags)
  const reach = reachWith(await placesOf(flags.config))

  await connected(this, { registry, json, doing: 'fetching' }, async ({ stores, host, signal, bar }) => {
    if (output === '-') {
      const object = await openObject(reference, stores, { reach, latency: new PlaceLatency() }, signal)
      if (object.kind === 'directory') {
        throw new InputError('INPUT_OPTION', 'a directory cannot go to standard output', {
          hint: 'name one with --output',
        })
      }
      await copyTo(object, piece => writeTo(stdout as unknown as NodeJS.WriteStream, piece), '-', { host, signal })
      return
    }
    const found = await download(reference, stores, {
      folder: this.cwd,
      ...(output !== undefined && { output }),
      reach,
      host,
      signal,
    })
    bar?.clear()
    stdout.write(
      json
        ? `${JSON.stringify({ result: found })}\n`
        : `${found.path} ${found.kind === 'file' ? `${found.bytes} bytes` : `${found.files} files, ${found.bytes} bytes`}\n`,
    )
  })
}

/** Whoever reads slowly is waited for. */
async function writeTo(stream: NodeJS.WriteStream, piece: Uint8Array): Promise<void> {
  if (!stream.write(piece)) await once(stream, 'drain')
}
