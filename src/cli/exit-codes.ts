/** What a process ends with. The same numbers for every command; documented in docs/. */
import { isHyphaeError } from '../errors/base.js'

export const ExitCode = {
  ok: 0,
  failure: 1,
  usage: 2,
  credentials: 3,
  workloadFailed: 4,
  notFound: 6,
  cancelled: 8,
  timeout: 9,
  bug: 255,
} as const

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode]

const CODES: Readonly<Record<string, ExitCode>> = {
  INPUT_OPTION: ExitCode.usage,
  INPUT_URL: ExitCode.usage,
  INPUT_HEX: ExitCode.usage,
  INPUT_SEED: ExitCode.usage,
  LOCALGRID_OPTION: ExitCode.usage,
  INPUT_MNEMONIC: ExitCode.credentials,
  GRID_IDENTITY: ExitCode.credentials,
  GRID_KYC: ExitCode.credentials,
  RMB_UNAUTHORIZED: ExitCode.credentials,
  GRID_WORKLOAD_FAILED: ExitCode.workloadFailed,
  GRID_NODE_REFUSED: ExitCode.workloadFailed,
  GRID_NOT_FOUND: ExitCode.notFound,
  INPUT_FILE: ExitCode.notFound,
  CANCELLED: ExitCode.cancelled,
  DEADLINE: ExitCode.timeout,
  GRID_NODE_UNREACHABLE: ExitCode.timeout,
  CDN_CONFIG: ExitCode.usage,
  CDN_REFERENCE: ExitCode.usage,
  CDN_KEY: ExitCode.credentials,
  CDN_NOT_FOUND: ExitCode.notFound,
  CDN_UNREACHABLE: ExitCode.timeout,
}

/** @param strange what an error ends with that is none of Hyphae's: a bug in a command, a failure in a user's program */
export function exitCodeOf(error: unknown, strange: ExitCode = ExitCode.bug): ExitCode {
  if (!isHyphaeError(error)) return strange
  return CODES[error.code] ?? ExitCode.failure
}

/** What the argument parser reports, in our numbers: below zero are its own. */
export function exitCodeOfParser(code: number | string | null | undefined): number {
  const number = Number(code ?? 0)
  if (number >= 0) return number
  // Unknown commands and unusable arguments are the person's; the rest is ours.
  return number === -4 || number === -5 ? ExitCode.usage : ExitCode.bug
}
