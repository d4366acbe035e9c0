/** A gateway over places and a registry in memory, and requests to it as they go over the wire. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type IncomingHttpHeaders, request } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type GatewayOptions, startGateway } from '../../src/cdn/gateway/index.js'
import { formatLabel } from '../../src/cdn/meta/index.js'
import { type UploadOptions, upload } from '../../src/cdn/object/index.js'
import type { SavedObject } from '../../src/cdn/object/saved-object.js'
import { toHex } from '../../src/core/hex.js'
import type { Message } from '../../src/events/host.js'
import { MemoryBlocks, MemoryMetadata, somePlaces } from './cdn-memory.js'

export const MiB = 1024 * 1024

export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly text: string
}

export interface Ask {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
}

export type GatewayRig = Awaited<ReturnType<typeof gatewayRig>>

export async function gatewayRig(options: Partial<GatewayOptions> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'hyphae-gateway-test-'))
  const stores = { metadata: new MemoryMetadata(), blocks: new MemoryBlocks() }
  const messages: Message[] = []
  const gateway = await startGateway({
    listen: '127.0.0.1:0',
    registry: stores.metadata,
    blocks: stores.blocks,
    cacheDir: join(folder, 'cache'),
    allow: ['127.0.0.0/8'],
    host: { notify: message => messages.push(message) },
    ...options,
  })
  const places = somePlaces(4)

  /** Saves one file, or a directory when there are several or a name has a slash. */
  async function save(files: Readonly<Record<string, Uint8Array | string>>, more: Partial<UploadOptions> = {}) {
    const home = await mkdtemp(join(folder, 'upload-'))
    const names = Object.keys(files)
    const single = names.length === 1 && !(names[0] as string).includes('/')
    const root = single ? home : join(home, 'site')
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(root, name)), { recursive: true })
      await writeFile(join(root, name), content)
    }
    const path = single ? join(home, names[0] as string) : root
    return upload(path, stores, { places, requiredShards: 3, chunkBytes: MiB, recursive: true, threads: 1, ...more })
  }

  const hostOf = ({ encryptedHash }: Pick<SavedObject, 'encryptedHash'>) =>
    `${formatLabel(encryptedHash)}.cdn.localhost`

  /** By host. `path` begins with a slash; `$KEY` in it is the key. */
  function ask(saved: Pick<SavedObject, 'encryptedHash' | 'key'>, path = '/?key=$KEY', { headers, ...rest }: Ask = {}) {
    const host = `${hostOf(saved)}:${gateway.port}`
    return get(gateway.port, path.replace('$KEY', toHex(saved.key as Uint8Array)), {
      headers: { host, ...headers },
      ...rest,
    })
  }

  return {
    gateway,
    stores,
    places,
    messages,
    folder,
    save,
    ask,
    hostOf,
    get: (path: string, options?: Ask) => get(gateway.port, path, options),
    close: async () => {
      await gateway.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export function get(port: number, path: string, { method = 'GET', headers = {} }: Ask = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, response => {
      const pieces: Buffer[] = []
      response.on('data', piece => pieces.push(piece))
      response.on('error', reject)
      response.on('end', () => {
        const body = Buffer.concat(pieces)
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body, text: body.toString() })
      })
    })
    sent.on('error', reject)
    sent.end()
  })
}
