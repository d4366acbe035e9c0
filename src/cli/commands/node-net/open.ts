/** What all commands of a node's network have in common: the configuration, the way to the system, and signals. */
import { readFile, stat } from 'node:fs/promises'
import { isAbsolute, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

import { InputError } from '../../../errors/input.js'
import type { Host } from '../../../events/host.js'
import type { NodeNetwork, NodeNetworkConfig } from '../../../network/node/index.js'
import type { CliContext } from '../../context.js'

export interface NodeNetFlags {
  readonly json: boolean
  readonly config: string
  readonly state: string
  readonly rootNamespace?: string
}

const MOST_BYTES = 16 * 1024 * 1024

/** @throws {InputError} INPUT_FILE, INPUT_JSON
 * @throws {ModelError} MODEL_INVALID with everything that is wrong
 */
export async function readConfig(context: CliContext, file: string): Promise<NodeNetworkConfig> {
  const { checkConfig } = await import('../../../network/node/index.js')
  return checkConfig(parsed(file === '-' ? await context.readStdin(MOST_BYTES) : await readText(context, file), file))
}

/** @param options `services`: `running` starts who keeps them where nobody does; `known` starts nothing */
export async function openNodeNetwork(
  context: CliContext,
  flags: NodeNetFlags,
  options: { readonly services: 'running' | 'known' },
): Promise<NodeNetwork> {
  const config = await readConfig(context, flags.config)
  const { openNode } = await import('../../../network/node/index.js')
  const stateDir = resolve(context.cwd, flags.state)
  return openNode({
    config,
    stateDir,
    ...(flags.rootNamespace === undefined ? {} : { rootNamespace: flags.rootNamespace }),
    ...(options.services === 'known' ? {} : { launchSupervisor: launchSupervisor(flags, stateDir) }),
    host: lineHost(context, flags.json),
  })
}

/** Runs `work` until it ends or the process is told to; then it ends with CANCELLED. */
export async function withSignal<T>(context: CliContext, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  void context.interrupted.then(name => controller.abort(new Error(name)))
  return await work(controller.signal)
}

/** This program again, as the process that keeps services. */
function launchSupervisor({ rootNamespace }: NodeNetFlags, stateDir: string): readonly [string, ...string[]] {
  const bin = fileURLToPath(new URL('../../bin.js', import.meta.url))
  const root = rootNamespace === undefined ? [] : ['--root-namespace', rootNamespace]
  return [process.execPath, bin, 'node', 'net', 'supervise', '--state', stateDir, ...root]
}

/** A line for each thing that happens; plans and results are for standard output. */
export function lineHost({ process: { stdout, stderr } }: CliContext, json: boolean): Host {
  return {
    notify({ code, level, text, data }) {
      if (json) stdout.write(`${JSON.stringify({ code, level, text, ...(data === undefined ? {} : { data }) })}\n`)
      // What came of it is shown in full, on standard output.
      else if (code !== 'NODE_NET_APPLIED') stderr.write(`${text}\n`)
    },
  }
}

async function readText({ cwd, process: { stderr } }: CliContext, file: string): Promise<string> {
  const path = isAbsolute(file) ? file : resolve(cwd, file)
  try {
    const { size, mode } = await stat(path)
    if (size > MOST_BYTES)
      throw new InputError('INPUT_FILE', `${file} is larger than ${MOST_BYTES} bytes`, { where: path })
    const text = await readFile(path, 'utf8')
    if ((mode & 0o077) !== 0 && /"(?:wireguard_private_key|hex_key)"\s*:\s*"[^"]/.test(text)) {
      stderr.write(`warning: ${file} holds keys and others can read it: chmod 600 ${file}\n`)
    }
    return text
  } catch (cause) {
    if (cause instanceof InputError) throw cause
    throw new InputError('INPUT_FILE', `there is no configuration ${file}`, {
      where: path,
      hint: 'check the path',
      cause,
    })
  }
}

function parsed(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    // What JSON.parse says repeats the text, and there may be keys in it.
    const at = /position (\d+)/.exec(cause instanceof Error ? cause.message : '')?.[1]
    throw new InputError('INPUT_JSON', `${file} is not JSON${at === undefined ? '' : `, from character ${at}`}`, {
      hint: 'write it like { "node": "node-1", "networks": [] }',
    })
  }
}
