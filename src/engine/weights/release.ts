const nowhere = openPortToNowhere()

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

/**
 * A port that takes what is handed over to it and passes it on to nobody. A closed one does, as HTML
 * says: its message is serialized first (section 9.4.4). Blink looks first whether the port is closed
 * and takes nothing then; there it is a port whose other end is closed. That would be wrong
 * elsewhere: WebKit does not tell a port that its other end is closed, and keeps its messages in
 * another process for whoever may come to read them.
 */
export function openPortToNowhere(): MessagePort {
  const { port1: closed } = new MessageChannel()
  closed.close()
  const buffer = new ArrayBuffer(1)
  closed.postMessage(undefined, [buffer])
  if (buffer.byteLength === 0) return closed
  const { port1, port2 } = new MessageChannel()
  port2.close()
  return port1
}
