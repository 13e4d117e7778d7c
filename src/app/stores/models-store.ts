import { createStore, type StoreApi } from 'zustand/vanilla'
import { EngineError, type EngineErrorData, errorData } from '../../engine/errors'
import type {
  Count,
  DeviceReport,
  Engine,
  LoadProgress,
  MemoryReport,
  StorageReport,
  StoredModelSummary,
  VerifyReport,
} from '../../engine/index'
import { parseModelAddress } from '../../engine/model-address'
import { builtInModels, type ModelCard, modelAddress, unknownCard } from '../model/models'
import type { Pick as PickedModel, Picks } from '../model/picks'
import type { EngineStore } from './engine-store'
import type { SettingsStore } from './settings-store'

/** Where a model of the list comes from. */
export type ModelKind = 'built-in' | 'address' | 'picked'

/** What is being done with a model's files; loading is the engine store's business. */
export type ModelTask =
  | { kind: 'inspect' }
  /** `progress` is undefined until the engine's first report. */
  | { kind: 'download'; progress: LoadProgress | undefined }
  | { kind: 'verify'; progress: Count | undefined }
  | { kind: 'delete' }

/** How the last task ended, where that is news. */
export type ModelOutcome =
  | { kind: 'downloaded' }
  | { kind: 'verified'; report: VerifyReport }
  | { kind: 'deleted'; freedBytes: number }

/** One model of the list. */
export interface ModelEntry {
  /** Its name in storage: an absolute address, or what a pick is called. */
  model: string
  kind: ModelKind
  card: ModelCard
  /** Every file together; undefined until somebody has looked. */
  totalBytes: number | undefined
  parameterCount: number | undefined
  /** The longest context it was made for; undefined until somebody has looked. */
  maxContextTokens: number | undefined
  /** The context to make room for when it is loaded. */
  contextTokens: number
  /** What it takes on this GPU with that context, or why that could not be found out. */
  memory: MemoryReport | undefined
  memoryError: EngineErrorData | undefined
  /** What of it is in this browser's storage; undefined where nothing is. */
  stored:
    | (Pick<StoredModelSummary, 'storedBytes' | 'totalBytes' | 'publishedCommit'> & {
        isComplete: boolean
      })
    | undefined
  task: ModelTask | undefined
  /** What ended the last task. */
  error: EngineErrorData | undefined
  outcome: ModelOutcome | undefined
  /** Of a pick: true where the browser can open it again on the next visit. */
  isKept: boolean
}

/** What the device check found out so far. */
export interface DeviceCheck {
  running: boolean
  device: DeviceReport | undefined
  /** By model, in the order in which they were tried. */
  probes: Readonly<Record<string, DeviceReport>>
  error: EngineErrorData | undefined
}

export interface ModelsState {
  models: readonly ModelEntry[]
  storage: StorageReport | undefined
  /** Why nothing can be kept; undefined where something can. */
  storageError: EngineErrorData | undefined
  /** What the browser answered when it was asked not to clear the storage by itself. */
  persistence: 'unasked' | 'granted' | 'refused'
  deviceCheck: DeviceCheck

  /** Loads the model of the last visit if it is here, else the first of the list. */
  start(): Promise<void>
  /** Finds out what is stored, and how much room there is. */
  refresh(): Promise<void>
  /**
   * Finds out what the models take on this GPU, as far as that is not known yet; or what one of them
   * takes. A model whose card has its facts is assessed without a network.
   */
  assess(model?: string): Promise<void>
  /**
   * Adds the model at an address that a person typed, after a look at its small files.
   * @returns why it was not added; undefined when it was
   */
  addAddress(typed: string, signal?: AbortSignal): Promise<EngineErrorData | undefined>
  /**
   * Adds files that a person picked or dropped, after a look at them.
   * @returns why they were not added; undefined when they were
   */
  addPick(picked: PickedModel): Promise<EngineErrorData | undefined>
  /** Takes a model of the person's own from the list; what is stored of it is deleted. */
  remove(model: string): Promise<void>
  setContextTokens(model: string, tokens: number): Promise<void>
  /** Downloads what is missing. */
  download(model: string): Promise<void>
  /**
   * Goes on with the downloads and the load that a lost network has ended: an interface is up again.
   * Names may be resolved only later, so what is lost again is tried again for two minutes, unless the
   * interface goes down; what somebody has paused or deleted meanwhile is not.
   */
  resumeLost(): void
  /** Ends what is under way with a model and keeps what is there; resolves when it has ended. */
  pause(model: string): Promise<void>
  /** Hashes what is stored again. */
  verify(model: string): Promise<void>
  /** Ends what is under way with a model and deletes what is stored of it. */
  deleteStored(model: string): Promise<void>
  /** Puts a model on the GPU in place of the one that is there. */
  use(model: string): Promise<void>
  /** Asks the adapter what it offers, then tries whether it grants what each known model takes. */
  checkDevice(): Promise<void>
  /** Tries whether the GPU grants what one model takes. */
  probe(model: string): Promise<void>
}

