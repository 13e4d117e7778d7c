import type { Engine, Measurement } from '../../engine/index'
import { type Spread, spreadOf } from './spread'

/** What is measured at each context. */
export interface BenchmarkPlan {
  /** Tokens before the prompt. */
  contexts: readonly number[]
  promptTokens: number
  /** Decoded after the first token; 0 where only prefill is asked for. */
  decodedTokens: number
  /** At each context, at most: no further one begins there after `spentMs`. */
  rounds: number
  spentMs: number
}

/** Speeds after a context of some length. */
export interface Speeds {
  contextTokens: number
  /** Tokens a second. */
  prefill: Spread
  /** From the prompt to its first token, in milliseconds. */
  firstTokenMs: Spread
  decode: Decode | undefined
}

interface Decode {
  tokensPerSecond: Spread
  dispatchesPerToken: number
  bytesPerToken: number
  /** Those bytes at that speed, of what the device copies in the same time; undefined where that is not known. */
  shareOfCopy: number | undefined
}

export interface BenchmarkResult {
  /** Read and written ones both counted; undefined where the device has no room to try it. */
  copyBytesPerSecond: number | undefined
  speeds: Speeds[]
}

export interface BenchmarkProgress {
  /** Measurements, of all there will be at most. */
  done: number
  total: number
  /** The context that is being measured, and how much of it is prefilled. */
  contextTokens: number
  prefilledTokens: number
}

interface BenchmarkOptions {
  signal?: AbortSignal | undefined
  onProgress?: ((progress: BenchmarkProgress) => void) | undefined
}

/**
 * Measures a loaded model: what memory allows, then prompts and answers at each context. The first
 * round of each is for warming up and does not count.
 * @throws EngineError what `measure` throws
 */
export async function runBenchmark(
  engine: Pick<Engine, 'measure' | 'measureCopyRate'>,
  { contexts, promptTokens, decodedTokens, rounds, spentMs }: BenchmarkPlan,
  { signal, onProgress = () => {} }: BenchmarkOptions = {},
): Promise<BenchmarkResult> {
  const perContext = 1 + rounds
  const total = contexts.length * perContext
  const copyBytesPerSecond = await engine.measureCopyRate()
  const speeds: Speeds[] = []
  for (const [index, contextTokens] of contexts.entries()) {
    const report = (round: number, prefilledTokens: number) =>
      onProgress({ done: index * perContext + round, total, contextTokens, prefilledTokens })
    const measure = (round: number) =>
      engine.measure(
        { contextTokens, promptTokens, decodedTokens, seed: round },
        { signal, onProgress: ({ done }) => report(round, done) },
      )
    report(0, 0)
    await measure(0)
    const measured: Measurement[] = []
    const startedMs = performance.now()
    do {
      report(1 + measured.length, contextTokens)
      measured.push(await measure(1 + measured.length))
    } while (measured.length < rounds && performance.now() - startedMs < spentMs)
    const { token } = measured[0] as Measurement
    speeds.push({
      contextTokens,
      prefill: spreadOf(measured.map(({ prefillMs }) => (1000 * promptTokens) / prefillMs)),
      firstTokenMs: spreadOf(measured.map(({ firstTokenMs }) => firstTokenMs)),
      decode: token && decodeOf(measured, token, decodedTokens, copyBytesPerSecond),
    })
  }
  return { copyBytesPerSecond, speeds }
}

function decodeOf(
  measured: readonly Measurement[],
  { dispatches, neededBytes }: NonNullable<Measurement['token']>,
  decodedTokens: number,
  copyBytesPerSecond: number | undefined,
): Decode {
  const tokensPerSecond = spreadOf(
    measured.map(({ decodeMs }) => (1000 * decodedTokens) / decodeMs),
  )
  return {
    tokensPerSecond,
    dispatchesPerToken: dispatches,
    bytesPerToken: neededBytes,
    shareOfCopy: copyBytesPerSecond && (tokensPerSecond.median * neededBytes) / copyBytesPerSecond,
  }
}
