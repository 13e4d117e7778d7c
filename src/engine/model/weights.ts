import { fileInvalid, quoted } from '../weights/file-content'
import type { TensorDtype, TensorTable } from '../weights/tensor-table'
import { type ModelConfig, MXFP4_GROUP } from './config'

/** What a tensor is for; `norms` are the RMSNorm weights, `head` the unembedding. */
export type TensorFamily = 'embedding' | 'attention' | 'router' | 'experts' | 'norms' | 'head'

export interface ExpectedTensor {
  dtype: TensorDtype
  shape: readonly number[]
  family: TensorFamily
}

/** Bytes of one MXFP4 group: 32 elements of 4 bits. */
const MXFP4_GROUP_BYTES = MXFP4_GROUP / 2

/** Every tensor of a model by its name in the checkpoint (spec section 2), in the order of use. */
export function expectedTensors(config: ModelConfig): Map<string, ExpectedTensor> {
  const { hiddenSize, intermediateSize, vocabSize, numLocalExperts: experts } = config
  const { numAttentionHeads, numKeyValueHeads, headDim } = config
  const queryRows = numAttentionHeads * headDim
  const keyValueRows = numKeyValueHeads * headDim
  const tensors = new Map<string, ExpectedTensor>()

  const add = (family: TensorFamily, name: string, shape: readonly number[]) =>
    tensors.set(name, { dtype: 'BF16', shape, family })
  const addProjection = (family: TensorFamily, name: string, rows: number, columns: number) => {
    add(family, `${name}.weight`, [rows, columns])
    add(family, `${name}.bias`, [rows])
  }
  const addExperts = (name: string, rows: number, columns: number) => {
    const groups = columns / MXFP4_GROUP
    const add8 = (part: string, shape: readonly number[]) =>
      tensors.set(`${name}_${part}`, { dtype: 'U8', shape, family: 'experts' })
    add8('blocks', [experts, rows, groups, MXFP4_GROUP_BYTES])
    add8('scales', [experts, rows, groups])
    add('experts', `${name}_bias`, [experts, rows])
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
    // Gate and up are interleaved rows of one tensor.
    addExperts(`${prefix}.mlp.experts.gate_up_proj`, 2 * intermediateSize, hiddenSize)
    addExperts(`${prefix}.mlp.experts.down_proj`, hiddenSize, intermediateSize)
  }
  add('norms', 'model.norm.weight', [hiddenSize])
  add('head', 'lm_head.weight', [vocabSize, hiddenSize])
  return tensors
}

/**
 * Compares a checkpoint's tensors with those that its config calls for. A tensor too many counts as
 * much as one too few: it means that config and weights belong to different models.
 * @throws EngineError `file-invalid` that names shard and tensor, what was found and expected
 */
export function checkTensors(config: ModelConfig, table: TensorTable): void {
  const expected = expectedTensors(config)
  for (const [name, { dtype, shape }] of expected) {
    if (!table.has(name)) {
      throw fileInvalid(
        table.listedIn,
        `tensor ${quoted(name)} is missing, which config.json calls for`,
      )
    }
    const found = table.get(name)
    if (found.dtype === dtype && sameShape(found.shape, shape)) continue
    throw fileInvalid(
      found.file,
      `tensor ${quoted(name)} is ${found.dtype} [${found.shape.join(', ')}], and config.json calls for ` +
        `${dtype} [${shape.join(', ')}]${expertCountProblem(config, name, found.shape)}`,
    )
  }
  for (const name of table.names()) {
    if (!expected.has(name)) {
      throw fileInvalid(
        table.get(name).file,
        `tensor ${quoted(name)} has no place in config.json's model`,
      )
    }
  }
}

function expertCountProblem(config: ModelConfig, name: string, found: readonly number[]): string {
  const isPerExpert = name.includes('.mlp.router.') || name.includes('.mlp.experts.')
  if (!isPerExpert || found[0] === config.numLocalExperts) return ''
  return `: the expert count does not match, ${found[0]} here and num_local_experts ${config.numLocalExperts} there`
}

/** Bytes of a model's tensors, by what they are for. */
export function bytesByFamily(config: ModelConfig): Record<TensorFamily, number> {
  const bytes = { embedding: 0, attention: 0, router: 0, experts: 0, norms: 0, head: 0 }
  for (const { dtype, shape, family } of expectedTensors(config).values()) {
    bytes[family] += elements(shape) * (dtype === 'BF16' ? 2 : 1)
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
