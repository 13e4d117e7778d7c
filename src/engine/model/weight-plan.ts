import type { Tensor } from '../gpu/tensor'
import type { DenseFormat, DenseWeight } from '../kernels/dense-weight'
import type { ExpertWeight } from '../kernels/expert-weight'
import type { TensorDtype } from '../weights/tensor-table'
import type { ModelConfig } from './config'
import { type Planned, type PlannedTensor, planTensor } from './planned'
import { formatOf, type TensorTypes } from './weights'

/** Consecutive rows of a matrix, all of them where the device binds enough at once. */
export interface RowSegment {
  firstRow: number
  weight: DenseWeight // [rows, channels]
}

/** One layer's weights on the GPU, named as in the checkpoint; shapes for H heads, KV key/value heads. */
export interface LayerWeights {
  inputNorm: Tensor<'f32'> // [hidden]
  /** q_proj, k_proj and v_proj one below the other: [(H + 2 KV) · headDim, hidden] */
  qkv: RowSegment[]
  qkvBias: Tensor<'f32'> // [(H + 2 KV) · headDim]
  sinks: Tensor<'f32'> // [H]
  oProj: DenseWeight // [hidden, H · headDim]
  oProjBias: Tensor<'f32'> // [hidden]
  postAttentionNorm: Tensor<'f32'> // [hidden]
  router: DenseWeight // [experts, hidden]
  routerBias: Tensor<'f32'> // [experts]
  gateUp: ExpertWeight[] // rows 2 · intermediate
  down: ExpertWeight[] // rows hidden
}

export interface ModelWeights {
  embedding: RowSegment[]
  layers: LayerWeights[]
  norm: Tensor<'f32'> // [hidden]
  head: RowSegment[]
}

/** Where some of a checkpoint tensor's bytes go. */
export interface Placement {
  /** Name in the checkpoint. */
  tensor: string
  /** What goes there, counted along the tensor's first axis: rows, experts or elements. */
  first: number
  count: number
  target: Target
}

/** How bytes become what the kernels read. */
export type Target =
  /** As they are. */
  | { kind: 'copy'; to: PlannedTensor; byteOffset: number }
  /** Elements of vectors, to f32: the first goes to `offset`, the others follow at `stride`. */
  | { kind: 'widen'; to: PlannedTensor<'f32'>; offset: number; stride: number }
  /** MXFP4 blocks of a GGUF, to all rows of the published layout, or to every second one. */
  | {
      kind: 'mxfp4'
      weight: Planned<Pick<ExpertWeight, 'blocks' | 'scales'>>
      rows: 'all' | 'even' | 'odd'
    }
  /** Q8_0 blocks, to quants and scales from a row on. */
  | { kind: 'q8_0'; weight: PlannedQ80; firstRow: number }

type PlannedQ80 = Extract<Planned<DenseWeight>, { format: 'q8_0' }>

/** Most pieces that a tensor is cut into: more is no model for any device, but a hostile config. */
const MAX_PIECES = 1024

/**
 * Every weight buffer and what goes into it. A matrix is cut by rows, an expert weight by experts,
 * into what one binding can hold; what cannot be cut, or not enough, is planned whole.
 * @param tensors what `checkTensors` accepts
 * @param bindableBytes most bytes of one binding
 */
