/** `hyphae inspect`: a deployment in wire form, judged as a node would. */
import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'

import { InputError } from '../../errors/input.js'
import { ZosError } from '../../errors/zos.js'
import {
  checkDeployment,
  type Deployment,
  decodeDeployment,
  deploymentChallenge,
  deploymentHash,
  typedDeployment,
} from '../../zos/index.js'
import { type CliContext, terminalOf } from '../context.js'
import { ExitCode } from '../exit-codes.js'
import { styleOf } from '../render/style.js'
import { clean } from '../render/text.js'

export interface InspectFlags {
  readonly json: boolean
}

export interface Inspection {
  readonly valid: boolean
  /** The node's own words; it stops at the first. */
  readonly errors: readonly string[]
  /** Null when the deployment cannot be read. */
  readonly challenge: string | null
  readonly hash: string | null
}

const MAX_BYTES = 16 * 1024 * 1024

export async function inspect(this: CliContext, { json }: InspectFlags, file: string): Promise<void> {
  const text = file === '-' ? await this.readStdin(MAX_BYTES) : await readText(resolve(this.cwd, file), file)
  const found = inspectDeployment(text)
  if (!found.valid) this.process.exitCode = ExitCode.failure

  const { stdout, env } = this.process
  if (json) {
    stdout.write(`${JSON.stringify(found)}\n`)
    return
  }
  const style = styleOf(terminalOf(stdout, env).colors)
  const verdict = found.valid ? style.good('a node accepts it') : style.bad('a node refuses it')
  const lines = [verdict, ...found.errors.map(error => `  ${clean(error)}`)]
  if (found.challenge !== null) lines.push(`${style.quiet('challenge')} ${clean(found.challenge)}`)
  if (found.hash !== null) lines.push(`${style.quiet('hash')}      ${found.hash}`)
  stdout.write(`${lines.join('\n')}\n`)
}

export function inspectDeployment(text: string): Inspection {
  const verdict = checkDeployment(text)
  const deployment = verdict.ok ? verdict.deployment : readable(text)
  return {
    valid: verdict.ok,
    errors: verdict.ok ? [] : [verdict.message],
    challenge: deployment === undefined ? null : deploymentChallenge(deployment),
    hash: deployment === undefined ? null : deploymentHash(deployment),
  }
}

/** What breaks a rule may still be read, and then has a challenge; other things a node cannot even decode. */
function readable(text: string): Deployment | undefined {
  try {
    const deployment = typedDeployment(decodeDeployment(text))
    deploymentChallenge(deployment)
    return deployment
  } catch (error) {
    if (error instanceof ZosError) return undefined
    throw error
  }
}

async function readText(path: string, shown: string): Promise<string> {
  try {
    const { size } = await stat(path)
    if (size > MAX_BYTES)
      throw new InputError('INPUT_FILE', `${shown} is larger than ${MAX_BYTES} bytes`, { where: shown })
    return await readFile(path, 'utf8')
  } catch (cause) {
    if (cause instanceof InputError) throw cause
    throw new InputError('INPUT_FILE', `${shown} cannot be read`, { where: path, hint: 'check the path', cause })
  }
}
