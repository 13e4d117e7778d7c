import type { Gpu } from '../src/engine/gpu/device'
import type { Dispatch } from '../src/engine/gpu/kernel'
import { elementCount, type Tensor, tensorBytes, write } from '../src/engine/gpu/tensor'
import { attention } from '../src/engine/kernels/attention'
import type { DenseFormat } from '../src/engine/kernels/dense-weight'
import { embedding } from '../src/engine/kernels/embedding'
import { expertSort } from '../src/engine/kernels/expert-sort'
import { matmul } from '../src/engine/kernels/matmul'
import { matvec } from '../src/engine/kernels/matvec'
import { moeMatmulMxfp4, moeMatmulMxfp4Swiglu } from '../src/engine/kernels/moe-matmul-mxfp4'
import { moeMatvecMxfp4Sum } from '../src/engine/kernels/moe-matvec-mxfp4-sum'
import { moeSum } from '../src/engine/kernels/moe-sum'
import {
  ggufMxfp4BlockBytes,
  ggufQ80BlockBytes,
  repackMxfp4,
  repackQ80,
} from '../src/engine/kernels/repack'
import { rmsNorm } from '../src/engine/kernels/rms-norm'
import { rmsNormMatvec, rmsNormMatvecWorkgroups } from '../src/engine/kernels/rms-norm-matvec'
import { rope } from '../src/engine/kernels/rope'
import { ropeAttention } from '../src/engine/kernels/rope-attention'
import { sample } from '../src/engine/kernels/sample'
import { mostSplits } from '../src/engine/kernels/splits'
import { teamsOf } from '../src/engine/kernels/team'
import { maxExpertTiles, smallestTileTokens } from '../src/engine/kernels/tile'
import { topK } from '../src/engine/kernels/top-k'
import { topKMoeMatvecMxfp4Swiglu } from '../src/engine/kernels/top-k-moe-matvec-mxfp4-swiglu'
import { likeliestVariants } from '../src/engine/kernels/variants'
import { type Ceilings, measureCeilings } from './ceilings'
import type { Clock } from './clock'
import { measure, run } from './measure'
import { Operands } from './operands'

/** Dimensions of gpt-oss-20b. */
const hidden = 2880
const intermediate = 2880
const heads = 64
const kvHeads = 8
const headDim = 64
const qkvRows = (heads + 2 * kvHeads) * headDim
const vocabulary = 201088
const experts = 32
const chosen = 4
const window = 128

/** Rows of the vocabulary that one binding holds on every device. */
const headRows = 16384

/**
 * A quarter of a layer's experts, to fit every device's bindings. Prefill takes a quarter of the
 * tokens of a chunk with them, so that an expert gets as many as in a chunk of 256.
 */
const someExperts = experts / 4
const prefillTokens = 64

interface Built {
  /** Runs once, before the measurement. */
  prepare?: Dispatch
  /** The same dispatch on as many weights as no cache holds; see `measure`. */
  dispatches: Dispatch[]
  /** What one dispatch must move at least: every operand once. */
  bytes: number
  /** Multiplications and additions of one dispatch; 0 where they are beside the point. */
  operations: number
}

interface Case {
  kernel: string
  shape: string
  /** Token rows of the submission, and where they begin. */
  rows?: number
  position?: number
  /** Binds it to operands of its own, and says how much it has to do. */
  build(operands: Operands, gpu: Gpu): Built
}

/** One kernel at one shape. */
export interface KernelResult {
  kernel: string
  shape: string
  ms: number
  'GB/s': number
  'GFLOP/s': number
  /** Of the memory's or the arithmetic's ceiling, whichever is closer. */
  share: string
}

