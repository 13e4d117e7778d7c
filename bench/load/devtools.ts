/** A Chromium that is driven over a pipe, with nothing of DevTools on but what is asked for. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'

type Json = Record<string, unknown>

export interface DevTools {
  process: ChildProcess
  /** Sends a command to the browser, or to a session of a page or worker. */
  send<Result = unknown>(method: string, params?: Json, sessionId?: string): Promise<Result>
  on(listener: (method: string, params: Json) => void): void
  /** Ends the browser as its user would, everything written. */
  close(): Promise<void>
}

/** A command that was sent, and waits for its answer. */
interface Pending {
  sessionId: string | undefined
  answer: (message: Message) => void
}

interface Message {
  id?: number
  result?: unknown
  error?: { message: string }
  method?: string
  params?: Json
}

export function startChromium(
  executable: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): DevTools {
  const child = spawn(executable, [...args, '--remote-debugging-pipe'], {
    env,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  })
  const exited = once(child, 'exit')
  const commands = child.stdio[3] as Writable
  const answers = child.stdio[4] as Readable
  const pending = new Map<number, Pending>()
  const listeners: ((method: string, params: Json) => void)[] = []
  let nextId = 1

  function receive({ id, method, params = {}, ...rest }: Message) {
    if (id !== undefined) pending.get(id)?.answer(rest)
    // What was asked of a worker that has ended is never answered.
    if (method === 'Target.detachedFromTarget') endPending(params.sessionId)
    if (method !== undefined) for (const listener of listeners) listener(method, params)
  }

  // Messages end with a zero byte.
  let unread = ''
  answers.setEncoding('utf8').on('data', (text: string) => {
    const messages = (unread + text).split('\0')
    unread = messages.pop() ?? ''
    for (const message of messages) receive(JSON.parse(message))
  })
  const ended = { error: { message: 'the browser, or this part of it, has ended' } }
  /** Answers what was asked of a session, or of any. */
  function endPending(session?: unknown) {
    for (const { sessionId, answer } of pending.values())
      if (session === undefined || sessionId === session) answer(ended)
  }
  exited.then(() => endPending())
  commands.on('error', () => {})

  async function send<Result>(method: string, params: Json = {}, sessionId?: string) {
    const id = nextId++
    const { result, error } = await new Promise<Message>((resolve) => {
      pending.set(id, { sessionId, answer: resolve })
      if (child.exitCode !== null || child.signalCode !== null) resolve(ended)
      else commands.write(`${JSON.stringify({ id, method, params, sessionId })}\0`)
    })
    pending.delete(id)
    if (error) throw new Error(`${method}: ${error.message}`)
    return result as Result
  }

  return {
    process: child,
    send,
    on: (listener) => void listeners.push(listener),
    async close() {
      await send('Browser.close').catch(() => {})
      await exited
    },
  }
}
