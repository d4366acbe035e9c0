/** What clients of the registry do, for tests. */
import { loadHashHex } from '../hash-hex.js'

export interface Posted {
  readonly status: number
  readonly body: { readonly hash: string; readonly hash16: string; readonly size: number; readonly created: boolean }
}

export async function postBlob(url: string, data: Uint8Array, headers: Record<string, string> = {}): Promise<Response> {
  const form = new FormData()
  form.append('data', new Blob([new Uint8Array(data)]), 'blob')
  return await fetch(`${url}/api/v1/metadata`, { method: 'POST', body: form, headers })
}

/** @throws when the registry does not answer with 200 */
export async function savedHash(url: string, data: Uint8Array): Promise<string> {
  const response = await postBlob(url, data)
  const text = await response.text()
  if (response.status !== 200) throw new Error(`status ${response.status}: ${text}`)
  return (JSON.parse(text) as Posted['body']).hash
}

export async function readBlob(url: string, hash: string): Promise<Uint8Array> {
  const response = await fetch(`${url}/api/v1/metadata/${hash}`)
  const bytes = new Uint8Array(await response.arrayBuffer())
  if (response.status !== 200) throw new Error(`status ${response.status}: ${new TextDecoder().decode(bytes)}`)
  return bytes
}

export async function hashOf(data: Uint8Array): Promise<string> {
  return (await loadHashHex())(data)
}
