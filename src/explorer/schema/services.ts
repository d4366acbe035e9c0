/** The smaller services: GraphQL's envelope, the version of the proxy, KYC. */

export interface GraphqlReply {
  data?: unknown
  errors?: { message: string }[]
}

export const graphqlSchema = {
  type: 'object',
  anyOf: [{ required: ['data'] }, { required: ['errors'] }],
  properties: {
    errors: {
      type: 'array',
      minItems: 1,
      items: { type: 'object', required: ['message'], properties: { message: { type: 'string' } } },
    },
  },
}

export interface KycReply {
  result: { status: string }
}

export const kycSchema = {
  type: 'object',
  required: ['result'],
  properties: {
    result: {
      type: 'object',
      required: ['status'],
      properties: { status: { type: 'string', minLength: 1, maxLength: 64 } },
    },
  },
}

export const versionSchema = {
  type: 'object',
  required: ['version'],
  properties: { version: { type: 'string', maxLength: 256 } },
}

export const typenameSchema = {
  type: 'object',
  required: ['__typename'],
  properties: { __typename: { type: 'string' } },
}
