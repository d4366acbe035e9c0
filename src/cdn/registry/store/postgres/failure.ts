/** What an error of the driver or of the server means: try again, no space, or a fault that time does not mend. */

/** Codes of PostgreSQL's errors (appendix A of its manual) after which the same statement may succeed. */
const PASSING_CLASSES = [
  '08', // connection
  '53', // resources: too many connections
  '57', // the server is being stopped, has crashed, or starts
]
const PASSING_CODES = new Set([
  '40001', // serialization
  '40P01', // deadlock
  '25006', // read only: a standby that is about to take over
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT', // no Unix socket yet
  'EAI_AGAIN',
])
/** The driver has no codes for these. */
const PASSING_TEXT =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error|Client was closed)/

export type FailureKind = 'passing' | 'full' | 'lasting'

export function failureKind(error: unknown): FailureKind {
  const { code, message } = error as { code?: string; message?: string }
  if (code === '53100') return 'full'
  if (
    code !== undefined &&
    (PASSING_CODES.has(code) || (/^[0-9A-Z]{5}$/.test(code) && PASSING_CLASSES.includes(code.slice(0, 2))))
  ) {
    return 'passing'
  }
  return PASSING_TEXT.test(message ?? '') ? 'passing' : 'lasting'
}
