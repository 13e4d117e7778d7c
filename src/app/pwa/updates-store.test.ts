import { beforeEach, describe, expect, it } from 'vitest'
import type { PageMessage, WorkerAnswer } from '../../service-worker/messages'
import { createUpdatesStore } from './updates-store'

/** A worker that keeps what it is told and answers with what the test says. */
class FakeWorker extends EventTarget {
  state: ServiceWorkerState = 'installing'
  readonly told: PageMessage[] = []
  answer: WorkerAnswer = { version: 'v1', isRolledBack: false }

  postMessage(message: PageMessage, [port]: MessagePort[] = []) {
    this.told.push(message)
    port?.postMessage(this.answer)
  }

  become(state: ServiceWorkerState) {
    this.state = state
    this.dispatchEvent(new Event('statechange'))
  }
}

class FakeRegistration extends EventTarget {
  installing: FakeWorker | null = null
  waiting: FakeWorker | null = null

  updates = 0

  async update() {
    this.updates++
  }

  /** A new version is found and downloaded; it waits where another one runs. */
  async bring(worker: FakeWorker) {
    this.installing = worker
    this.dispatchEvent(new Event('updatefound'))
    this.installing = null
    this.waiting = worker
    worker.become('installed')
  }
}

class FakeContainer extends EventTarget {
  controller: FakeWorker | null = null
  readonly registration = new FakeRegistration()

  async register() {
    return this.registration
  }

  control(worker: FakeWorker) {
    this.controller = worker
    this.registration.waiting = null
    this.dispatchEvent(new Event('controllerchange'))
  }
}

class FakeDocument extends EventTarget {
  visibilityState: DocumentVisibilityState = 'visible'

  become(state: DocumentVisibilityState) {
    this.visibilityState = state
    this.dispatchEvent(new Event('visibilitychange'))
  }
}

const script = 'https://app/assets/index.js'
let container: FakeContainer
let page: FakeDocument
let nowMs: number
let reloads: number
let endAnswer: () => void

function createStore(mayAsk = true) {
  return createUpdatesStore({
    container: container as unknown as ServiceWorkerContainer,
    worker: './sw.js',
    script,
    document: page as unknown as Document,
    now: () => nowMs,
    mayAsk,
    untilIdle: () =>
      new Promise((resolve) => {
        endAnswer = resolve
      }),
    reload: () => reloads++,
  })
}

beforeEach(() => {
  container = new FakeContainer()
  page = new FakeDocument()
  nowMs = 0
  reloads = 0
})

/** Lets what is under way go on until it waits for somebody. */
const settled = () => new Promise((resolve) => setTimeout(resolve))

describe('a first visit', () => {
  it('tells the worker that it starts once there is one, and is no update', async () => {
    const store = createStore()
    await store.getState().start()
    const worker = new FakeWorker()
    await container.registration.bring(worker)
    container.control(worker)
    await settled()
    expect(worker.told).toEqual([{ type: 'started', script }])
    expect(store.getState().status).toBe('none')
    expect(reloads).toBe(0)
  })

  it('goes on where the browser refuses', async () => {
    container.register = () => Promise.reject(new DOMException('no', 'SecurityError'))
    const store = createStore()
    await store.getState().start()
    expect(store.getState().status).toBe('none')
    const without = createUpdatesStore({
      container: undefined,
      worker: './sw.js',
      script,
      document: page as unknown as Document,
      now: () => 0,
      untilIdle: async () => {},
      mayAsk: true,
      reload: () => {},
    })
    await without.getState().start()
    expect(without.getState().status).toBe('none')
  })
})

it('a sealed page asks for no worker, and tells the one that runs that it starts', async () => {
  const worker = new FakeWorker()
  container.controller = worker
  container.register = () => Promise.reject(new Error('it was asked for'))
  await createStore(false).getState().start()
  await settled()
  nowMs = 1e9
  page.become('visible')
  expect(container.registration.updates).toBe(0)
  expect(worker.told).toEqual([{ type: 'started', script }])
})

