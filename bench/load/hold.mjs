/**
 * Holds all of the machine's free memory, says how many bytes that is, and gives it up as others need it, until it
 * is killed. Run by memory.ts, with `--expose-gc`.
 */
import { readFileSync, writeFileSync } from 'node:fs'

const CHUNK_BYTES = 256 * 1024 * 1024
/** Left free: more than is taken between two looks. */
const FREE_BYTES = 768 * 1024 * 1024
const LOOK_MS = 10

const freeBytes = () =>
  Number(/^MemFree: +(\d+) kB/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]) * 1024

// Where memory runs out all the same, this is what has to go.
writeFileSync('/proc/self/oom_score_adj', '1000')
/** @type {Uint8Array[]} */
const held = []
while (freeBytes() > FREE_BYTES + CHUNK_BYTES) held.push(new Uint8Array(CHUNK_BYTES).fill(1))
console.log(held.length * CHUNK_BYTES)
setInterval(() => {
  const missing = Math.ceil((FREE_BYTES - freeBytes()) / CHUNK_BYTES)
  if (missing > 0 && held.splice(-missing).length > 0) globalThis.gc?.()
}, LOOK_MS)
