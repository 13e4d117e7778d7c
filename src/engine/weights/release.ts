/**
 * Gives an array's memory back at once, where it is the only one on its buffer; the array is empty
 * then. Left to garbage collection, what has been read stays for hundreds of megabytes
 * (bench/LOG.md).
 */
export function release(bytes: Uint8Array<ArrayBuffer>): void {
  const { buffer } = bytes
  // Chrome 113 and Node 20 have no `transfer`.
  if (bytes.byteLength === buffer.byteLength && 'transfer' in buffer) buffer.transfer(0)
}
