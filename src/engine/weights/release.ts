const nowhere = openPortToNowhere()

/** Length of the arrays that are used again: longer reads are no faster in Chromium. */
export const STRETCH_BYTES = 16 * 1024 * 1024

/** Memory of released stretches, the newest last, and what gives it back when nobody takes it for a while. */
const spare: ArrayBuffer[] = []
const SPARE_MS = 1000
let giveBack: ReturnType<typeof setTimeout> | undefined

/** Stretches that were taken and have not come back: only so many are kept, whoever else has such arrays. */
let lent = 0

/** An array of `STRETCH_BYTES`, with whatever was in it before. */
export function takeStretch(): Uint8Array<ArrayBuffer> {
  lent++
  return new Uint8Array(spare.pop() ?? new ArrayBuffer(STRETCH_BYTES))
}

/**
 * Gives an array's memory back at once, where it is the only one on its buffer, or, where it is a stretch, to
 * `takeStretch` for as long as stretches are taken; the array is empty then. Left to garbage collection, what has been
 * read stays for hundreds of megabytes. It is handed over, because `transfer(0)` gives nothing back of a
 * buffer that Chromium made, and hides it from the collection besides (bench/LOG.md).
 */
export function release(bytes: Uint8Array<ArrayBuffer>): void {
  const { buffer } = bytes
  if (bytes.byteLength !== buffer.byteLength) return
  if (buffer.byteLength !== STRETCH_BYTES || lent === 0) {
    nowhere.postMessage(undefined, [buffer])
    return
  }
  lent--
  spare.push(structuredClone(buffer, { transfer: [buffer] }))
  clearTimeout(giveBack)
  giveBack = setTimeout(() => {
    for (const buffer of spare.splice(0)) nowhere.postMessage(undefined, [buffer])
  }, SPARE_MS)
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
