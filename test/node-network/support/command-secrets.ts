/** Whether a secret is ever among the arguments of a process: all processes are looked at, again and again. */
import { readdirSync, readFileSync } from 'node:fs'

const PAUSE_MS = 2

export interface Seen {
  /** Command lines with a secret in them. */
  readonly found: readonly string[]
  /** Names of all programs that were seen. */
  readonly programs: readonly string[]
}

export function watchArguments(secrets: readonly string[]): { stop(): Promise<Seen> } {
  const found = new Set<string>()
  const programs = new Set<string>()
  const look = () => {
    for (const pid of readdirSync('/proc')) {
      if (!/^\d+$/.test(pid)) continue
      const line = commandLine(pid)
      if (secrets.some(secret => line.includes(secret))) found.add(line)
      programs.add(line.split('\0')[0]?.split('/').at(-1) ?? '')
    }
  }
  let timer = setTimeout(function again() {
    look()
    timer = setTimeout(again, PAUSE_MS)
  }, 0)
  return {
    async stop() {
      clearTimeout(timer)
      look()
      return { found: [...found], programs: [...programs] }
    },
  }
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    // It has ended.
    return ''
  }
}
