import type { Gpu } from './device'
import { compileDispatches, type Dispatch, encode, type Work } from './kernel'

/**
 * Chooses between ways to compute the same thing by trying them on the device, once.
 *
 * Trials run one after another on a sample of the work; a variant whose result is wrong, or that fails, is
 * out of the question, and one that is right must be clearly faster than the likeliest to take its place.
 * All of it ends after a budget of time: what has not been tried by then stays as it is, and the next start
 * goes on with it. What was found is kept by adapter and by the shaders' text, so that later starts only look
 * it up. Where trying decided nothing, since a page was closed or a device went away, one later start tries again.
 */

/** One decision to be made. */
export interface Trial {
  readonly name: string
  /** Names of all that this device can run, the likeliest first. */
  readonly variants: readonly [string, ...string[]]
  /** Makes operands, which the variants share, and returns what binds a variant to them. */
  samples(gpu: Gpu): (variant: string) => Sample
}

/** A variant bound to operands; its results are its own. */
export interface Sample {
  readonly dispatches: readonly Dispatch[]
  readonly work: Work
  /** Whether its results are right; asked once it has run. */
  isRight(): Promise<boolean>
}

/** The variants chosen, by the trials' names. */
export type Choices = Readonly<Record<string, string>>

/** What is kept between visits. */
export interface Tuning {
  /** What has been decided so far; of some trials nothing may be. */
  readonly choices: Choices
  /** How many starts in a row have begun to try and decided nothing: trials may take browser or system down. */
  readonly attempts: number
}

/** Where it is kept. */
export interface TuningStore {
  /** What was last set under this key, if anything; it may be damaged or of an earlier version. */
  get(key: string): Promise<unknown>
  set(key: string, tuning: Tuning): Promise<void>
}

export interface TunerOptions {
  store: TuningStore
  /** A device that nobody else uses: what becomes of it here happens to no model. */
  openGpu: () => Promise<Gpu>
  /** Text of all shaders that take part: another text, and what was found no longer counts. */
  shaders: string
  budgetMs?: number
  now?: () => number
}

/** Of other variants so much less time is asked, lest chance decides. */
const clearlyFaster = 0.95
/** So that with what cannot be cut off, a compiler at work, it is under two seconds of a start. */
const defaultBudgetMs = 1500

/** Storage that takes longer than this counts as none. */
const storageMs = 1000
/** What came to no end so often is not tried again. */
const maxAttempts = 2

/** What is chosen without trying. */
export const likeliestChoices = (trials: readonly Trial[]): Choices =>
  Object.fromEntries(trials.map(({ name, variants: [likeliest] }) => [name, likeliest]))

/**
 * The choices for the adapter of `gpu`: those that are kept, or those that trying finds. Whatever goes
 * wrong, a lost device, memory, storage, is no error here, and leaves the likeliest.
 */
export async function tune(
  gpu: Gpu,
  trials: readonly Trial[],
  options: TunerOptions,
): Promise<Choices> {
  const likeliest = likeliestChoices(trials)
  const open = trials.filter(({ variants }) => variants.length > 1)
  if (open.length === 0) return likeliest
  const { store } = options
  const key = tuningKey(gpu, options.shaders)
  let choices = likeliest
  try {
    const kept = parseTuning(await stopWaiting(store.get(key)), trials)
    choices = { ...likeliest, ...kept.choices }
    const untried = open.filter(({ name }) => !(name in kept.choices))
    if (untried.length === 0 || kept.attempts >= maxAttempts) return choices
    const attempts = kept.attempts + 1
    await stopWaiting(store.set(key, { choices: kept.choices, attempts }))
    const found = await tryOut(untried, options)
    choices = { ...choices, ...found }
    const decided = { ...kept.choices, ...found }
    const isSomeFound = Object.keys(found).length > 0
    // Who waits for the model need not wait for this; where it fails, the next start tries again.
    store.set(key, { choices: decided, attempts: isSomeFound ? 0 : attempts }).catch(() => {})
    return choices
  } catch {
    return choices
  }
}

