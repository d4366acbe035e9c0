#!/usr/bin/env node
/** The command `hyphae`. */
import { readFile } from 'node:fs/promises'

import { run } from '@stricli/core'

import { buildHyphae } from './app.js'
import { exitCodeOfParser } from './exit-codes.js'
import { processContext } from './process-context.js'

async function version(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8')
  return String((JSON.parse(text) as { version: unknown }).version)
}

const context = processContext(process)
void run(buildHyphae(version), process.argv.slice(2), context).then(() => {
  process.exitCode = exitCodeOfParser(process.exitCode)
})
