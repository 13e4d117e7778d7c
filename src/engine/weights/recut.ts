/**
 * Cuts a stream of `totalBytes` into pieces of exactly `pieceBytes`, only the last of which may be
 * shorter. What lies inside one incoming piece is passed on without a copy; like those, an outgoing
 * piece is only valid until the next one is asked for.
 */
export async function* recut(
  incoming: AsyncIterable<Uint8Array<ArrayBuffer>>,
  pieceBytes: number,
  totalBytes: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  let buffer: Uint8Array<ArrayBuffer> | undefined
  let buffered = 0
  for await (const bytes of incoming) {
    let taken = 0
    while (taken < bytes.length) {
      if (buffered === 0 && bytes.length - taken >= pieceBytes) {
        yield bytes.subarray(taken, taken + pieceBytes)
        taken += pieceBytes
        continue
      }
      buffer ??= new Uint8Array(Math.min(pieceBytes, totalBytes))
      const part = bytes.subarray(taken, taken + buffer.length - buffered)
      buffer.set(part, buffered)
      buffered += part.length
      taken += part.length
      if (buffered === buffer.length) {
        yield buffer
        buffered = 0
      }
    }
  }
  if (buffer !== undefined && buffered > 0) yield buffer.subarray(0, buffered)
}