export function planWeights(
  config: ModelConfig,
  tensors: TensorTypes,
  bindableBytes: number,
): { weights: Planned<ModelWeights>; placements: Placement[] } {
  const placements: Placement[] = []
  const place = (tensor: string, first: number, count: number, target: Target) =>
    placements.push({ tensor, first, count, target })

  const typeOf = (name: string) => {
    const found = tensors.get(name)
    if (!found) throw new Error(`no tensor ${name}`)
    return found
  }
  const matrix = (name: string) => {
    const { dtype, shape } = typeOf(name)
    const [rows, channels] = shape as [number, number]
    return { name, format: denseFormat(dtype), rows, channels }
  }
  type Matrix = ReturnType<typeof matrix>

  /** Vectors one after another in one buffer. */
  const vector = (names: readonly string[], label = names.join(', ')) => {
    const lengths = names.map((name) => typeOf(name).shape[0] as number)
    const to = planTensor('f32', [sum(lengths)], label)
    let offset = 0
    names.forEach((name, i) => {
      const count = lengths[i] as number
      place(name, 0, count, { kind: 'widen', to, offset, stride: 1 })
      offset += count
    })
    return to
  }

  /** A buffer for rows of a matrix; `fill` says which, and at which row of the buffer they begin. */
  const dense = ({ format, channels }: Matrix, rows: number, label: string) => {
    const weight = planDense(format, rows, channels, label)
    const fill = (name: string, first: number, count: number, rowOffset: number) => {
      if (weight.format === 'q8_0') {
        place(name, first, count, { kind: 'q8_0', weight, firstRow: rowOffset })
      } else {
        const byteOffset = rowOffset * bytesPerRow(format, channels)
        place(name, first, count, { kind: 'copy', to: weight.values, byteOffset })
      }
    }
    return { weight, fill }
  }
  const whole = (name: string) => {
    const source = matrix(name)
    const { weight, fill } = dense(source, source.rows, name)
    fill(name, 0, source.rows, 0)
    return weight
  }
  const segmented = (name: string) => {
    const source = matrix(name)
    const { rows, format, channels } = source
    return cuts(rows, bytesPerRow(format, channels), bindableBytes).map(({ first, count }) => {
      const { weight, fill } = dense(source, count, partLabel(name, 'rows', first, count, rows))
      fill(name, first, count, 0)
      return { firstRow: first, weight }
    })
  }
  /** Matrices one below the other: one segment where formats agree and a binding holds them. */
  const stacked = (names: readonly string[], label: string): Planned<RowSegment>[] => {
    const sources = names.map(matrix)
    const [first] = sources as [Matrix]
    const rows = sum(sources.map((source) => source.rows))
    const isOne =
      sources.every(({ format }) => format === first.format) &&
      rows * bytesPerRow(first.format, first.channels) <= bindableBytes
    const shared = isOne ? dense(first, rows, label) : undefined
    let firstRow = 0
    const segments = sources.map((source) => {
      const { weight, fill } = shared ?? dense(source, source.rows, source.name)
      fill(source.name, 0, source.rows, shared ? firstRow : 0)
      const segment = { firstRow, weight }
      firstRow += source.rows
      return segment
    })
    return isOne ? segments.slice(0, 1) : segments
  }

  /**
   * An expert weight [experts, rows, channels]. Its rows come from one tensor, or in turn from
   * several: gate and up, which a GGUF keeps apart.
   */
  const experts = (label: string, parts: readonly string[], rows: number, channels: number) => {
    const total = config.numLocalExperts
    const groups = channels / 32
    return cuts(total, rows * groups * 16, bindableBytes).map(
      ({ first, count }): Planned<ExpertWeight> => {
        const named = (part: string) =>
          partLabel(`${label}_${part}`, 'experts', first, count, total)
        const blocks = planTensor('u8', [count, rows, groups, 16], named('blocks'))
        const scales = planTensor('u8', [count, rows, groups], named('scales'))
        const bias = planTensor('f32', [count, rows], named('bias'))
        parts.forEach((part, i) => {
          if (tensors.has(part)) {
            const rows = parts.length === 1 ? 'all' : i === 0 ? 'even' : 'odd'
            place(part, first, count, { kind: 'mxfp4', weight: { blocks, scales }, rows })
          } else {
            place(`${part}_blocks`, first, count, { kind: 'copy', to: blocks, byteOffset: 0 })
            place(`${part}_scales`, first, count, { kind: 'copy', to: scales, byteOffset: 0 })
          }
          const stride = parts.length
          place(`${part}_bias`, first, count, { kind: 'widen', to: bias, offset: i, stride })
        })
        return { firstExpert: first, blocks, scales, bias }
      },
    )
  }

  const { hiddenSize, intermediateSize } = config
  const gateUpParts = formatOf(tensors) === 'gguf' ? ['gate_proj', 'up_proj'] : ['gate_up_proj']
  const weights: Planned<ModelWeights> = {
    embedding: segmented('model.embed_tokens.weight'),
    layers: Array.from({ length: config.numHiddenLayers }, (_, i): Planned<LayerWeights> => {
      const layer = `model.layers.${i}`
      const attention = `${layer}.self_attn`
      const projections = ['q_proj', 'k_proj', 'v_proj'].map((name) => `${attention}.${name}`)
      const expert = `${layer}.mlp.experts`
      return {
        inputNorm: vector([`${layer}.input_layernorm.weight`]),
        qkv: stacked(
          projections.map((projection) => `${projection}.weight`),
          `${attention}.qkv.weight`,
        ),
        qkvBias: vector(
          projections.map((projection) => `${projection}.bias`),
          `${attention}.qkv.bias`,
        ),
        sinks: vector([`${attention}.sinks`]),
        oProj: whole(`${attention}.o_proj.weight`),
        oProjBias: vector([`${attention}.o_proj.bias`]),
        postAttentionNorm: vector([`${layer}.post_attention_layernorm.weight`]),
        router: whole(`${layer}.mlp.router.weight`),
        routerBias: vector([`${layer}.mlp.router.bias`]),
        gateUp: experts(
          `${expert}.gate_up_proj`,
          gateUpParts.map((part) => `${expert}.${part}`),
          2 * intermediateSize,
          hiddenSize,
        ),
        down: experts(`${expert}.down_proj`, [`${expert}.down_proj`], hiddenSize, intermediateSize),
      }
    }),
    norm: vector(['model.norm.weight']),
    head: segmented('lm_head.weight'),
  }
  return { weights, placements }
}

