import { fileInvalid, quoted } from '../weights/file-content'
import { type TensorDtype, type TensorTable, tensorByteLength } from '../weights/tensor-table'
import { type ModelConfig, MXFP4_GROUP } from './config'

/** What a tensor is for; `norms` are the RMSNorm weights, `head` the unembedding. */
export type TensorFamily = 'embedding' | 'attention' | 'router' | 'experts' | 'norms' | 'head'

export interface ExpectedTensor {
  /** As published; a checkpoint may have others, see `checkTensors`. */
  dtype: TensorDtype
  shape: readonly number[]
  family: TensorFamily
}

/** Types and shapes of tensors by name: of a checkpoint's table, or those to be expected. */
export interface TensorTypes {
  has(name: string): boolean
  get(name: string): { dtype: TensorDtype; shape: readonly number[] } | undefined
}

/**
 * The two ways in which checkpoints store the experts: blocks, scales and the rows of gate and up
 * in turn in safetensors; gate and up apart, blocks with their scales inside, in a GGUF.
 */
export type CheckpointFormat = 'safetensors' | 'gguf'

export const formatOf = (tensors: Pick<TensorTypes, 'has'>): CheckpointFormat =>
  tensors.has('model.layers.0.mlp.experts.gate_proj') ? 'gguf' : 'safetensors'

/** Bytes of one MXFP4 group: 32 elements of 4 bits. */
const MXFP4_GROUP_BYTES = MXFP4_GROUP / 2

const matrixDtypes: readonly TensorDtype[] = ['BF16', 'F16', 'F32', 'Q8_0']
const vectorDtypes: readonly TensorDtype[] = ['BF16', 'F16', 'F32']

/**
 * Every tensor of a model by its name in the checkpoint, in the order of use, as published: by
 * OpenAI (spec section 2), or as GGUF (spec section 3.3) under the same names.
 */
export function expectedTensors(
  config: ModelConfig,
  format: CheckpointFormat = 'safetensors',
): Map<string, ExpectedTensor> {
  const { hiddenSize, intermediateSize, vocabSize, numLocalExperts: experts } = config
  const { numAttentionHeads, numKeyValueHeads, headDim } = config
  const queryRows = numAttentionHeads * headDim
  const keyValueRows = numKeyValueHeads * headDim
  const tensors = new Map<string, ExpectedTensor>()

  const isGguf = format === 'gguf'
  const add = (family: TensorFamily, name: string, shape: readonly number[]) => {
    const isQuantized = isGguf && isMatrix(name) && family !== 'router'
    const dtype = isQuantized ? 'Q8_0' : isGguf ? 'F32' : 'BF16'
    tensors.set(name, { dtype, shape, family })
  }
  const addProjection = (family: TensorFamily, name: string, rows: number, columns: number) => {
    add(family, `${name}.weight`, [rows, columns])
    add(family, `${name}.bias`, [rows])
  }
  const addExperts = (name: string, rows: number, columns: number) => {
    add('experts', `${name}_bias`, [experts, rows])
    if (isGguf) {
      tensors.set(name, { dtype: 'MXFP4', shape: [experts, rows, columns], family: 'experts' })
      return
    }
    const groups = columns / MXFP4_GROUP
    const add8 = (part: string, shape: readonly number[]) =>
      tensors.set(`${name}_${part}`, { dtype: 'U8', shape, family: 'experts' })
    add8('blocks', [experts, rows, groups, MXFP4_GROUP_BYTES])
    add8('scales', [experts, rows, groups])
  }

  add('embedding', 'model.embed_tokens.weight', [vocabSize, hiddenSize])
  for (let layer = 0; layer < config.numHiddenLayers; layer++) {
    const prefix = `model.layers.${layer}`
    add('norms', `${prefix}.input_layernorm.weight`, [hiddenSize])
    addProjection('attention', `${prefix}.self_attn.q_proj`, queryRows, hiddenSize)
    addProjection('attention', `${prefix}.self_attn.k_proj`, keyValueRows, hiddenSize)
    addProjection('attention', `${prefix}.self_attn.v_proj`, keyValueRows, hiddenSize)
    add('attention', `${prefix}.self_attn.sinks`, [numAttentionHeads])
    addProjection('attention', `${prefix}.self_attn.o_proj`, hiddenSize, queryRows)
    add('norms', `${prefix}.post_attention_layernorm.weight`, [hiddenSize])
    addProjection('router', `${prefix}.mlp.router`, experts, hiddenSize)
    if (isGguf) {
      addExperts(`${prefix}.mlp.experts.gate_proj`, intermediateSize, hiddenSize)
      addExperts(`${prefix}.mlp.experts.up_proj`, intermediateSize, hiddenSize)
    } else {
      addExperts(`${prefix}.mlp.experts.gate_up_proj`, 2 * intermediateSize, hiddenSize)
    }
    addExperts(`${prefix}.mlp.experts.down_proj`, hiddenSize, intermediateSize)
  }
  add('norms', 'model.norm.weight', [hiddenSize])
  add('head', 'lm_head.weight', [vocabSize, hiddenSize])
  return tensors
}

