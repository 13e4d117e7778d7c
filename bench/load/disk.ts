/** What the disk under a browser's profile can do, by itself. */
import { execFileSync } from 'node:child_process'
import {
  createReadStream,
  createWriteStream,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

const STREAM_BYTES = 4 * 1024 * 1024

/** Writes out what is dirty and empties the page cache; false where this user may not. */
export function dropPageCache(): boolean {
  try {
    execFileSync('sync')
    writeFileSync('/proc/sys/vm/drop_caches', '3')
    return true
  } catch {
    return false
  }
}

/** Every file below a folder. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

/** Bytes that the files below a folder take on the disk. */
export function diskUsage(folder: string): number {
  return filesBelow(folder).reduce((sum, file) => sum + statSync(file).blocks * 512, 0)
}

export interface Rate {
  byteLength: number
  elapsedMs: number
}

/** Reads files one after another, up to so many bytes. */
export async function readFiles(files: readonly string[], maxBytes: number): Promise<Rate> {
  const startedMs = performance.now()
  let byteLength = 0
  for (const file of files) {
    if (byteLength >= maxBytes) break
    for await (const chunk of createReadStream(file, { highWaterMark: STREAM_BYTES })) {
      byteLength += chunk.length
    }
  }
  return { byteLength, elapsedMs: performance.now() - startedMs }
}

/** Copies files one after another into one, up to so many bytes, until they are on the disk. */
export async function copyFiles(
  files: readonly string[],
  target: string,
  maxBytes: number,
): Promise<Rate> {
  const startedMs = performance.now()
  let byteLength = 0
  try {
    for (const file of files) {
      if (byteLength >= maxBytes) break
      const from = createReadStream(file, { highWaterMark: STREAM_BYTES })
      await pipeline(from, createWriteStream(target, { flags: 'a', highWaterMark: STREAM_BYTES }))
      byteLength += statSync(file).size
    }
    const handle = await open(target, 'r+')
    await handle.sync()
    await handle.close()
    return { byteLength, elapsedMs: performance.now() - startedMs }
  } finally {
    rmSync(target, { force: true })
  }
}
