/** Places, registry and gateway as processes, with files on disk; content to put into them; and a look into the places. */
import { randomFillSync } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { ZdbClient } from '../../../src/cdn/zdb/index.js'
import { Processes, type Service } from './processes.js'

export const MiB = 1024 * 1024
const NAMESPACE = 'default'

export interface Place {
  /** `127.0.0.1:9900/default`, as reports name it. */
  readonly name: string
  readonly port: number
  /** Ends it at once. What it has stays on the disk. */
  kill(): Promise<void>
  /** On the same port, with what it had. */
  start(): Promise<void>
  /** A connection of its own. */
  use<T>(work: (client: ZdbClient) => Promise<T>): Promise<T>
}

export interface HttpReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

export interface CdnNetwork {
  readonly folder: string
  readonly processes: Processes
  readonly places: readonly Place[]
  /** `http://cdn.localhost:…` */
  readonly registry: string
  path(name: string): string
  /** Writes a configuration of these places. @returns its path */
  config(name: string, places: readonly Place[]): Promise<string>
  /** One more place. */
  addPlace(): Promise<Place>
  /** From the gateway, by the host of a URL. */
  get(url: string, path?: string, headers?: Readonly<Record<string, string>>): Promise<HttpReply>
  close(): Promise<void>
}

/** @param registryArgs where the registry keeps blobs */
export async function startCdn(registryArgs: (folder: string) => readonly string[]): Promise<CdnNetwork> {
  const folder = await mkdtemp(join(tmpdir(), 'hyphae-cdn-'))
  const processes = new Processes(folder)
  const places: Place[] = []
  const close = async () => {
    await processes.close()
    await rm(folder, { recursive: true, force: true })
  }
  const addPlace = async (number: number) => {
    const place = await startPlace(processes, join(folder, `place-${number}`))
    places[number] = place
    return place
  }
  try {
    await Promise.all([0, 1, 2, 3].map(addPlace))
    const registry = await processes.service(['registry', '--listen', '127.0.0.1:0', ...registryArgs(folder)])
    const url = `http://cdn.localhost:${registry.port}`
    const open = ['--registry', url, '--allow', '127.0.0.0/8', '--cache', join(folder, 'cache')]
    const gateway = await processes.service(['cdn', '--listen', '127.0.0.1:0', ...open])
    return {
      folder,
      processes,
      places,
      registry: url,
      path: name => join(folder, name),
      config: async (name, chosen) => {
        const path = join(folder, name)
        const zdbs = chosen.map(({ port }) => `[[zdbs]]\nhost = "localhost:${port}"\nnamespace = "${NAMESPACE}"\n`)
        await writeFile(path, ['required_shards = 3', `registry = "${url}"`, '', ...zdbs].join('\n'))
        return path
      },
      addPlace: () => addPlace(places.length),
      get: (from, path, headers) => get(gateway, from, path, headers),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function startPlace(processes: Processes, folder: string): Promise<Place> {
  const listen = async (port: number) =>
    processes.service(['zdb', '--listen', `127.0.0.1:${port}`, '--data', folder, '--sync', 'never'])
  let service: Service = await listen(0)
  const { port } = service
  return {
    port,
    name: `127.0.0.1:${port}/${NAMESPACE}`,
    kill: () => service.kill(),
    start: async () => {
      service = await listen(port)
    },
    use: async work => {
      const client = new ZdbClient({ host: '127.0.0.1', port, namespace: NAMESPACE })
      try {
        return await work(client)
      } finally {
        await client.close()
      }
    },
  }
}

/** The label of the URL before a name of the gateway. */
function get(
  gateway: Service,
  from: string,
  path?: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<HttpReply> {
  const { hostname, search } = new URL(from)
  const host = `${hostname.split('.')[0]}.pages.localhost:${gateway.port}`
  const options = {
    host: '127.0.0.1',
    port: gateway.port,
    path: `${path ?? '/'}${search}`,
    headers: { host, ...headers },
  }
  return new Promise((resolve, reject) => {
    const sent = request({ ...options, agent: false }, response => {
      const pieces: Buffer[] = []
      response.on('data', piece => pieces.push(piece))
      response.on('error', reject)
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(pieces) }),
      )
    })
    sent.on('error', reject)
    sent.end()
  })
}

/** Bytes that no compression and no deduplication makes fewer. */
export function someBytes(length: number): Buffer {
  return randomFillSync(Buffer.alloc(length))
}

export async function writeTree(root: string, files: Readonly<Record<string, Uint8Array | string>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true })
    await writeFile(join(root, name), content)
  }
}

/** Every file below `root`: its name → its bytes. */
export async function readTree(root: string): Promise<Readonly<Record<string, Buffer>>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const files: Record<string, Buffer> = {}
  for (const entry of entries.filter(one => one.isFile())) {
    const path = join(entry.parentPath, entry.name)
    files[path.slice(root.length + 1)] = await readFile(path)
  }
  return files
}
