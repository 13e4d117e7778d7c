import { EngineError } from '../errors'
import type { Gpu } from '../gpu/device'
import { allocate, type Tensor, tensorBytes } from '../gpu/tensor'
import type { DenseWeight } from '../kernels/dense-weight'
import type { ExpertWeight } from '../kernels/expert-weight'
import type { TensorTable } from '../weights/tensor-table'
import type { ModelConfig } from './config'

/** Consecutive rows of a matrix that is too large for one binding of this device. */
export interface RowSegment {
  firstRow: number
  rows: DenseWeight // [rows, channels]
}

/** One layer's weights on the GPU, named as in the checkpoint; shapes for H heads, KV key/value heads. */
export interface LayerWeights {
  inputNorm: Tensor<'f32'> // [hidden]
  qkv: DenseWeight // [(H + 2 KV) · headDim, hidden]: q_proj, k_proj and v_proj in one
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

/**
 * Bytes [begin, end) of a checkpoint tensor that belong at `byteOffset` of a buffer; BF16 numbers
 * are widened on their way into an f32 one.
 */
interface Copy {
  name: string
  begin: number
  end: number
  target: Tensor
  byteOffset: number
}

export interface UploadOptions {
  signal?: AbortSignal | undefined
  onProgress?: ((doneBytes: number, totalBytes: number) => void) | undefined
}

/** Bytes handed to the queue before the GPU is given time to take them, which bounds staging memory. */
const bytesInFlight = 64 * 1024 * 1024

/**
 * Allocates every weight on the GPU, then streams the checkpoint into them in file order, a few
 * MiB at a time.
 * @throws EngineError `limit-exceeded`, `device-out-of-memory`, `device-lost`, what the source throws
 */
export async function uploadWeights(
  gpu: Gpu,
  config: ModelConfig,
  table: TensorTable,
  options: UploadOptions = {},
): Promise<ModelWeights> {
  const copies: Copy[] = []
  gpu.device.pushErrorScope('out-of-memory')
  let weights: ModelWeights
  let failure: GPUError | null
  try {
    weights = allocateWeights(gpu, config, table, copies)
  } finally {
    failure = await gpu.device.popErrorScope()
  }
  const totalBytes = copies.reduce((sum, { begin, end }) => sum + end - begin, 0)
  try {
    if (failure)
      throw new EngineError({
        code: 'device-out-of-memory',
        purpose: 'weights',
        neededBytes: totalBytes,
      })
    await stream(gpu, table, copies, totalBytes, options)
    return weights
  } catch (error) {
    destroyWeights(weights)
    throw error
  }
}

/** Frees what `uploadWeights` allocated. */
export function destroyWeights({ embedding, layers, norm, head }: ModelWeights) {
  const tensors = [
    norm,
    ...[...embedding, ...head].map(({ rows }) => rows.values),
    ...layers.flatMap(({ gateUp, down, qkv, oProj, router, ...vectors }) => [
      ...Object.values(vectors),
      ...[qkv, oProj, router].map(({ values }) => values),
      ...[...gateUp, ...down].flatMap(({ blocks, scales, bias }) => [blocks, scales, bias]),
    ]),
  ]
  for (const { buffer } of tensors) buffer.destroy()
}

async function stream(
  gpu: Gpu,
  table: TensorTable,
  copies: Copy[],
  totalBytes: number,
  { signal, onProgress }: UploadOptions,
) {
  const place = ({ name, begin }: Copy) => {
    const { file, byteOffset } = table.get(name)
    return { file, at: byteOffset + begin }
  }
  const inFileOrder = copies.toSorted((a, b) => {
    const [first, second] = [place(a), place(b)]
    return first.file < second.file ? -1 : first.file > second.file ? 1 : first.at - second.at
  })
  const { queue } = gpu.device
  let doneBytes = 0
  let unconfirmedBytes = 0
  for (const { name, begin, end, target, byteOffset } of inFileOrder) {
    let at = byteOffset
    for await (const piece of table.read(name, { begin, end, signal })) {
      const data = target.dtype === 'f32' ? widened(piece) : paddedToWords(piece)
      queue.writeBuffer(target.buffer, at, data)
      at += data.byteLength
      doneBytes += piece.length
      unconfirmedBytes += piece.length
      if (unconfirmedBytes >= bytesInFlight) {
        await gpu.settle(queue.onSubmittedWorkDone())
        unconfirmedBytes = 0
      }
      onProgress?.(doneBytes, totalBytes)
    }
  }
}

/** BF16 numbers as f32, whose upper half they are. */
function widened(piece: Uint8Array): Uint32Array<ArrayBuffer> {
  const bytes = new DataView(piece.buffer, piece.byteOffset, piece.byteLength)
  return Uint32Array.from(
    { length: piece.length / 2 },
    (_, i) => bytes.getUint16(2 * i, true) << 16,
  )
}

/** WebGPU writes whole words; only a tensor's last piece can end within one. */
function paddedToWords(piece: Uint8Array): Uint8Array<ArrayBuffer> {
  if (piece.length % 4 === 0) return piece as Uint8Array<ArrayBuffer>
  const padded = new Uint8Array(Math.ceil(piece.length / 4) * 4)
  padded.set(piece)
  return padded
}

function allocateWeights(
  gpu: Gpu,
  config: ModelConfig,
  table: TensorTable,
  copies: Copy[],
): ModelWeights {
  const bindableBytes = Math.min(gpu.limits.maxStorageBufferBindingSize, gpu.limits.maxBufferSize)

  const copy = (
    name: string,
    target: Tensor,
    part: { begin?: number; end?: number; at?: number } = {},
  ) => {
    const { begin = 0, end = table.get(name).byteLength, at = 0 } = part
    copies.push({ name, begin, end, target, byteOffset: at })
  }
  const vector = (name: string) => {
    const tensor = allocate(gpu, 'f32', table.get(name).shape, name)
    copy(name, tensor)
    return tensor
  }
  const bf16 = (values: Tensor<'bf16'>): DenseWeight => ({ format: 'bf16', values })
  const matrix = (name: string) => {
    const tensor = allocate(gpu, 'bf16', table.get(name).shape, name)
    copy(name, tensor)
    return bf16(tensor)
  }
  /** Several tensors one below the other. */
  const stacked = <D extends 'bf16' | 'f32'>(names: readonly string[], label: string, dtype: D) => {
    const entries = names.map((name) => table.get(name))
    const rows = entries.reduce((sum, { shape }) => sum + (shape[0] as number), 0)
    const rest = (entries[0] as (typeof entries)[number]).shape.slice(1)
    const tensor = allocate(gpu, dtype, [rows, ...rest], label)
    let at = 0
    for (const { name, shape } of entries) {
      copy(name, tensor, { at })
      at += tensorBytes(dtype, shape)
    }
    return tensor
  }
  /** A matrix cut by rows into what one binding can hold. */
  const segmented = (name: string): RowSegment[] => {
    const [rows, channels] = table.get(name).shape as [number, number]
    const bytesPerRow = 2 * channels
    return cuts(rows, Math.floor(bindableBytes / bytesPerRow)).map(({ first, count }) => {
      const tensor = allocate(gpu, 'bf16', [count, channels], `${name} from row ${first}`)
      copy(name, tensor, { begin: first * bytesPerRow, end: (first + count) * bytesPerRow })
      return { firstRow: first, rows: bf16(tensor) }
    })
  }
  /** An expert weight cut by experts into what one binding can hold. */
  const experts = (prefix: string): ExpertWeight[] => {
    const names = { blocks: `${prefix}_blocks`, scales: `${prefix}_scales`, bias: `${prefix}_bias` }
    const total = table.get(names.blocks).shape[0] as number
    const bytesPerExpert = table.get(names.blocks).byteLength / total
    return cuts(total, Math.floor(bindableBytes / bytesPerExpert)).map(({ first, count }) => {
      const part = <D extends 'u8' | 'f32'>(name: string, dtype: D): Tensor<D> => {
        const { shape, byteLength } = table.get(name)
        const label = `${name} from expert ${first}`
        const tensor = allocate(gpu, dtype, [count, ...shape.slice(1)], label)
        const bytes = byteLength / total
        copy(name, tensor, { begin: first * bytes, end: (first + count) * bytes })
        return tensor
      }
      return {
        firstExpert: first,
        blocks: part(names.blocks, 'u8'),
        scales: part(names.scales, 'u8'),
        bias: part(names.bias, 'f32'),
      }
    })
  }

  return {
    embedding: segmented('model.embed_tokens.weight'),
    layers: Array.from({ length: config.numHiddenLayers }, (_, i): LayerWeights => {
      const layer = `model.layers.${i}`
      const projections = ['q_proj', 'k_proj', 'v_proj'].map((p) => `${layer}.self_attn.${p}`)
      return {
        inputNorm: vector(`${layer}.input_layernorm.weight`),
        qkv: bf16(
          stacked(
            projections.map((p) => `${p}.weight`),
            `${layer}.self_attn.qkv.weight`,
            'bf16',
          ),
        ),
        qkvBias: stacked(
          projections.map((p) => `${p}.bias`),
          `${layer}.self_attn.qkv.bias`,
          'f32',
        ),
        sinks: vector(`${layer}.self_attn.sinks`),
        oProj: matrix(`${layer}.self_attn.o_proj.weight`),
        oProjBias: vector(`${layer}.self_attn.o_proj.bias`),
        postAttentionNorm: vector(`${layer}.post_attention_layernorm.weight`),
        router: matrix(`${layer}.mlp.router.weight`),
        routerBias: vector(`${layer}.mlp.router.bias`),
        gateUp: experts(`${layer}.mlp.experts.gate_up_proj`),
        down: experts(`${layer}.mlp.experts.down_proj`),
      }
    }),
    norm: vector('model.norm.weight'),
    head: segmented('lm_head.weight'),
  }
}

/**
 * `total` things in runs of at most `most`. Where not even one fits, each is a run of its own and
 * its allocation says which limit it passes.
 */
function cuts(total: number, most: number): { first: number; count: number }[] {
  const length = Math.max(most, 1)
  return Array.from({ length: Math.ceil(total / length) }, (_, i) => ({
    first: i * length,
    count: Math.min(length, total - i * length),
  }))
}
