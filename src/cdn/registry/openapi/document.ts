/** What the registry says of itself: OpenAPI 3.0.3. A test drives the service by this document, operation by operation. */
import { registryStatus } from '../../../errors/registry.js'
import { toYaml } from './yaml.js'

const errorContent = { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } }
const retryAfter = { 'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer' } } }

function refused(description: string, headers = {}) {
  return { description, ...(Object.keys(headers).length === 0 ? {} : { headers }), content: errorContent }
}

const blobHeaders = {
  ETag: { description: 'The whole hash, in quotation marks.', schema: { type: 'string' } },
  'Cache-Control': { description: 'A blob never changes.', schema: { type: 'string' } },
}
const busy = refused('Too much is under way, or the store does not answer.', retryAfter)
const damaged = refused('What is stored is not what its hash says, or something went wrong inside.')

/** Of GET and HEAD, which differ in the body alone. */
function reading(operationId: string, summary: string, content: object) {
  return {
    operationId,
    summary,
    parameters: [
      { $ref: '#/components/parameters/Hash' },
      { name: 'If-None-Match', in: 'header', required: false, schema: { type: 'string' } },
    ],
    responses: {
      '200': { description: 'The blob, as it was sent.', headers: blobHeaders, ...content },
      '304': { description: 'The client has it already.', headers: blobHeaders },
      '400': refused('The path does not end with a hash.'),
      '404': refused('No blob has this hash here.'),
      '429': refused('Too many requests from one address.', retryAfter),
      '500': damaged,
      '503': busy,
    },
  }
}

export const openapiDocument = {
  openapi: '3.0.3',
  info: {
    title: 'Hyphae metadata registry',
    version: '1.0.0',
    description:
      'Keeps encrypted metadata of the content network under its BLAKE3 hash. A blob is bytes that the registry cannot read: it compares them with their hash, and nothing else.',
    license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
  },
  paths: {
    '/api/v1/metadata': {
      post: {
        operationId: 'saveMetadata',
        summary: 'Keep a blob',
        description:
          'Answered when the blob is kept for good. Sending the same blob again is answered in the same way, with created = false.',
        security: [{}, { token: [] }],
        requestBody: {
          required: true,
          content: {
            'multipart/form-data': {
              schema: {
                type: 'object',
                required: ['data'],
                properties: { data: { type: 'string', format: 'binary', minLength: 1, description: 'The blob.' } },
              },
            },
          },
        },
        responses: {
          '200': {
            description: 'The blob is kept.',
            headers: { Location: { description: 'Where it can be read.', schema: { type: 'string' } } },
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Saved' } } },
          },
          '400': refused('The body is not multipart/form-data with exactly one part named data that is not empty.'),
          '401': refused('Writing needs a token, and this is not it.', {
            'WWW-Authenticate': { description: 'Always Bearer.', schema: { type: 'string' } },
          }),
          '413': refused('The blob is larger than the registry keeps.'),
          '429': refused('Too many requests from one address.', retryAfter),
          '500': damaged,
          '503': busy,
          '507': refused('No space is left.'),
        },
      },
    },
    '/api/v1/metadata/{hash}': {
      get: reading('loadMetadata', 'Read a blob', {
        content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
      }),
      head: reading('headMetadata', 'Ask whether a blob is there, and how large it is', {}),
    },
    '/healthz': {
      get: {
        operationId: 'health',
        summary: 'Whether blobs can be kept and read now',
        responses: {
          '200': {
            description: 'They can.',
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Health' } } },
          },
          '503': refused('They cannot, or the registry is being stopped.'),
        },
      },
    },
    '/metrics': {
      get: {
        operationId: 'metrics',
        summary: 'Numbers for Prometheus',
        responses: {
          '200': { description: 'Its text format.', content: { 'text/plain': { schema: { type: 'string' } } } },
        },
      },
    },
    '/openapi.yaml': {
      get: {
        operationId: 'document',
        summary: 'This document',
        responses: {
          '200': { description: 'OpenAPI 3.0.3.', content: { 'application/yaml': { schema: { type: 'string' } } } },
        },
      },
    },
  },
  components: {
    parameters: {
      Hash: {
        name: 'hash',
        in: 'path',
        required: true,
        description:
          'BLAKE3 of the blob in hexadecimal, in either case: all 32 bytes, or the first 16 of them, which is what metadata with short hashes refers to.',
        schema: { type: 'string', pattern: '^([0-9a-fA-F]{32}|[0-9a-fA-F]{64})$' },
      },
    },
    securitySchemes: {
      token: { type: 'http', scheme: 'bearer', description: 'Only where the registry was started with a token.' },
    },
    schemas: {
      Saved: {
        type: 'object',
        required: ['hash', 'hash16', 'size', 'created'],
        additionalProperties: false,
        properties: {
          hash: { type: 'string', pattern: '^[0-9a-f]{64}$', description: 'BLAKE3 of the blob.' },
          hash16: { type: 'string', pattern: '^[0-9a-f]{32}$', description: 'Its first 16 bytes.' },
          size: { type: 'integer', minimum: 1, description: 'Bytes of the blob.' },
          created: { type: 'boolean', description: 'False when it was there already.' },
        },
      },
      Health: {
        type: 'object',
        required: ['status', 'store'],
        additionalProperties: false,
        properties: {
          status: { type: 'string', enum: ['ok'] },
          store: { type: 'string', enum: ['postgres', 'files'] },
        },
      },
      Error: {
        type: 'object',
        required: ['error'],
        additionalProperties: false,
        properties: {
          error: {
            type: 'object',
            required: ['code', 'message'],
            additionalProperties: false,
            properties: {
              code: { type: 'string', enum: Object.keys(registryStatus) },
              message: { type: 'string', description: 'What was wrong.' },
              hint: { type: 'string', description: 'What to do about it.' },
            },
          },
        },
      },
    },
  },
} as const

export const openapiYaml: string = toYaml(openapiDocument)
