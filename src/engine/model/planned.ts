import type { Gpu } from '../gpu/device'
import { allocate, type Dtype, type Tensor, tensorBytes } from '../gpu/tensor'

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

/** The buffers of a plan, by what planned them. */
export interface Allocation {
  /** The buffer of one planned tensor. */
  tensor<D extends Dtype>(planned: PlannedTensor<D>): Tensor<D>
  /** A planned structure with its buffers in place. */
  resolve<T>(planned: Planned<T>): T
  destroy(): void
}

/**
 * Allocates all `tensors`, zero-filled; nothing stays allocated where one cannot be.
 * @throws EngineError `limit-exceeded`
 */
export function allocatePlanned(gpu: Gpu, tensors: readonly PlannedTensor[]): Allocation {
  const allocated = new Map<PlannedTensor, Tensor>()
  const destroy = () => {
    for (const { buffer } of allocated.values()) buffer.destroy()
  }
  try {
    for (const planned of tensors)
      allocated.set(planned, allocate(gpu, planned.dtype, planned.shape, planned.label))
  } catch (error) {
    destroy()
    throw error
  }
  const tensor = <D extends Dtype>(planned: PlannedTensor<D>) => {
    const found = allocated.get(planned)
    if (!found) throw new Error(`${planned.label} was not allocated`)
    return found as Tensor<D>
  }
  const resolve = (planned: unknown): unknown => {
    if (typeof planned !== 'object' || planned === null) return planned
    if (isPlannedTensor(planned)) return tensor(planned)
    if (Array.isArray(planned)) return planned.map(resolve)
    return Object.fromEntries(Object.entries(planned).map(([key, part]) => [key, resolve(part)]))
  }
  return { tensor, resolve: <T>(planned: Planned<T>) => resolve(planned) as T, destroy }
}

const isPlannedTensor = (part: object): part is PlannedTensor =>
  'dtype' in part && 'byteLength' in part
