/** Parameters of `Content-Type` and `Content-Disposition`, as RFC 2045, 2046 and 7578 write them. */
import { RegistryError } from '../../../errors/registry.js'

export interface HeaderValue {
  /** In lower case. */
  readonly value: string
  /** Names in lower case; the first of a name counts. */
  readonly parameters: ReadonlyMap<string, string>
}

const VALUE = /^[ \t]*([!#$%&'*+.^_`|~/0-9a-z-]+)[ \t]*/i
const PARAMETER =
  /;[ \t]*(?:([!#$%&'*+.^_`|~0-9a-z-]+)=(?:"((?:[^"\\\r\n]|\\[^\r\n])*)"|([!#$%&'*+.^_`|~0-9a-z:/?@=()-]*)))?[ \t]*/iy
const MOST_PARAMETERS = 16

/** Undefined when the text is not of that form. */
export function readHeaderValue(text: string): HeaderValue | undefined {
  const start = VALUE.exec(text)
  if (start === null) return undefined
  const parameters = new Map<string, string>()
  let at = start[0].length
  for (let i = 0; at < text.length; i++) {
    PARAMETER.lastIndex = at
    const found = PARAMETER.exec(text)
    if (found === null || i === MOST_PARAMETERS) return undefined
    at = PARAMETER.lastIndex
    const [, name, quoted, plain] = found
    const key = name?.toLowerCase()
    if (key !== undefined && !parameters.has(key)) parameters.set(key, quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '')
  }
  return { value: (start[1] as string).toLowerCase(), parameters }
}

// RFC 2046 §5.1.1: 1 to 70 of these, and no space at the end.
const BOUNDARY = /^[0-9a-zA-Z'()+_,./:=? -]{0,69}[0-9a-zA-Z'()+_,./:=?-]$/

/** The boundary that a `Content-Type: multipart/form-data; boundary=…` names. @throws {RegistryError} REGISTRY_MULTIPART */
export function readBoundary(contentType: string | undefined): string {
  const header = readHeaderValue(contentType ?? '')
  const boundary = header?.parameters.get('boundary')
  if (header?.value !== 'multipart/form-data' || boundary === undefined || !BOUNDARY.test(boundary)) {
    throw new RegistryError('REGISTRY_MULTIPART', 'the body has to be multipart/form-data with a boundary', {
      hint: 'send the blob as a file in the part named data: curl -F data=@blob URL',
    })
  }
  return boundary
}
