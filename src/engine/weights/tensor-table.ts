/** Element types that occur in gpt-oss checkpoints and golden files (safetensors names). */
export type TensorDtype = 'BF16' | 'U8' | 'F32' | 'I32'

/** One tensor of a checkpoint: where its bytes lie. */
export interface TensorEntry {
  name: string
  dtype: TensorDtype
  shape: readonly number[]
  /** Shard that holds it, and its bytes [byteOffset, byteOffset + byteLength) in that file. */
  file: string
  byteOffset: number
  byteLength: number
}