/** Measures every kernel, in the variant that suits devices of this kind best, whose name contains `only`, and what the device can do at best. */
export async function benchKernels(
  gpu: Gpu,
  clock: Clock,
  only = '',
): Promise<{ ceilings: Ceilings; kernels: KernelResult[] }> {
  const selected = cases.filter(({ kernel }) => kernel.includes(only))
  if (selected.length === 0) throw new Error(`no kernel's name contains "${only}"`)
  const ceilings = await measureCeilings(gpu, clock)
  const kernels: KernelResult[] = []
  for (const { kernel, shape, rows = 1, position = 0, build } of selected) {
    const operands = new Operands(gpu)
    const { prepare, dispatches, bytes, operations } = build(operands, gpu)
    if (prepare) await run(gpu, [prepare], { position, rows })
    const ms = await measure(gpu, clock, dispatches, { position, rows })
    operands.destroy()
    const gigabytes = bytes / ms / 1e6
    const gigaflops = operations / ms / 1e6
    kernels.push({
      kernel,
      shape,
      ms,
      'GB/s': gigabytes,
      'GFLOP/s': gigaflops,
      share: share(
        gigabytes / Math.max(ceilings.copy, ceilings.read),
        gigaflops / ceilings.multiplyAdd,
      ),
    })
  }
  return { ceilings, kernels }
}

const denseFormats: readonly DenseFormat[] = ['bf16', 'f16', 'f32', 'q8_0']

/** Bytes of a dense weight; a group of 32 in q8_0 has a half for its scale. */
function denseBytes(format: DenseFormat, rows: number, channels: number): number {
  const perElement = { bf16: 2, f16: 2, f32: 4, q8_0: 34 / 32 }
  return perElement[format] * rows * channels
}

function share(ofMemory: number, ofArithmetic: number): string {
  const percent = (of: number) => (100 * of < 1 ? '< 1 %' : `${Math.round(100 * of)} %`)
  return ofMemory > ofArithmetic
    ? `${percent(ofMemory)} of memory`
    : `${percent(ofArithmetic)} of FMA`
}

const decode: Case[] = [
  {
    kernel: 'embedding',
    shape: `1 token [${hidden}]`,
    build(operands, gpu) {
      const table = operands.dense('bf16', headRows, hidden)
      const tokens = operands.u32([1], [4711])
      const x = operands.f32([1, hidden])
      return {
        dispatches: [embedding(gpu, { step: operands.step(0, 1), tokens, table, firstRow: 0, x })],
        bytes: 6 * hidden,
        operations: 0,
      }
    },
  },
  ...denseFormats.map((format) => rmsNormMatvecCase('qkv', qkvRows, hidden, format)),
  matvecCase('o_proj', hidden, heads * headDim),
  rmsNormMatvecCase('router', experts, hidden),
  rmsNormMatvecCase(`lm_head's first rows`, headRows, hidden),
  ropeAttentionCase({ position: 4095, visible: 4096 }),
  ropeAttentionCase({ position: 8191, visible: 8192 }),
  ropeAttentionCase({ position: 4095, visible: window }),
  {
    kernel: 'top-k-moe-matvec-mxfp4-swiglu',
    shape: `${chosen} experts × [${2 * intermediate}, ${hidden}]`,
    build: (operands, gpu) =>
      moeMatvec(operands, 2 * intermediate, hidden, (choices, weight) => {
        const logits = operands.f32([1, someExperts])
        write(
          gpu,
          logits,
          Float32Array.from({ length: someExperts }, (_, i) => Number(choices.includes(i))),
        )
        return topKMoeMatvecMxfp4Swiglu(gpu, {
          step: operands.step(0, 1),
          logits,
          x: operands.f32([1, hidden]),
          weight,
          y: operands.f32([chosen, intermediate]),
          expertIds: operands.u32([1, chosen]),
          expertWeights: operands.f32([1, chosen]),
          swigluLimit: 7,
          teams: teamsOf(likeliestVariants(gpu).expertTeams),
        })
      }),
  },
  {
    kernel: 'moe-matvec-mxfp4-sum',
    shape: `${chosen} experts × [${hidden}, ${intermediate}]`,
    build: (operands, gpu) =>
      moeMatvec(operands, hidden, intermediate, (choices, weight) =>
        moeMatvecMxfp4Sum(gpu, {
          step: operands.step(0, 1),
          expertIds: operands.u32([1, chosen], choices),
          expertWeights: operands.f32([1, chosen]),
          x: operands.f32([chosen, intermediate]),
          weight,
          y: operands.f32([1, hidden]),
          teams: teamsOf(likeliestVariants(gpu).expertTeams),
        }),
      ),
  },
  sampleCase('without filters', 1, 1),
  sampleCase('top-p 0.9', 1, 0.9),
]