/** @throws Error where `work` fails or takes too long */
async function stopWaiting<T>(work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('storage does not answer')), storageMs)
  })
  try {
    return await Promise.race([work, tooLong])
  } finally {
    clearTimeout(timer)
  }
}

/** What could be decided in time, of the first trial at least what was found of it. */
async function tryOut(
  trials: readonly Trial[],
  { openGpu, budgetMs = defaultBudgetMs, now = () => performance.now() }: TunerOptions,
): Promise<Choices> {
  const deadline = createDeadline(budgetMs, now)
  const found: Record<string, string> = {}
  let gpu: Gpu | undefined
  try {
    gpu = await openInTime(openGpu, deadline)
    for (const trial of trials) {
      const { variant, isWhole } = await decide(gpu, trial, deadline, now)
      const hadAllTheTime = trial === trials[0]
      if (isWhole || hadAllTheTime) found[trial.name] = variant
      if (!isWhole) break
    }
  } finally {
    gpu?.device.destroy()
    deadline.cancel()
  }
  return found
}

/** @throws Error where the device does not open before the deadline; should it yet, it is closed. */
async function openInTime(openGpu: () => Promise<Gpu>, deadline: Deadline): Promise<Gpu> {
  const opening = openGpu()
  const gpu = await Promise.race([opening, deadline.passed])
  if (gpu !== 'late') return gpu
  opening.then(
    ({ device }) => device.destroy(),
    () => {},
  )
  throw new Error('the device does not open')
}

function decide(
  gpu: Gpu,
  { variants, samples }: Trial,
  deadline: Deadline,
  now: () => number,
): Promise<Found> {
  let bind: ((variant: string) => Sample) | undefined
  const time = async (variant: string, toBeatMs: number) => {
    const sample = await refusing(gpu, () => {
      bind ??= samples(gpu)
      return bind(variant)
    })
    return timeSample(gpu, sample, toBeatMs, now)
  }
  return fastest(variants, time, deadline)
}

/** Ends trials after some time. */
export interface Deadline {
  readonly passed: Promise<'late'>
  isPast(): boolean
  cancel(): void
}

function createDeadline(budgetMs: number, now: () => number): Deadline {
  const startedMs = now()
  let timer: ReturnType<typeof setTimeout> | undefined
  const passed = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), budgetMs)
  })
  return {
    passed,
    // No timer goes off while a sample is being made.
    isPast: () => now() - startedMs >= budgetMs,
    cancel: () => clearTimeout(timer),
  }
}

export interface Found {
  variant: string
  /** Whether all variants were tried before the deadline. */
  isWhole: boolean
}

/**
 * The variant that takes the least time; the first unless another is clearly faster.
 * @param time milliseconds that a variant takes, about where it does not come near those to beat; undefined, or
 *   a failure, where it must not be used
 */
export async function fastest(
  variants: readonly [string, ...string[]],
  time: (variant: string, toBeatMs: number) => Promise<number | undefined>,
  deadline: Deadline,
): Promise<Found> {
  const [likeliest] = variants
  let best = likeliest
  let bestMs: number | undefined
  const inTime = (variant: string, toBeatMs = Number.POSITIVE_INFINITY) =>
    Promise.race([time(variant, toBeatMs).catch(() => undefined), deadline.passed])
  const wins = (ms: number) =>
    bestMs === undefined || ms < (best === likeliest ? clearlyFaster : 1) * bestMs
  let isTimedAgain = false
  for (const variant of variants) {
    if (deadline.isPast()) return { variant: best, isWhole: false }
    const ms = await inTime(variant, bestMs)
    // Without the likeliest one's time there is nothing to compare with.
    if (ms === 'late') return { variant: best, isWhole: false }
    if (ms === undefined) continue
    // It was the first to run, perhaps on a GPU that had yet to raise its clock.
    if (bestMs !== undefined && best === likeliest && wins(ms) && !isTimedAgain) {
      if (deadline.isPast()) return { variant: best, isWhole: false }
      const again = await inTime(likeliest)
      if (again === 'late') return { variant: best, isWhole: false }
      bestMs = Math.min(bestMs, again ?? bestMs)
      isTimedAgain = true
    }
    if (!wins(ms)) continue
    best = variant
    bestMs = ms
  }
  return { variant: best, isWhole: true }
}

