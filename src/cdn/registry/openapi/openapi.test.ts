/** The document the service gives out is true: every operation in it is done, every answer compared with what it says. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Ajv } from 'ajv'
import fc from 'fast-check'
import { parse } from 'yaml'

import { registryStatus } from '../../../errors/registry.js'
import { type Registry, type RegistryServerOptions, startRegistry } from '../index.js'
import { hashOf } from '../testing/post-blob.js'
import { openapiDocument } from './document.js'
import { type Plain, toYaml } from './yaml.js'

interface Described {
  readonly headers?: Readonly<Record<string, unknown>>
  readonly content?: Readonly<Record<string, { readonly schema: object }>>
}
interface Document {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly responses: Readonly<Record<string, Described>> }>>>
  >
  readonly components: { readonly schemas: Readonly<Record<string, object>> }
}

let folder: string
let document: Document
const registries: Registry[] = []
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hyphae-registry-openapi-'))
  const response = await fetch(`${(await start()).url}/openapi.yaml`)
  expect(response.headers.get('content-type')).toBe('application/yaml')
  document = parse(await response.text()) as Document
})
afterAll(async () => {
  for (const one of registries) await one.close()
  rmSync(folder, { recursive: true, force: true })
})

async function start(options: Partial<RegistryServerOptions> = {}): Promise<Registry> {
  const dataDir = join(folder, `${registries.length}`)
  const one = await startRegistry({ listen: '127.0.0.1:0', dataDir, limits: { maxBlobBytes: 1_000 }, ...options })
  registries.push(one)
  return one
}

const BLOB = new TextEncoder().encode('hello mycelium')
const formOf = (name: string, data: Uint8Array) => {
  const form = new FormData()
  form.append(name, new Blob([new Uint8Array(data)]))
  return form
}

interface Case {
  readonly operation: string
  readonly status: number
  readonly path?: string
  readonly init?: RequestInit
  readonly options?: Partial<RegistryServerOptions>
  /** Times to ask before. */
  readonly before?: number
}

const POST = { method: 'POST' }
const SAVE = 'post /api/v1/metadata'
const LOAD = 'get /api/v1/metadata/{hash}'
const HEAD = 'head /api/v1/metadata/{hash}'
const HASH = '3c8c3830b6e546ec3b11db7e4828ccb70fb623e93e9754a6920458133accd019'
const blobAt = (hash: string) => `/api/v1/metadata/${hash}`
const rare = { perSecond: 0.001, burst: 1 }

const cases: readonly Case[] = [
  { operation: SAVE, status: 200, init: { ...POST, body: formOf('data', BLOB) } },
  { operation: SAVE, status: 400, init: { ...POST, body: 'x' } },
  { operation: SAVE, status: 400, init: { ...POST, body: formOf('other', BLOB) } },
  { operation: SAVE, status: 401, init: { ...POST, body: formOf('data', BLOB) }, options: { token: 'secret' } },
  { operation: SAVE, status: 413, init: { ...POST, body: formOf('data', new Uint8Array(1_001)) } },
  {
    operation: SAVE,
    status: 429,
    init: { ...POST, body: formOf('data', BLOB) },
    options: { writeRate: rare },
    before: 1,
  },
  ...[LOAD, HEAD].flatMap(operation => [
    { operation, status: 200, path: blobAt(HASH) },
    { operation, status: 200, path: blobAt(HASH.slice(0, 32).toUpperCase()) },
    { operation, status: 304, path: blobAt(HASH), init: { headers: { 'if-none-match': `"${HASH}"` } } },
    { operation, status: 400, path: blobAt('xyz') },
    { operation, status: 404, path: blobAt('0'.repeat(64)) },
    { operation, status: 429, path: blobAt(HASH), options: { readRate: rare }, before: 1 },
  ]),
  { operation: 'get /healthz', status: 200 },
  { operation: 'get /metrics', status: 200 },
  { operation: 'get /openapi.yaml', status: 200 },
]

/** Answers that need a broken disk or database: other tests provoke them, and their bodies are of the same schema. */
const ELSEWHERE = new Set(['500', '503', '507'])