const prefill: Case[] = [
  rmsNormCase(prefillTokens),
  ...denseFormats.map(matmulCase),
  ropeCase(prefillTokens),
  attentionCase({ tokens: prefillTokens, position: 1024 - prefillTokens, visible: 1024 }),
  attentionCase({ tokens: prefillTokens, position: 1024 - prefillTokens, visible: window }),
  topKCase(prefillTokens),
  {
    kernel: 'expert-sort',
    shape: `256 tokens, ${chosen} of ${experts} experts`,
    rows: 256,
    build(operands, gpu) {
      const tokens = 256
      const expertIds = operands.u32([tokens, chosen], spreadChoices(tokens, experts))
      const lists = expertLists(operands, tokens, experts)
      const { expertTile: tile } = likeliestVariants(gpu)
      const step = operands.step(0, tokens)
      return {
        dispatches: [expertSort(gpu, { step, expertIds, experts, ...lists, tile })],
        bytes: size(expertIds, lists.order, lists.tiles),
        operations: 0,
      }
    },
  },
  {
    kernel: 'moe-matmul-mxfp4-swiglu',
    shape: moeShape(2 * intermediate, hidden),
    rows: prefillTokens,
    build: (operands, gpu) =>
      moeMatmul(operands, gpu, 2 * intermediate, hidden, prefillTokens, (grouped) =>
        moeMatmulMxfp4Swiglu(gpu, {
          ...grouped,
          y: operands.f32([prefillTokens * chosen, intermediate]),
          swigluLimit: 7,
        }),
      ),
  },
  {
    kernel: 'moe-matmul-mxfp4',
    shape: moeShape(hidden, intermediate),
    rows: prefillTokens,
    build: (operands, gpu) =>
      moeMatmul(operands, gpu, hidden, intermediate, prefillTokens * chosen, (grouped) =>
        moeMatmulMxfp4(gpu, { ...grouped, y: operands.f32([prefillTokens * chosen, hidden]) }),
      ),
  },
  {
    kernel: 'moe-sum',
    shape: `${prefillTokens} tokens × ${chosen} [${hidden}]`,
    rows: prefillTokens,
    build(operands, gpu) {
      const expertWeights = operands.f32([prefillTokens, chosen])
      const x = operands.f32([prefillTokens * chosen, hidden])
      const y = operands.f32([prefillTokens, hidden])
      return {
        dispatches: [moeSum(gpu, { expertWeights, x, y })],
        bytes: size(x, y, y),
        operations: 2 * elementCount(x.shape),
      }
    },
  },
]

/** Bytes of a GGUF file that the upload repacks at once. */
const rawBytes = 4 * 2 ** 20

const load: Case[] = [
  {
    kernel: 'repack-mxfp4',
    shape: '4 MiB of gates',
    build(operands, gpu) {
      const weight = operands.experts(someExperts, 2 * intermediate, hidden)
      const blocks = Math.floor(rawBytes / ggufMxfp4BlockBytes)
      const raw = operands.raw(rawBytes)
      return {
        dispatches: [
          repackMxfp4(gpu, { raw, firstByte: 0, blocks, firstBlock: 0, weight, rows: 'even' }),
        ],
        bytes: 2 * blocks * ggufMxfp4BlockBytes,
        operations: 0,
      }
    },
  },
  {
    kernel: 'repack-q8-0',
    shape: '4 MiB of qkv',
    build(operands, gpu) {
      const weight = operands.dense('q8_0', qkvRows, hidden)
      const blocks = Math.floor(rawBytes / ggufQ80BlockBytes)
      const raw = operands.raw(rawBytes)
      return {
        dispatches: [repackQ80(gpu, { raw, firstByte: 0, blocks, firstBlock: 0, weight })],
        bytes: 2 * blocks * ggufQ80BlockBytes,
        operations: 0,
      }
    },
  },
]

