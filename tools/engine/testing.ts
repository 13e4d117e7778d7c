import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** The entry of the command line, for Node. */
export const entry = fileURLToPath(new URL('../engine.mjs', import.meta.url))

export interface Outcome {
  exitCode: number | null
  stdout: string
  stderr: string
}

/** Runs the engine's command line as a process of its own, on the adapter that the environment names. */
export async function runEngine(
  args: readonly string[],
  { input = '', cwd }: { input?: string; cwd?: string } = {},
): Promise<Outcome> {
  const child = spawn(process.execPath, [entry, ...args], { ...(cwd !== undefined && { cwd }) })
  const exit = new Promise<number | null>((resolve) => child.on('close', resolve))
  child.stdin.end(input)
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { exitCode: await exit, stdout, stderr }
}

/** An empty folder that lasts as long as the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'engine-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}
