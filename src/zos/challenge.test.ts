import { readFileSync } from 'node:fs'

import { describe, expect, it } from '@jest/globals'

import { printJson } from '../core/json.js'
import { deploymentChallenge, deploymentHash } from './challenge.js'
import { decodeDeployment, typedDeployment } from './decode.js'
import { encodeDeployment } from './encode.js'
import { readDeployment } from './read.js'

interface Vector {
  deployment: unknown
  node: { challenge?: string; md5?: string; valid: string }
}

const { vectors } = JSON.parse(
  readFileSync(new URL('../../test/vectors/zos-challenge.json', import.meta.url), 'utf8'),
) as { vectors: Record<string, Vector> }

describe('the challenge of a deployment', () => {
  const hashed = Object.entries(vectors).filter(([, vector]) => vector.node.challenge !== undefined)

  it.each(hashed)('is what a node hashes: %s', (_, { deployment, node }) => {
    const typed = typedDeployment(decodeDeployment(printJson(deployment)))
    expect(deploymentChallenge(typed)).toBe(node.challenge)
    expect(deploymentHash(typed)).toBe(node.md5)
  })

  it.each(hashed)('is the same after a deployment was encoded and read again: %s', (_, { deployment, node }) => {
    const typed = readDeployment(encodeDeployment(typedDeployment(decodeDeployment(printJson(deployment)))))
    expect(deploymentHash(typed)).toBe(node.md5)
  })
})