const cases = [...decode, ...prefill, ...load]

function rmsNormCase(tokens: number): Case {
  return {
    kernel: 'rms-norm',
    shape: `[${tokens}, ${hidden}]`,
    rows: tokens,
    build(operands, gpu) {
      const x = operands.f32([tokens, hidden])
      const y = operands.f32([tokens, hidden])
      const weight = operands.f32([hidden])
      return {
        dispatches: [rmsNorm(gpu, { x, weight, y, epsilon: 1e-5 })],
        bytes: size(x, y, weight),
        operations: 4 * elementCount(x.shape),
      }
    },
  }
}

function matvecCase(
  name: string,
  rows: number,
  channels: number,
  format: DenseFormat = 'bf16',
): Case {
  return {
    kernel: 'matvec',
    shape: `${name} ${format} [${rows}, ${channels}]`,
    build(operands, gpu) {
      const step = operands.step(0, 1)
      const x = operands.f32([1, channels])
      const y = operands.f32([1, rows])
      const bias = operands.f32([rows])
      const bytes = denseBytes(format, rows, channels)
      const weights = manyTimes(bytes, () => operands.dense(format, rows, channels))
      const teams = teamsOf(likeliestVariants(gpu).denseTeams)
      return {
        dispatches: weights.map((weight) => matvec(gpu, { step, x, weight, bias, y, teams })),
        bytes: bytes + size(x, y, bias),
        operations: 2 * rows * channels,
      }
    },
  }
}

function matmulCase(format: DenseFormat): Case {
  return {
    kernel: 'matmul',
    shape: `qkv ${format} [${qkvRows}, ${hidden}] × ${prefillTokens} tokens`,
    rows: prefillTokens,
    build(operands, gpu) {
      const weight = operands.dense(format, qkvRows, hidden)
      const x = operands.f32([prefillTokens, hidden])
      const y = operands.f32([prefillTokens, qkvRows])
      const bias = operands.f32([qkvRows])
      const step = operands.step(0, prefillTokens)
      return {
        dispatches: [
          matmul(gpu, { step, x, weight, bias, y, tile: likeliestVariants(gpu).denseTile }),
        ],
        bytes: denseBytes(format, qkvRows, hidden) + size(x, y, bias),
        operations: 2 * prefillTokens * qkvRows * hidden,
      }
    },
  }
}

/** What decode makes of `matvec` where a norm comes before it. */
function rmsNormMatvecCase(
  name: string,
  rows: number,
  channels: number,
  format: DenseFormat = 'bf16',
): Case {
  return {
    kernel: 'rms-norm-matvec',
    shape: `${name} ${format} [${rows}, ${channels}]`,
    build(operands, gpu) {
      const step = operands.step(0, 1)
      const x = operands.f32([1, channels])
      const norm = operands.f32([channels])
      const y = operands.f32([1, rows])
      const bias = operands.f32([rows])
      const bytes = denseBytes(format, rows, channels)
      const weights = manyTimes(bytes, () => operands.dense(format, rows, channels))
      const teams = teamsOf(likeliestVariants(gpu).denseTeams)
      return {
        dispatches: weights.map((weight) =>
          rmsNormMatvec(gpu, { step, x, norm, epsilon: 1e-5, weight, bias, y, teams }),
        ),
        bytes: bytes + size(x, norm, y, bias),
        operations: 2 * rows * channels,
      }
    },
  }
}

function ropeCase(tokens: number): Case {
  return {
    kernel: 'rope',
    shape: `${tokens} × [${qkvRows}]`,
    rows: tokens,
    build(operands, gpu) {
      const qkv = operands.f32([tokens, qkvRows])
      const rotations = operands.f32([tokens, headDim / 2, 2])
      const keys = operands.f16([tokens, kvHeads, headDim])
      const values = operands.f16([tokens, kvHeads, headDim])
      const step = operands.step(0, tokens)
      const queries = 4 * tokens * heads * headDim
      return {
        dispatches: [rope(gpu, { step, rotations, qkv, keys, values })],
        bytes: size(qkv, rotations, keys, values) + queries,
        operations: 3 * tokens * (heads + kvHeads) * headDim,
      }
    },
  }
}