/** Matrices of the dense part; the experts' are stored in 4 bits. */
const isMatrix = (name: string) => name.endsWith('.weight') && !/norm\.weight$/.test(name)

/** The types that a tensor may have where it is published as `dtype`. */
function acceptedDtypes(name: string, dtype: TensorDtype): readonly TensorDtype[] {
  if (dtype === 'U8' || dtype === 'MXFP4') return [dtype]
  return isMatrix(name) ? matrixDtypes : vectorDtypes
}

/**
 * Compares a checkpoint's tensors with those that its config calls for. A tensor too many counts as
 * much as one too few: it means that config and weights belong to different models.
 *
 * Matrices outside the experts may be BF16, F16, F32 or Q8_0; vectors BF16, F16 or F32.
 * @param configFile the file that `config` comes from, for errors
 * @throws EngineError `file-invalid` that names shard and tensor, what was found and expected
 */
export function checkTensors(
  config: ModelConfig,
  table: TensorTable,
  configFile = 'config.json',
): void {
  const expected = expectedTensors(config, formatOf(table))
  for (const [name, { dtype, shape }] of expected) {
    if (!table.has(name)) {
      throw fileInvalid(
        table.listedIn,
        `tensor ${quoted(name)} is missing, which ${configFile} calls for`,
      )
    }
    const found = table.get(name)
    const accepted = acceptedDtypes(name, dtype)
    if (accepted.includes(found.dtype) && sameShape(found.shape, shape)) continue
    throw fileInvalid(
      found.file,
      `tensor ${quoted(name)} is ${found.dtype} [${found.shape.join(', ')}], and ${configFile} calls for ` +
        `${either(accepted)} [${shape.join(', ')}]${expertCountProblem(config, name, found.shape)}`,
    )
  }
  for (const name of table.names()) {
    if (!expected.has(name)) {
      throw fileInvalid(
        table.get(name).file,
        `tensor ${quoted(name)} has no place in the model of ${configFile}`,
      )
    }
  }
}

/** "A", or "A, B or C". */
const either = (names: readonly string[]) =>
  [names.slice(0, -1).join(', '), names.at(-1)].filter((part) => part).join(' or ')

function expertCountProblem(config: ModelConfig, name: string, found: readonly number[]): string {
  const isPerExpert = name.includes('.mlp.router.') || name.includes('.mlp.experts.')
  if (!isPerExpert || found[0] === config.numLocalExperts) return ''
  return `: the expert count does not match, ${found[0]} here and num_local_experts ${config.numLocalExperts} there`
}

/**
 * Bytes of a model's tensors in its files, by what they are for.
 * @param tensors what `checkTensors` accepts; left out, what OpenAI publishes
 */
export function bytesByFamily(
  config: ModelConfig,
  tensors: TensorTypes = expectedTensors(config),
): Record<TensorFamily, number> {
  const bytes = { embedding: 0, attention: 0, router: 0, experts: 0, norms: 0, head: 0 }
  for (const [name, { dtype, shape, family }] of expectedTensors(config, formatOf(tensors))) {
    bytes[family] += tensorByteLength(tensors.get(name)?.dtype ?? dtype, shape) ?? 0
  }
  return bytes
}

/** Parameters as models are named by them: a 4-bit element counts as one, its scale as none. */
export function parameterCount(config: ModelConfig): number {
  let count = 0
  for (const [name, { shape }] of expectedTensors(config)) {
    if (name.endsWith('_blocks')) count += 2 * elements(shape)
    else if (!name.endsWith('_scales')) count += elements(shape)
  }
  return count
}

function elements(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1)
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((length, axis) => length === b[axis])
}