it('a tab that stays open asks for a newer version when somebody comes back after long', async () => {
  const hour = 3600_000
  const { registration } = container
  await createStore().getState().start()
  const comeBackAt = async (timeMs: number) => {
    nowMs = timeMs
    page.become('hidden')
    page.become('visible')
    await settled()
    return registration.updates
  }
  expect(await comeBackAt(5 * hour)).toBe(0)
  expect(await comeBackAt(7 * hour)).toBe(1)
  expect(await comeBackAt(8 * hour)).toBe(1)
  const { update } = registration
  registration.update = () => Promise.reject(new TypeError('no network'))
  expect(await comeBackAt(14 * hour)).toBe(1)
  registration.update = update
  expect(await comeBackAt(15 * hour)).toBe(2)
})

describe('a later version', () => {
  const next = () => new FakeWorker()

  beforeEach(() => {
    container.controller = new FakeWorker()
  })

  it('is offered when it is found, and when it waited already', async () => {
    const store = createStore()
    await store.getState().start()
    await container.registration.bring(next())
    expect(store.getState().status).toBe('available')

    const later = createStore()
    await later.getState().start()
    expect(later.getState().status).toBe('available')
  })

  it('is let in once no answer is being written, and then the page is loaded again', async () => {
    const store = createStore()
    await store.getState().start()
    const worker = next()
    await container.registration.bring(worker)
    const updated = store.getState().update()
    expect(store.getState().status).toBe('waiting')
    expect(worker.told).toEqual([])
    endAnswer()
    await updated
    expect(worker.told).toEqual([{ type: 'take-over' }])
    expect(reloads).toBe(0)
    container.control(worker)
    expect(reloads).toBe(1)
  })

  it('stays out where the person thinks better of it', async () => {
    const store = createStore()
    await store.getState().start()
    const worker = next()
    await container.registration.bring(worker)
    const updated = store.getState().update()
    store.getState().cancel()
    endAnswer()
    await updated
    expect(worker.told).toEqual([])
    expect(store.getState().status).toBe('available')
  })

  it('is offered anew where a still newer one takes its place during the wait', async () => {
    const store = createStore()
    await store.getState().start()
    await container.registration.bring(next())
    const updated = store.getState().update()
    container.registration.waiting = null
    endAnswer()
    await updated
    expect(store.getState().status).toBe('none')
    const newest = next()
    await container.registration.bring(newest)
    expect(store.getState().status).toBe('available')
    container.control(newest)
    expect(store.getState().status).toBe('elsewhere')
    expect(reloads).toBe(0)
  })

  it('loads no page again once the person thought better of it', async () => {
    const store = createStore()
    await store.getState().start()
    const worker = next()
    await container.registration.bring(worker)
    const updated = store.getState().update()
    endAnswer()
    await updated
    store.getState().cancel()
    container.control(worker)
    expect(store.getState().status).toBe('elsewhere')
    expect(reloads).toBe(0)
  })

  it('never loads a page again that another tab let it in under', async () => {
    const store = createStore()
    await store.getState().start()
    const worker = next()
    await container.registration.bring(worker)
    container.control(worker)
    expect(store.getState().status).toBe('elsewhere')
    expect(reloads).toBe(0)
  })

  it('ends a wait where another tab lets it in meanwhile', async () => {
    const store = createStore()
    await store.getState().start()
    const worker = next()
    await container.registration.bring(worker)
    const updated = store.getState().update()
    container.control(worker)
    endAnswer()
    await updated
    expect(store.getState().status).toBe('elsewhere')
    expect(worker.told).toEqual([])
  })

  it('is told of where it did not start, and tried again on demand', async () => {
    const worker = next()
    worker.answer = { version: 'v1', isRolledBack: true }
    container.controller = worker
    const store = createStore()
    await store.getState().start()
    expect(store.getState().status).toBe('rolled-back')
    await store.getState().reload()
    expect(worker.told.at(-1)).toEqual({ type: 'try-again' })
    expect(reloads).toBe(1)
  })
})