/** `visible`: keys that the last token sees; the whole context, or the window. */
function attentionCase({
  tokens,
  position,
  visible,
}: Record<'tokens' | 'position' | 'visible', number>): Case {
  const context = position + tokens
  const isWindowed = visible < context
  return {
    kernel: 'attention',
    shape: `${tokens} at position ${position}, ${isWindowed ? `window ${visible}` : 'full'}`,
    rows: tokens,
    position,
    build(operands, gpu) {
      const qkv = operands.f32([tokens, qkvRows])
      const y = operands.f32([tokens, heads * headDim])
      const sinks = operands.f32([heads])
      const step = operands.step(position, tokens)
      const shape = [context, kvHeads, headDim]
      const cacheBytes = 2 * tensorBytes('f16', shape)
      const caches = manyTimes(cacheBytes, () => ({
        keys: operands.f16(shape),
        values: operands.f16(shape),
      }))
      // Token t sees what the last one sees, less the tokens after it where nothing hides the first.
      const hidden = isWindowed ? 0 : (tokens * (tokens - 1)) / 2
      const pairs = tokens * visible - hidden
      const seen = Math.min(context, visible + tokens - 1)
      return {
        dispatches: caches.map((cache) =>
          attention(gpu, {
            step,
            qkv,
            ...cache,
            sinks,
            y,
            window: isWindowed ? visible : 0,
            by: likeliestVariants(gpu).attention,
          }),
        ),
        bytes: (cacheBytes * seen) / context + size(y, y),
        operations: 4 * heads * headDim * pairs,
      }
    },
  }
}

/** `visible`: keys that the token sees; the whole context, or the window. */
function ropeAttentionCase({ position, visible }: Record<'position' | 'visible', number>): Case {
  const context = position + 1
  const isWindowed = visible < context
  return {
    kernel: 'rope-attention',
    shape: `position ${position}, ${isWindowed ? `window ${visible}` : 'full'}`,
    position,
    build(operands, gpu) {
      const qkv = operands.f32([1, qkvRows])
      const y = operands.f32([1, heads * headDim])
      const sinks = operands.f32([heads])
      const rotations = operands.f32([context, headDim / 2, 2])
      const partials = operands.f32([mostSplits(context, headDim), heads, headDim + 2])
      const step = operands.step(position, 1)
      const shape = [context, kvHeads, headDim]
      const cacheBytes = 2 * tensorBytes('f16', shape)
      const caches = manyTimes(cacheBytes, () => ({
        keys: operands.f16(shape),
        values: operands.f16(shape),
      }))
      const by = likeliestVariants(gpu).decodeAttention
      const attended = { sinks, y, partials, window: isWindowed ? visible : 0, by }
      return {
        dispatches: caches.map((cache) =>
          ropeAttention(gpu, { step, rotations, qkv, ...cache, ...attended }),
        ),
        bytes: (cacheBytes * visible) / context + size(qkv, y),
        operations: 4 * heads * headDim * visible,
      }
    },
  }
}

function topKCase(tokens: number): Case {
  return {
    kernel: 'top-k',
    shape: `${tokens} × ${chosen} of ${experts}`,
    rows: tokens,
    build(operands, gpu) {
      const logits = operands.f32([tokens, experts])
      const expertIds = operands.u32([tokens, chosen])
      const expertWeights = operands.f32([tokens, chosen])
      const step = operands.step(0, tokens)
      return {
        dispatches: [topK(gpu, { step, logits, expertIds, expertWeights })],
        bytes: size(logits, expertIds, expertWeights),
        operations: 0,
      }
    },
  }
}

