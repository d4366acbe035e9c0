import { describe, expect, it } from '@jest/globals'
import { Ajv } from 'ajv'

import { billsSchema, contractsSchema, nodeTwinsSchema } from './contract.js'
import { nodeSchema, nodesSchema } from './node.js'
import { graphqlSchema, kycSchema, typenameSchema, versionSchema } from './services.js'

describe('the schemas of answers', () => {
  it.each(
    Object.entries({
      billsSchema,
      contractsSchema,
      nodeTwinsSchema,
      nodeSchema,
      nodesSchema,
      graphqlSchema,
      kycSchema,
      typenameSchema,
      versionSchema,
    }),
  )('%s is a schema', (_, schema) => {
    const ajv = new Ajv({ strict: false })
    expect(ajv.validateSchema(schema)).toBe(true)
    expect(() => ajv.compile(schema)).not.toThrow()
  })
})
