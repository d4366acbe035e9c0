#!/usr/bin/env node
/** The command `mycdnctl`. */
import { readFile } from 'node:fs/promises'

import { run } from '@stricli/core'

import { exitCodeOfParser } from './exit-codes.js'
import { buildMycdnctl } from './mycdnctl/app.js'
import { registryBehindVerb } from './mycdnctl/arguments.js'
import { processContext } from './process-context.js'

async function version(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8')
  return String((JSON.parse(text) as { version: unknown }).version)
}

const context = processContext(process)
const args = process.argv.slice(2).map((arg, i) => (i === 0 && arg === '-V' ? '--version' : arg))
void run(buildMycdnctl(version), registryBehindVerb(args), context).then(() => {
  process.exitCode = exitCodeOfParser(process.exitCode)
})
