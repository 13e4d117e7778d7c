import { readFileSync } from 'node:fs'
import type { SafetensorsDtype } from '../weights/safetensors'

/** One tensor of a small file that was read whole. */
export interface FileTensor {
  dtype: SafetensorsDtype
  shape: readonly number[]
  bytes: Uint8Array
}

/**
 * Reads a whole safetensors file at once: for golden data, which is small and known to be sound
 * (spec section 3.1). The engine's own reader streams and distrusts; see ../weights.
 */
export function readSafetensors(file: URL | string): Map<string, FileTensor> {
  const bytes = new Uint8Array(readFileSync(file))
  const headerLength = Number(new DataView(bytes.buffer).getBigUint64(0, true))
  const data = bytes.subarray(8 + headerLength)
  const header: Record<
    string,
    { dtype: SafetensorsDtype; shape: number[]; data_offsets: [number, number] }
  > = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerLength)))

  const tensors = new Map<string, FileTensor>()
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(header)) {
    if (name === '__metadata__') continue
    tensors.set(name, { dtype, shape, bytes: data.subarray(...data_offsets) })
  }
  return tensors
}
