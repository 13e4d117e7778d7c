import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

const script = readFileSync(join(import.meta.dirname, '../../../public/start-guard.js'), 'utf8')

/** Stands for the page's script elements; their errors reach the window on the way to them. */
class HTMLScriptElement {}

let root: { hasChildNodes: () => boolean }
let told: unknown[]
let isRolledBack: boolean
let reload: ReturnType<typeof vi.fn>
let listener: (event: { target: unknown }) => void
const page = {}

beforeEach(() => {
  vi.useFakeTimers()
  root = { hasChildNodes: () => false }
  told = []
  isRolledBack = true
  reload = vi.fn()
  const controller = {
    postMessage(message: unknown, [port]: { answer: (data: object) => void }[]) {
      told.push(message)
      port?.answer({ version: 'v1', isRolledBack })
    },
  }
  class MessageChannel {
    port1: { onmessage?: (event: { data: object }) => void } = {}
    port2 = { answer: (data: object) => this.port1.onmessage?.({ data }) }
  }
  const globals = {
    navigator: { serviceWorker: { controller } },
    document: { getElementById: () => root, querySelector: () => ({ src: '/assets/index.js' }) },
    location: { reload },
    addEventListener: (_: string, listen: typeof listener) => {
      listener = listen
    },
    window: page,
    HTMLScriptElement,
    MessageChannel,
  }
  new Function(...Object.keys(globals), script)(...Object.values(globals))
})

afterEach(() => {
  vi.useRealTimers()
})

const failure = { type: 'not-started', script: '/assets/index.js' }

it('goes back where nothing has come after a while', () => {
  vi.advanceTimersByTime(14_000)
  expect(told).toEqual([])
  vi.advanceTimersByTime(1_000)
  expect(told).toEqual([failure])
  expect(reload).toHaveBeenCalledOnce()
})

it('goes back sooner where a script fails, but for no picture or font', () => {
  listener({ target: {} })
  vi.advanceTimersByTime(4_000)
  expect(told).toEqual([])
  listener({ target: new HTMLScriptElement() })
  vi.advanceTimersByTime(4_000)
  expect(told).toEqual([failure])
})

it('leaves a page that has come up in spite of an error', () => {
  listener({ target: page })
  root.hasChildNodes = () => true
  vi.advanceTimersByTime(60_000)
  expect(told).toEqual([])
})

it('stays where there is nothing to go back to', () => {
  isRolledBack = false
  vi.advanceTimersByTime(60_000)
  expect(told).toEqual([failure])
  expect(reload).not.toHaveBeenCalled()
})