function sampleCase(name: string, temperature: number, topP: number): Case {
  return {
    kernel: 'sample',
    shape: `${name} [${vocabulary}]`,
    build(operands, gpu) {
      const logits = operands.f32([1, vocabulary])
      const seen = operands.u32([Math.ceil(vocabulary / 32)])
      // struct Sampling: temperature, top_k, top_p, min_p, repetition_penalty, seed, no stop tokens, tokens
      const fields = new Float32Array(24)
      fields.set([temperature, 0, topP, 0, 1, 0])
      new Uint32Array(fields.buffer)[7] = vocabulary
      const candidates = operands.u32([rmsNormMatvecWorkgroups(vocabulary, hidden), 2])
      const isFiltered = topP < 1
      return {
        dispatches: [
          sample(gpu, {
            step: operands.step(0, 1),
            sampling: operands.uniform(fields),
            logits,
            seen,
            nextToken: operands.u32([1]),
            candidates,
            candidateCount: candidates.shape[0] as number,
            isFiltered: () => isFiltered,
          }),
        ],
        bytes: isFiltered ? size(logits, seen, candidates) : size(candidates),
        operations: 0,
      }
    },
  }
}

/** A matrix-vector product of the chosen among some experts; each variant chooses others. */
function moeMatvec(
  operands: Operands,
  rows: number,
  channels: number,
  bind: (choices: number[], weight: ReturnType<Operands['experts']>) => Dispatch,
) {
  const bytes = chosen * mxfp4Bytes(rows, channels)
  const choices = Array.from({ length: someExperts / chosen }, (_, i) =>
    [0, 1, 2, 3].map((expert) => expert + i * chosen),
  )
  const weights = manyTimes(bytes * choices.length, () =>
    operands.experts(someExperts, rows, channels),
  )
  return {
    dispatches: weights.flatMap((weight) => choices.map((ids) => bind(ids, weight))),
    bytes,
    operations: 2 * chosen * rows * channels,
  }
}

/** A grouped product of some experts with the pairs that an evenly spread router gives them. */
function moeMatmul(
  operands: Operands,
  gpu: Gpu,
  rows: number,
  channels: number,
  inputRows: number,
  bind: (grouped: Omit<Parameters<typeof moeMatmulMxfp4>[1], 'y'>) => Dispatch,
) {
  const lists = expertLists(operands, prefillTokens, someExperts)
  const { expertTile: tile } = likeliestVariants(gpu)
  const expertIds = operands.u32([prefillTokens, chosen], spreadChoices(prefillTokens, someExperts))
  const weight = operands.experts(someExperts, rows, channels)
  const x = operands.f32([inputRows, channels])
  const step = operands.step(0, prefillTokens)
  const pairs = prefillTokens * chosen
  return {
    prepare: expertSort(gpu, { step, expertIds, experts: someExperts, ...lists, tile }),
    dispatches: [bind({ ...lists, experts: someExperts, topK: chosen, x, weight, tile })],
    bytes: someExperts * mxfp4Bytes(rows, channels) + size(x),
    operations: 2 * pairs * rows * channels,
  }
}

function moeShape(rows: number, channels: number): string {
  return `${prefillTokens * chosen} pairs, ${someExperts} experts × [${rows}, ${channels}]`
}

function expertLists(operands: Operands, tokens: number, experts: number) {
  return {
    order: operands.u32([tokens * chosen]),
    tiles: operands.u32([maxExpertTiles(tokens, chosen, experts, smallestTileTokens), 3]),
  }
}

/** Distinct experts for each token, all of them equally often. */
const spreadChoices = (tokens: number, experts: number) =>
  Array.from({ length: tokens * chosen }, (_, i) => i % experts)

/** Blocks, scales and bias of one expert. */
const mxfp4Bytes = (rows: number, channels: number) => (rows * channels * 17) / 32 + 2 * rows

/** So many of something of `bytes` that no cache holds them all; one of what is small anyway. */
function manyTimes<T>(bytes: number, make: () => T): T[] {
  const cacheBytes = 256 * 2 ** 20
  const count = bytes < 2 ** 20 ? 1 : Math.min(8, Math.ceil(cacheBytes / bytes))
  return Array.from({ length: count }, make)
}

const size = (...tensors: Tensor[]) =>
  tensors.reduce((bytes, { dtype, shape }) => bytes + tensorBytes(dtype, shape), 0)
