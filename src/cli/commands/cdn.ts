/** `hyphae cdn`: the gateway of the content network, until it is told to end. */
import { resolve } from 'node:path'

import type { GatewayOptions } from '../../cdn/gateway/index.js'
import type { Host } from '../../events/host.js'
import type { CliContext } from '../context.js'

export interface CdnFlags {
  readonly json: boolean
  readonly listen: string
  readonly registry?: string
  readonly domain?: string
  readonly cache?: string
  readonly cacheSize?: number
  readonly allow?: readonly string[]
  readonly only?: readonly string[]
  readonly blockTimeout?: number
  readonly loads?: number
}

export async function cdn(this: CliContext, flags: CdnFlags): Promise<void> {
  const { stdout, stderr } = this.process
  const { interrupted } = this
  const { startGateway } = await import('../../cdn/gateway/index.js')
  const { DEFAULT_REGISTRY } = await import('../../cdn/object/index.js')
  const registry = flags.registry ?? DEFAULT_REGISTRY
  const running = await startGateway({ ...optionsOf(flags, this), registry })
  const { url, host, port } = running
  try {
    if (flags.json) stdout.write(`${JSON.stringify({ url, host, port, registry })}\n`)
    else stdout.write(`gateway at ${url}, metadata from ${registry}\n`)
    stderr.write('Ctrl-C ends it\n')
    const signal = await interrupted
    stderr.write(`${signal}: closing\n`)
  } finally {
    await running.close()
  }
}

function optionsOf(flags: CdnFlags, { process, cwd }: CliContext): Omit<GatewayOptions, 'registry'> {
  const { listen, domain, cache, cacheSize, allow, only, blockTimeout, loads } = flags
  return {
    listen,
    ...(domain === undefined ? {} : { domain }),
    ...(cache === undefined ? {} : { cacheDir: resolve(cwd, cache) }),
    ...(allow === undefined ? {} : { allow }),
    ...(only === undefined ? {} : { only }),
    limits: {
      ...(cacheSize === undefined ? {} : { cacheBytes: cacheSize }),
      ...(blockTimeout === undefined ? {} : { blockTimeoutMs: Math.round(blockTimeout * 1_000) }),
      ...(loads === undefined ? {} : { maxLoads: loads }),
    },
    host: lineHost(process, flags.json),
  }
}

/** A service has no progress to show: a line for each thing that happened. */
function lineHost({ stdout, stderr }: CliContext['process'], json: boolean): Host {
  return {
    notify({ code, level, text, data }) {
      if (json) stdout.write(`${JSON.stringify({ code, level, text, ...(data === undefined ? {} : { data }) })}\n`)
      else stderr.write(`${new Date().toISOString()} ${level} ${code} ${text}\n`)
    },
  }
}