function denseFormat(dtype: TensorDtype): DenseFormat {
  switch (dtype) {
    case 'BF16':
      return 'bf16'
    case 'F16':
      return 'f16'
    case 'F32':
      return 'f32'
    case 'Q8_0':
      return 'q8_0'
    default:
      throw new Error(`a matrix of ${dtype}`)
  }
}

function planDense(
  format: DenseFormat,
  rows: number,
  channels: number,
  label: string,
): Planned<DenseWeight> {
  const shape = [rows, channels]
  switch (format) {
    case 'bf16':
      return { format, values: planTensor('bf16', shape, label) }
    case 'f16':
      return { format, values: planTensor('f16', shape, label) }
    case 'f32':
      return { format, values: planTensor('f32', shape, label) }
    case 'q8_0':
      return {
        format,
        values: planTensor('u8', shape, `${label} quants`),
        scales: planTensor('f16', [rows, channels / 32], `${label} scales`),
      }
  }
}

/** Of the buffer that holds the values. */
const bytesPerRow = (format: DenseFormat, channels: number) =>
  channels * { bf16: 2, f16: 2, f32: 4, q8_0: 1 }[format]

/** `total` things of `bytes` each, in runs of no more than `mostBytes`, or in one where none is. */
function cuts(total: number, bytes: number, mostBytes: number): { first: number; count: number }[] {
  const fitting = Math.floor(mostBytes / bytes)
  const isCut = fitting > 0 && total / fitting <= MAX_PIECES
  const length = isCut ? fitting : total
  return Array.from({ length: Math.ceil(total / length) }, (_, i) => ({
    first: i * length,
    count: Math.min(length, total - i * length),
  }))
}

const partLabel = (name: string, what: string, first: number, count: number, total: number) =>
  count === total ? name : `${name}, ${what} ${first} to ${first + count - 1}`

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0)