/** What `make` makes; what the device refuses of it, a shader or memory, fails here and nowhere else. */
async function refusing<T>(gpu: Gpu, make: () => T): Promise<T> {
  const { device } = gpu
  device.pushErrorScope('out-of-memory')
  device.pushErrorScope('validation')
  const made = [(async () => make())(), device.popErrorScope(), device.popErrorScope()] as const
  const [value, ...refusals] = await gpu.settle(Promise.all(made))
  const refusal = refusals.find((error) => error !== null)
  if (refusal) throw new Error(refusal.message)
  return value
}

/** A batch takes at least so long, beside which submitting and waiting cost little. */
const batchMs = 15
const maxRepeats = 256
const batches = 3

/** What takes so many times as long as the best so far is not measured any better. */
const clearlySlower = 1.5

/** Milliseconds that a sample takes; undefined where its result is wrong. */
async function timeSample(
  gpu: Gpu,
  { dispatches, work, isRight }: Sample,
  toBeatMs: number,
  now: () => number,
): Promise<number | undefined> {
  const time = async (repeats: number) => {
    const encoder = gpu.device.createCommandEncoder()
    const pass = encoder.beginComputePass()
    for (let i = 0; i < repeats; i++) encode(pass, dispatches, work)
    pass.end()
    const startedMs = now()
    gpu.device.queue.submit([encoder.finish()])
    await gpu.settle(gpu.device.queue.onSubmittedWorkDone())
    return now() - startedMs
  }

  await compileDispatches(dispatches)
  await time(1) // a driver may compile at the first use
  if (!(await isRight())) return undefined
  let repeats = 1
  let ms = await time(repeats)
  while (ms < batchMs && repeats < maxRepeats) {
    repeats *= 4
    ms = await time(repeats)
  }
  // Whatever else goes on only adds to the time.
  let least = ms
  for (let batch = 1; batch < batches && least < clearlySlower * repeats * toBeatMs; batch++)
    least = Math.min(least, await time(repeats))
  return least / repeats
}

/** Another adapter, other abilities or other shaders are another key. */
export function tuningKey(
  { adapter, features, subgroupMinSize, device }: Gpu,
  shaders: string,
): string {
  const { vendor, architecture, description } = adapter
  const name = device.adapterInfo?.device ?? '' // not every browser tells
  const able = Object.entries(features).flatMap(([feature, has]) => (has ? [feature] : []))
  return [vendor, architecture, name, description, ...able, subgroupMinSize, hash(shaders)].join(
    '|',
  )
}

/** FNV-1a, 32 bits: tells versions of a text apart, and need withstand nobody. */
function hash(text: string): string {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++)
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0
  return value.toString(16)
}

/** What was kept, as far as it is sound and of what the device can run. */
function parseTuning(kept: unknown, trials: readonly Trial[]): Tuning {
  const { choices, attempts } = (kept ?? {}) as Partial<Record<keyof Tuning, unknown>>
  const chosen = (choices ?? {}) as Readonly<Record<string, unknown>>
  return {
    choices: Object.fromEntries(
      trials.flatMap(({ name, variants }) => {
        const variant = variants.find((known) => known === chosen[name])
        return variant === undefined ? [] : [[name, variant]]
      }),
    ),
    attempts: typeof attempts === 'number' ? attempts : 0,
  }
}
