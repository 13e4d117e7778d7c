import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'

/** What a process says first, which is that it is ready. */
export async function firstLine({ stdout, spawnargs }: ChildProcess): Promise<string> {
  if (stdout) for await (const line of createInterface(stdout)) return line
  throw new Error(`${spawnargs.join(' ')} did not start`)
}