export type ModelsStore = StoreApi<ModelsState>

export interface ModelsEnvironment {
  engine: Omit<
    Engine,
    'load' | 'chat' | 'countTokens' | 'tokenTexts' | 'measure' | 'measureCopyRate'
  >
  engineStore: EngineStore
  settings: SettingsStore
  picks: Picks
  /** The page's address, against which the bundled model's is resolved. */
  base: string
  /** `navigator.onLine`: false where no request can succeed. */
  isOnline: () => boolean
  /** Calls `ring` after `ms` milliseconds, unless the returned function is called before. */
  setTimer: (ms: number, ring: () => void) => () => void
}

/** Context that a model gets until somebody chooses another. */
const defaultContextTokens = 8192

/** Pauses between the times that what a lost network has ended is tried again once it is back. */
const resumePausesMs = [2_000, 4_000, 8_000, 16_000, 32_000, 60_000]

/** The list of models, and what is being done with each. */
export function createModelsStore(environment: ModelsEnvironment): ModelsStore {
  const { engine, engineStore, settings, picks, base, isOnline, setTimer } = environment
  const tasks = new Map<string, { controller: AbortController; ended: Promise<void> }>()

  return createStore<ModelsState>()((set, get) => {
    function update(model: string, change: Partial<ModelEntry>) {
      set(({ models }) => ({
        models: models.map((entry) => (entry.model === model ? { ...entry, ...change } : entry)),
      }))
    }

    const find = (model: string) => get().models.find((entry) => entry.model === model)

    function newEntry(model: string, kind: ModelKind, card: ModelCard): ModelEntry {
      return {
        model,
        kind,
        card,
        totalBytes: card.facts?.totalBytes,
        parameterCount: card.facts?.parameterCount,
        maxContextTokens: card.facts?.config.max_position_embeddings,
        contextTokens: settings.getState().contextTokens[model] ?? defaultContextTokens,
        memory: undefined,
        memoryError: undefined,
        stored: undefined,
        task: undefined,
        error: undefined,
        outcome: undefined,
        isKept: kind !== 'picked',
      }
    }

    /** The list grows by those that are not in it. */
    function list(entries: readonly ModelEntry[]) {
      const fresh = entries.filter(({ model }) => !find(model))
      if (fresh.length > 0) set(({ models }) => ({ models: [...models, ...fresh] }))
    }

    function listAdded() {
      list(
        settings
          .getState()
          .addedModels.map(({ model, label }) =>
            newEntry(model, 'address', unknownCard(model, label)),
          ),
      )
    }

    /** Does one thing with a model's files; whatever else is done with them ends first. */
    async function runTask(
      model: string,
      task: ModelTask,
      work: (signal: AbortSignal) => Promise<Partial<ModelEntry> | undefined>,
    ) {
      const controller = new AbortController()
      const { signal } = controller
      const before = tasks.get(model)
      before?.controller.abort()

      async function run() {
        await before?.ended
        update(model, { task, error: undefined, outcome: undefined })
        let change: Partial<ModelEntry> | undefined
        try {
          change = await work(signal)
        } catch (thrown) {
          const error = errorData(thrown)
          if (error.code !== 'cancelled' && !signal.aborted) change = { error }
        }
        await get().refresh()
        update(model, { ...change, task: undefined })
      }
      const ended = run().finally(() => {
        if (tasks.get(model)?.controller === controller) tasks.delete(model)
      })
      tasks.set(model, { controller, ended })
      await ended
    }

    /** Asks once a visit, when something is about to be kept. */
    async function askToPersist() {
      if (get().persistence !== 'unasked' || get().storage?.isPersistent) return
      set({ persistence: (await engine.persist()) ? 'granted' : 'refused' })
      await get().refresh()
    }

    /** What to read: a pick's files, or nothing where the address says it. */
    async function sourceOf(entry: ModelEntry) {
      if (entry.kind !== 'picked') return { model: entry.model }
      return { model: entry.model, files: await picks.open(entry.model) }
    }

    async function assessOne(entry: ModelEntry) {
      const { model, contextTokens, card } = entry
      /** Nobody has chosen another context meanwhile. */
      const isCurrent = () => find(model)?.contextTokens === contextTokens
      try {
        const { config } = card.facts ?? {}
        if (config) {
          const memory = await engine.assess({ config, contextTokens })
          if (isCurrent()) update(model, { memory, memoryError: undefined })
          return
        }
        const report = await engine.inspect({ ...(await sourceOf(entry)), contextTokens })
        if (isCurrent()) update(model, { ...factsOf(report), memoryError: undefined })
      } catch (thrown) {
        if (isCurrent()) update(model, { memoryError: errorData(thrown) })
      }
    }

    /** A pick cannot be read again until its person has said so, which takes a click. */
    const canAssess = ({ kind, model }: ModelEntry) => kind !== 'picked' || picks.isOpen(model)

    async function probeOne(entry: ModelEntry) {
      const { config } = entry.card.facts ?? {}
      if (!config) return
      const report = await engine.checkDevice({ config, contextTokens: entry.contextTokens })
      const probes = { ...get().deviceCheck.probes, [entry.model]: report }
      set({ deviceCheck: { ...get().deviceCheck, device: report, probes } })
    }

    async function runCheck(work: () => Promise<void>) {
      if (get().deviceCheck.running) return
      set({ deviceCheck: { ...get().deviceCheck, running: true, error: undefined } })
      try {
        await work()
      } catch (thrown) {
        set({ deviceCheck: { ...get().deviceCheck, error: errorData(thrown) } })
      }
      set({ deviceCheck: { ...get().deviceCheck, running: false } })
      await assessAgain()
    }

    /** What a device has granted or refused changes what can be said of every model. */
    async function assessAgain() {
      const known = get().models.filter((entry) => entry.memory && canAssess(entry))
      await Promise.all(known.map(assessOne))
    }

    let stopResuming = () => {}

    /** Goes on with what is lost now, and after each pause with what is lost by then. */
    function resume([pauseMs, ...later]: readonly number[]) {
      const { status, load } = engineStore.getState()
      if (status.phase === 'failed' && isLost(status.error)) void load()
      for (const { model, error } of get().models)
        if (error && isLost(error)) void get().download(model)
      if (pauseMs === undefined) return
      stopResuming = setTimer(pauseMs, () => {
        if (isOnline()) resume(later)
      })
    }

    engineStore.subscribe(({ status, target }, before) => {
      if (status.phase === before.status.phase) return
      if (status.phase === 'loading') settings.getState().setLastModel(undefined)
      if (status.phase === 'ready') settings.getState().setLastModel(target.model)
      if (status.phase === 'ready' || status.phase === 'failed') void assessAgain()
      if (before.status.phase === 'loading') void get().refresh()
    })
    settings.subscribe(({ addedModels }, before) => {
      if (addedModels !== before.addedModels) listAdded()
    })

    return {
      models: [
        ...builtInModels.map((card) => newEntry(modelAddress(card, base), 'built-in', card)),
        ...settings
          .getState()
          .addedModels.map(({ model, label }) =>
            newEntry(model, 'address', unknownCard(model, label)),
          ),
      ],
      storage: undefined,
      storageError: undefined,
      persistence: 'unasked',
      deviceCheck: { running: false, device: undefined, probes: {}, error: undefined },

      async start() {
        const { lastModel } = settings.getState()
        const isFirst = lastModel === undefined || lastModel === get().models[0]?.model
        // The bundled model is loaded at once: it is small, and nothing need be known about it.
        const loading = isFirst ? engineStore.getState().load() : undefined
        const kept = await picks.restore()
        list(
          kept.map((name) => ({
            ...newEntry(name, 'picked', unknownCard(name, pickLabel(name))),
            isKept: true,
          })),
        )
        await get().refresh()
        if (!isFirst) {
          const last = find(lastModel)
          const isHere = last?.stored?.isComplete || (last && picks.isOpen(last.model))
          await (isHere ? get().use(lastModel) : engineStore.getState().load())
        }
        await loading
      },

      async refresh() {
        try {
          const [stored, storage] = await Promise.all([engine.listModels(), engine.storage()])
          // What was downloaded by an address that has left the list still takes room.
          list(
            stored
              .filter(({ model }) => !find(model))
              .map(({ model }) => newEntry(model, 'address', unknownCard(model, labelOf(model)))),
          )
          set(({ models }) => ({
            storage,
            storageError: undefined,
            models: models.map((entry) => {
              const found = stored.find(({ model }) => model === entry.model)
              if (!found) return { ...entry, stored: undefined }
              const { storedBytes, totalBytes, completedAt, publishedCommit } = found
              const isComplete = completedAt !== undefined
              return {
                ...entry,
                totalBytes,
                stored: { storedBytes, totalBytes, publishedCommit, isComplete },
              }
            }),
          }))
        } catch (thrown) {
          set({ storage: undefined, storageError: errorData(thrown) })
        }
      },

      async assess(model) {
        const open = get().models.filter(
          (entry) =>
            !entry.memory && canAssess(entry) && (model === undefined || entry.model === model),
        )
        await Promise.all(open.map(assessOne))
      },

      async addAddress(typed, signal) {
        try {
          const asked = parseModelAddress(typed)
          const known = find(asked.model)
          if (known && known.kind !== 'address') return undefined
          const report = await engine.inspect({ model: asked.model }, { signal })
          const { model, label } = parseModelAddress(report.model)
          settings.getState().addModel({ model, label })
          listAdded()
          update(model, { ...factsOf(report), memoryError: undefined })
        } catch (thrown) {
          return errorData(thrown)
        }
      },

      async addPick(picked) {
        try {
          const report = await engine.inspect({ model: picked.name, files: picked.files })
          const isKept = await picks.add(picked)
          list([newEntry(picked.name, 'picked', unknownCard(picked.name, pickLabel(picked.name)))])
          update(picked.name, { ...factsOf(report), memoryError: undefined, isKept })
        } catch (thrown) {
          return errorData(thrown)
        }
      },

      async remove(model) {
        if (find(model)?.stored) await get().deleteStored(model)
        if (find(model)?.error) return
        await picks.remove(model)
        settings.getState().removeModel(model)
        set(({ models }) => ({ models: models.filter((entry) => entry.model !== model) }))
      },

      async setContextTokens(model, contextTokens) {
        settings.getState().setContextTokens(model, contextTokens)
        update(model, { contextTokens })
        const entry = find(model)
        if (entry && canAssess(entry)) await assessOne(entry)
      },

      async download(model) {
        void askToPersist()
        await runTask(model, { kind: 'download', progress: undefined }, async (signal) => {
          await engine.download(
            { model },
            {
              signal,
              onProgress: (progress) => {
                if (!signal.aborted) update(model, { task: { kind: 'download', progress } })
              },
            },
          )
          return { outcome: { kind: 'downloaded' } }
        })
      },

      resumeLost() {
        stopResuming()
        resume(resumePausesMs)
      },

      async pause(model) {
        const { target, status, cancel } = engineStore.getState()
        if (target.model === model && status.phase === 'loading') await cancel()
        const task = tasks.get(model)
        task?.controller.abort()
        await task?.ended
        await get().refresh()
      },

      async verify(model) {
        await runTask(model, { kind: 'verify', progress: undefined }, async (signal) => {
          const report = await engine.verify(
            { model },
            {
              signal,
              onProgress: (progress) => {
                if (!signal.aborted) update(model, { task: { kind: 'verify', progress } })
              },
            },
          )
          return { outcome: { kind: 'verified', report } }
        })
      },

      async deleteStored(model) {
        await get().pause(model)
        await runTask(model, { kind: 'delete' }, async () => {
          const { freedBytes } = await engine.deleteWeights(model)
          return { outcome: { kind: 'deleted', freedBytes } }
        })
      },

      async use(model) {
        const entry = find(model)
        if (!entry) return
        update(model, { error: undefined, outcome: undefined })
        try {
          const source = await sourceOf(entry)
          if (entry.kind !== 'picked' && !entry.stored?.isComplete) void askToPersist()
          if (entry.kind === 'picked' && !entry.memory) void assessOne(entry)
          await engineStore.getState().use({ ...source, contextTokens: entry.contextTokens })
        } catch (thrown) {
          update(model, { error: errorData(thrown) })
        }
      },

      checkDevice: () =>
        runCheck(async () => {
          const device = await engine.checkDevice()
          set({ deviceCheck: { ...get().deviceCheck, device, probes: {} } })
          for (const entry of get().models) await probeOne(entry)
        }),

      probe: (model) =>
        runCheck(async () => {
          const entry = find(model)
          if (entry) await probeOne(entry)
        }),
    }
  })
}

/** Whether a network that comes back changes this; a server that forbids pages to read stays one. */
const isLost = (error: EngineErrorData) => error.code === 'network' && !error.isBlocked

/** What a look at a model's files has told. */
function factsOf(report: Awaited<ReturnType<Engine['inspect']>>): Partial<ModelEntry> {
  return {
    totalBytes: report.totalBytes,
    parameterCount: report.parameterCount,
    maxContextTokens: report.config.maxPositionEmbeddings,
    memory: report.memory,
  }
}

/** What to call a model of which only the address is left. */
function labelOf(model: string): string {
  try {
    return parseModelAddress(model).label
  } catch (thrown) {
    if (thrown instanceof EngineError) return model
    throw thrown
  }
}

/** A pick's name without what keeps it apart from addresses. */
function pickLabel(name: string): string {
  return name.replace(/^picked:/, '')
}
