import { createStore, type StoreApi } from 'zustand/vanilla'
import type { PageMessage, WorkerAnswer } from '../../service-worker/messages'

/** Where this page stands among the versions of the app. */
export type UpdateStatus =
  | 'none'
  /** A newer version is here and waits to be let in. */
  | 'available'
  /** It is let in as soon as no tab writes an answer any more. */
  | 'waiting'
  /** Another tab has let it in; this page goes on as it is until it is loaded again. */
  | 'elsewhere'
  /** The newer version did not start, and this is the one before it. */
  | 'rolled-back'

export interface UpdatesState {
  status: UpdateStatus
  /** Registers the service worker and tells it that this page runs. Once is enough. */
  start(): Promise<void>
  /** Lets the newer version in and loads the page again, once no tab writes an answer. */
  update(): Promise<void>
  /** Takes `update` back while it waits. */
  cancel(): void
  /** Loads the page again; after a version that did not start, with that version. */
  reload(): Promise<void>
}

export type UpdatesStore = StoreApi<UpdatesState>

/** The browser asks by itself only where a page is opened, and tabs stay open for weeks. */
const askAgainMs = 6 * 3600_000

interface UpdatesOptions {
  /** Undefined where the browser offers none, as on insecure pages. */
  container: ServiceWorkerContainer | undefined
  /** Address of the service worker. */
  worker: string
  /** Address of the page's entry, by which the worker knows its version. */
  script: string
  /** Tells when somebody comes back to the page. */
  document: Pick<Document, 'visibilityState' | 'addEventListener'>
  /** The time, also while the machine sleeps. */
  now: () => number
  /** Resolves when no tab writes an answer. */
  untilIdle: () => Promise<void>
  reload: () => void
  /** Whether the worker may be asked for anew; a sealed page makes do with the one that runs. */
  mayAsk: boolean
}

/** The state of updates around one page's service worker container. */
export function createUpdatesStore({
  container,
  worker,
  script,
  document,
  now,
  untilIdle,
  reload,
  mayAsk,
}: UpdatesOptions): UpdatesStore {
  let registration: ServiceWorkerRegistration | undefined
  let isTakingOver = false

  return createStore<UpdatesState>()((set, get) => {
    /** A worker that is installed beside one that runs waits for it to go. */
    const watch = (added: ServiceWorker | null) =>
      added?.addEventListener('statechange', () => {
        const isNew = added.state === 'installed' && container?.controller
        if (isNew && get().status !== 'waiting') set({ status: 'available' })
      })

    /** Has the browser look for a newer version whenever somebody comes back after long. */
    function askWhenSeen(registration: ServiceWorkerRegistration) {
      let askedAtMs = now()
      document.addEventListener('visibilitychange', async () => {
        if (document.visibilityState !== 'visible' || now() - askedAtMs < askAgainMs) return
        try {
          await registration.update()
          askedAtMs = now()
        } catch {
          // Without a network, the next time will do.
        }
      })
    }

    async function reportStart() {
      const answer = await ask(container?.controller, { type: 'started', script })
      if (answer?.isRolledBack && get().status === 'none') set({ status: 'rolled-back' })
    }

    return {
      status: 'none',

      async start() {
        if (!container || registration) return
        if (!mayAsk) return reportStart()
        let wasControlled = container.controller !== null
        container.addEventListener('controllerchange', () => {
          if (isTakingOver) reload()
          else if (wasControlled) set({ status: 'elsewhere' })
          else void reportStart()
          wasControlled = true
        })
        try {
          registration = await container.register(worker)
          if (registration.waiting && container.controller) set({ status: 'available' })
          watch(registration.installing)
          registration.addEventListener('updatefound', () =>
            watch(registration?.installing ?? null),
          )
          askWhenSeen(registration)
        } catch {
          // The browser keeps no service workers here, as in some private windows.
          return
        }
        await reportStart()
      },

      async update() {
        set({ status: 'waiting' })
        await untilIdle()
        if (get().status !== 'waiting') return
        const next = registration?.waiting
        // A still newer one has taken its place, and is offered once it is here.
        if (!next) return set({ status: 'none' })
        isTakingOver = true
        const message: PageMessage = { type: 'take-over' }
        next.postMessage(message)
      },

      cancel() {
        isTakingOver = false
        set({ status: 'available' })
      },

      async reload() {
        if (get().status === 'rolled-back') await ask(container?.controller, { type: 'try-again' })
        reload()
      },
    }
  })
}

/** What the worker answers; undefined where there is none. */
async function ask(
  worker: ServiceWorker | null | undefined,
  message: PageMessage,
): Promise<WorkerAnswer | undefined> {
  if (!worker) return undefined
  const { port1, port2 } = new MessageChannel()
  return new Promise((resolve) => {
    port1.onmessage = ({ data }) => resolve(data as WorkerAnswer)
    worker.postMessage(message, [port2])
  })
}