describe('/openapi.yaml', () => {
  it('says what the code says', () => {
    expect(document).toEqual(JSON.parse(JSON.stringify(openapiDocument)))
    expect(HASH).toHaveLength(64)
  })

  it.each(cases.map(one => [`${one.operation} → ${one.status}`, one] as const))('is true of %s', async (_, one) => {
    const [method = '', template = ''] = one.operation.split(' ')
    const { url } = one.options === undefined ? (registries[0] as Registry) : await start(one.options)
    if (one.options === undefined) await fetch(`${url}/api/v1/metadata`, { ...POST, body: formOf('data', BLOB) })
    const ask = () => fetch(`${url}${one.path ?? template}`, { method: method.toUpperCase(), ...one.init })
    for (let i = 0; i < (one.before ?? 0); i++) await ask()
    const response = await ask()
    expect(response.status).toBe(one.status)
    await compare(response, document.paths[template]?.[method]?.responses[`${one.status}`], method)
  })

  it('has a case for every operation and status', () => {
    const described = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.entries(operations).flatMap(([method, { responses }]) =>
        Object.keys(responses).map(status => ({ operation: `${method} ${path}`, status })),
      ),
    )
    const tried = new Set(cases.map(({ operation, status }) => `${operation} ${status}`))
    const untried = described.filter(({ operation, status }) => !tried.has(`${operation} ${status}`))
    expect(untried.filter(({ status }) => !ELSEWHERE.has(status))).toEqual([])
  })

  it('knows no other methods than the service', async () => {
    const { url } = registries[0] as Registry
    for (const [template, operations] of Object.entries(document.paths)) {
      for (const method of ['get', 'post', 'put', 'delete', 'patch']) {
        const path = template.replace('{hash}', HASH)
        const { status } = await fetch(`${url}${path}`, { method: method.toUpperCase() })
        expect([template, method, status === 405]).toEqual([template, method, !(method in operations)])
      }
    }
  })

  it('names every code of an error', () => {
    const schema = document.components.schemas.Error as {
      properties: { error: { properties: { code: { enum: string[] } } } }
    }
    expect(schema.properties.error.properties.code.enum.sort()).toEqual(Object.keys(registryStatus).sort())
  })

  it('has the hash that the vector says', async () => {
    expect(await hashOf(BLOB)).toBe(HASH)
  })
})

async function compare(response: Response, described: Described | undefined, method: string): Promise<void> {
  expect(described).toBeDefined()
  for (const name of Object.keys(described?.headers ?? {})) expect(response.headers.get(name)).not.toBeNull()
  const body = await response.text()
  if (method === 'head' || response.status === 304) {
    expect(body).toBe('')
    return
  }
  const [type, content] = Object.entries(described?.content ?? {})[0] ?? []
  expect(response.headers.get('content-type')?.split(';')[0]).toBe(type)
  if (type !== 'application/json') return
  const ajv = new Ajv({ strict: true, allErrors: true })
  // References of OpenAPI are relative to its document.
  const schema = JSON.parse(JSON.stringify(content?.schema).replaceAll('#/components/schemas/', '#/definitions/'))
  const definitions = JSON.parse(JSON.stringify(document.components.schemas))
  const validate = ajv.compile({ ...schema, definitions })
  validate(JSON.parse(body))
  expect(validate.errors ?? []).toEqual([])
}

describe('plain data as YAML', () => {
  it('is read back by another as what it was', () => {
    const odd = fc.constantFrom(
      '',
      ' ',
      '-',
      '- a',
      'true',
      'No',
      'null',
      '~',
      '1',
      '1e3',
      '0x1',
      'a: b',
      'a #b',
      '#',
      '&a',
      '*a',
      '!x',
      '|',
      '>',
      '%',
      '@',
      '`',
      '"',
      "'",
      '{',
      '[',
      ',',
      'é\u2028\u0085\n\t',
      '2026-01-01',
      'a:',
      '?',
      'yes',
      'y',
    )
    const text = fc.oneof(odd, fc.string(), fc.string({ unit: 'grapheme' }))
    const { value } = fc.letrec<{ value: Plain }>(tie => ({
      value: fc.oneof(
        { maxDepth: 4 },
        text,
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(
          text.filter(key => key !== '__proto__'),
          tie('value'),
          { maxKeys: 4 },
        ),
      ) as fc.Arbitrary<Plain>,
    }))
    fc.assert(
      fc.property(value, plain => {
        expect(parse(toYaml(plain))).toEqual(plain)
      }),
      { numRuns: 1_000 },
    )
  })
})
