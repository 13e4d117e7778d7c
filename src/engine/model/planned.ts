import { type Dtype, type Tensor, tensorBytes } from '../gpu/tensor'

/** A GPU buffer that is not there yet: all that its allocation needs to know. */
export interface PlannedTensor<D extends Dtype = Dtype> {
  readonly label: string
  readonly dtype: D
  readonly shape: readonly number[]
  /** Bytes of the buffer, in whole words. */
  readonly byteLength: number
}

/** A structure of tensors while it is planned: the same, with `PlannedTensor` for each `Tensor`. */
export type Planned<T> =
  T extends Tensor<infer D>
    ? PlannedTensor<D>
    : T extends object
      ? { readonly [K in keyof T]: Planned<T[K]> }
      : T

export const planTensor = <D extends Dtype>(
  dtype: D,
  shape: readonly number[],
  label: string,
): PlannedTensor<D> => ({ label, dtype, shape, byteLength: tensorBytes(dtype, shape) })

/** Every tensor of a planned structure, each once, in the structure's order. */
export function plannedTensors(planned: object): PlannedTensor[] {
  if (isPlannedTensor(planned)) return [planned]
  return Object.values(planned).flatMap((part) =>
    typeof part === 'object' && part !== null ? plannedTensors(part) : [],
  )
}

export const isPlannedTensor = (part: object): part is PlannedTensor =>
  'dtype' in part && 'byteLength' in part
