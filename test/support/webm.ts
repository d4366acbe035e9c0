/** A video file made of frames that are there already: WebM with an index, so that a player can go anywhere at once. */
export interface VideoFrame {
  readonly timeMs: number
  /** A key frame of VP8. */
  readonly data: Uint8Array
  /** Follows the frame, and means nothing. */
  readonly padding: Uint8Array
}

/** Source of the elements: RFC 9559 (Matroska), RFC 8794 (EBML). */
export function webm(
  { width, height, durationMs }: { readonly width: number; readonly height: number; readonly durationMs: number },
  frames: readonly VideoFrame[],
): Buffer {
  const head = element(
    '1a45dfa3',
    number('4286', 1),
    number('42f7', 1),
    number('42f2', 4),
    number('42f3', 8),
    element('4282', Buffer.from('webm')),
    number('4287', 4),
    number('4285', 2),
  )
  const duration = Buffer.alloc(8)
  duration.writeDoubleBE(durationMs)
  const info = element(
    '1549a966',
    number('2ad7b1', 1_000_000),
    element('4489', duration),
    element('4d80', Buffer.from('test')),
    element('5741', Buffer.from('test')),
  )
  const video = element('e0', number('b0', width), number('ba', height))
  const track = element(
    'ae',
    number('d7', 1),
    number('73c5', 1),
    number('83', 1),
    element('86', Buffer.from('V_VP8')),
    video,
  )
  const tracks = element('1654ae6b', track)
  const clusters = frames.map(({ timeMs, data, padding }) =>
    element(
      '1f43b675',
      number('e7', timeMs),
      element('a3', Buffer.from([0x81, 0, 0, 0x80]), data),
      element('ec', padding),
    ),
  )
  // The index is as long as it will be, whatever it says: positions have a fixed length.
  const indexOf = (positions: readonly number[]) =>
    element('1c53bb6b', ...frames.map(({ timeMs }, i) => cue(timeMs, positions[i] as number)))
  let at = info.length + tracks.length + indexOf(frames.map(() => 0)).length
  const positions = clusters.map(cluster => {
    at += cluster.length
    return at - cluster.length
  })
  return Buffer.concat([head, element('18538067', info, tracks, indexOf(positions), ...clusters)])
}

function cue(timeMs: number, position: number): Buffer {
  return element('bb', number('b3', timeMs), element('b7', number('f7', 1), number('f1', position)))
}

function element(id: string, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts)
  const size = Buffer.alloc(8)
  size.writeBigUInt64BE(BigInt(body.length) | (1n << 56n))
  return Buffer.concat([Buffer.from(id, 'hex'), size, body])
}

function number(id: string, value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(value))
  return element(id, bytes)
}
