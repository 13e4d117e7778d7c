/** Leads nowhere: what is handed over here is gone. */
const { port1: nowhere, port2 } = new MessageChannel()
port2.close()

/**
 * Gives an array's memory back at once, where it is the only one on its buffer; the array is empty
 * then. Left to garbage collection, what has been read stays for hundreds of megabytes. It is handed
 * over, because `transfer(0)` gives nothing back of a buffer that Chromium made, and hides it from
 * the collection besides (bench/LOG.md).
 */
export function release(bytes: Uint8Array<ArrayBuffer>): void {
  const { buffer } = bytes
  if (bytes.byteLength === buffer.byteLength) nowhere.postMessage(undefined, [buffer])
}
