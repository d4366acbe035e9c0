/**
 * What kind of content a file has: by its first bytes where they say so without doubt, then by its extension.
 *
 * Formats whose first bytes they share with others (archives that are documents, containers that are audio or video)
 * are told apart by what follows, and by the extension within their family.
 */
import { equalBytes } from '../../core/bytes.js'

/** As many of a file's first bytes as are looked at. */
export const SNIFFED_BYTES = 4096

export const UNKNOWN_TYPE = 'application/octet-stream'

/** [type, bytes in hex with `..` for any byte, offset] */
const MAGIC: readonly (readonly [type: string, bytes: string, offset?: number])[] = [
  ['image/png', '89504e470d0a1a0a'],
  ['image/jpeg', 'ffd8ff'],
  ['image/gif', '474946383761'],
  ['image/gif', '474946383961'],
  ['image/webp', '52494646........57454250'],
  ['image/bmp', '424d............00000000'],
  ['image/tiff', '49492a00'],
  ['image/tiff', '4d4d002a'],
  ['image/vnd.microsoft.icon', '00000100..00'],
  ['image/vnd.adobe.photoshop', '38425053'],
  ['image/jxl', '0000000c4a584c200d0a870a'],
  ['image/avif', '6674797061766966', 4],
  ['image/heic', '6674797068656963', 4],
  ['audio/mp4', '667479704d344120', 4],
  ['video/quicktime', '6674797071742020', 4],
  ['video/mp4', '66747970', 4],
  ['audio/mpeg', '494433'],
  ['audio/flac', '664c6143'],
  ['audio/wav', '52494646........57415645'],
  ['audio/midi', '4d546864'],
  ['video/x-msvideo', '52494646........415649'],
  ['video/x-flv', '464c5601'],
  ['application/ogg', '4f67675300'],
  ['application/pdf', '255044462d'],
  ['application/postscript', '25215053'],
  ['application/gzip', '1f8b08'],
  ['application/x-bzip2', '425a68..314159265359'],
  ['application/x-xz', 'fd377a585a00'],
  ['application/zstd', '28b52ffd'],
  ['application/x-7z-compressed', '377abcaf271c'],
  ['application/vnd.rar', '526172211a07'],
  ['application/x-tar', '7573746172', 257],
  ['application/zip', '504b0304'],
  ['application/zip', '504b0506'],
  ['application/wasm', '0061736d01000000'],
  ['application/vnd.sqlite3', '53514c69746520666f726d6174203300'],
  ['application/x-executable', '7f454c46'],
  ['font/woff', '774f4646'],
  ['font/woff2', '774f4632'],
  ['font/otf', '4f54544f00'],
  ['font/ttf', '0001000000'],
]

/** Families in which the extension knows more than the first bytes. */
const FAMILIES: Readonly<Record<string, RegExp>> = {
  'application/zip':
    /^application\/(epub\+zip|java-archive|vnd\.(openxmlformats|oasis|android|ms-).*|x-xpinstall|vnd\.google-earth\.kmz|zip)$/,
  'application/ogg': /^(audio|video|application)\/ogg$/,
  'video/mp4': /^(video|audio)\/(mp4|3gpp2?|x-m4[av])$|^audio\/x-m4a$/,
  'video/webm': /^(video|audio)\/(webm|x-matroska)$/,
  'image/tiff': /^image\//,
  'application/gzip': /^(application\/(x-tgz|gzip)|image\/svg\+xml)$/,
}

/** The type of a file that begins with `head`. Text is left to the extension: `.css` and `.js` look alike.
 *
 * @example await mimeType('photo.txt', pngBytes) // 'image/png'
 */
export async function mimeType(name: string, head: Uint8Array): Promise<string> {
  const { default: mime } = await import('mime')
  const byName = mime.getType(name) ?? undefined
  const byBytes = sniff(head)
  if (byBytes === undefined) return byName ?? UNKNOWN_TYPE
  return byName !== undefined && FAMILIES[byBytes]?.test(byName) ? byName : byBytes
}

/** The type that the first bytes say without doubt. */
export function sniff(head: Uint8Array): string | undefined {
  for (const [type, bytes, offset = 0] of MAGIC) {
    if (begins(head, bytes, offset)) return type
  }
  return matroska(head)
}

/** `a/b`, with parameters if any. */
export function isMimeType(text: string): boolean {
  return (
    text.length <= 255 &&
    /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(\s*;\s*[\w!#$&^.+-]+=([\w!#$&^.+-]+|"[\x20\x21\x23-\x5b\x5d-\x7e]*"))*$/.test(text)
  )
}

function begins(head: Uint8Array, bytes: string, offset: number): boolean {
  if (head.length < offset + bytes.length / 2) return false
  for (let i = 0; i < bytes.length; i += 2) {
    const pair = bytes.slice(i, i + 2)
    if (pair !== '..' && head[offset + i / 2] !== Number.parseInt(pair, 16)) return false
  }
  return true
}

/** EBML: the document type is named within the header. */
function matroska(head: Uint8Array): string | undefined {
  if (!begins(head, '1a45dfa3', 0)) return undefined
  const webm = Uint8Array.of(0x42, 0x82, 0x84, 0x77, 0x65, 0x62, 0x6d)
  for (let i = 4; i + webm.length <= Math.min(head.length, 64); i++) {
    if (equalBytes(head.subarray(i, i + webm.length), webm)) return 'video/webm'
  }
  return 'video/x-matroska'
}
