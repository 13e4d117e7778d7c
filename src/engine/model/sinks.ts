import type { Gpu } from '../gpu/device'
import { type Dispatch, encode } from '../gpu/kernel'
import { elementCount, type Tensor, write } from '../gpu/tensor'
import { type DenseWeight, denseShape } from '../kernels/dense-weight'
import type { ExpertWeight } from '../kernels/expert-weight'
import {
  ggufMxfp4BlockBytes,
  ggufQ80BlockBytes,
  type RawBlocks,
  repackMxfp4,
  repackQ80,
} from '../kernels/repack'
import type { TensorDtype } from '../weights/tensor-table'
import type { Allocation } from './allocation'
import type { Destination, StagingRing } from './staging-ring'
import type { Placement, Target } from './weight-plan'
import { elementReaders } from './widen'

/** Takes consecutive whole units, from any one on; resolves when `bytes` may be reused. */
export interface Sink {
  unitBytes: number
  put(firstUnit: number, bytes: Uint8Array): Promise<void> | void
}

/**
 * Makes the sink for a placement's bytes, which are of the given type, once its buffers are there.
 * @param raw as large as a slot of the ring; undefined where nothing is repacked
 */
export function createSinks(
  gpu: Gpu,
  ring: StagingRing,
  raw: Tensor<'u8'> | undefined,
  allocation: Allocation,
): (placement: Placement, dtype: TensorDtype) => Promise<Sink> {
  const staged = (destination: Destination): Sink => ({
    unitBytes: destination.unitBytes,
    put: (firstUnit, bytes) => allocation.letPass(ring.stage(destination, firstUnit, bytes)),
  })
  const compiledEarly = new Set<Target['kind']>()
  /** Copies blocks to where a kernel can read them, and has it bring them to their place. */
  const repacked = (
    kind: Target['kind'],
    blockBytes: number,
    bind: (blocks: RawBlocks) => Dispatch,
  ): Sink => {
    if (!raw) throw new Error('the plan has no room for raw blocks')
    // Before those of any layer, since the first blocks will wait for this one.
    if (!compiledEarly.has(kind)) bind({ raw, firstByte: 0, firstBlock: 0, blocks: 0 })
    compiledEarly.add(kind)
    return staged({
      unitBytes: blockBytes,
      async encode(encoder, { slot, slotOffset, firstUnit: firstBlock, units: blocks }) {
        const dispatch = bind({ raw, firstByte: slotOffset, firstBlock, blocks })
        await dispatch.pipeline.compiled
        const bytes = Math.ceil((blocks * blockBytes) / 4) * 4
        encoder.copyBufferToBuffer(slot, slotOffset, raw.buffer, slotOffset, bytes)
        const pass = encoder.beginComputePass()
        encode(pass, [dispatch], { position: 0, rows: 1 })
        pass.end()
      },
    })
  }
  /** Vectors of which some elements are still to come; several tensors may go into one. */
  const gathered = new Map<Tensor<'f32'>, { values: Float32Array<ArrayBuffer>; missing: number }>()

  return async ({ target }: Placement, dtype: TensorDtype): Promise<Sink> => {
    await allocation.ready(target)
    switch (target.kind) {
      case 'copy': {
        const { buffer } = allocation.tensor(target.to)
        const { byteOffset } = target
        return staged({
          unitBytes: 4,
          encode(encoder, { slot, slotOffset, firstUnit, units }) {
            const at = byteOffset + 4 * firstUnit
            encoder.copyBufferToBuffer(slot, slotOffset, buffer, at, 4 * units)
          },
        })
      }
      case 'widen': {
        const tensor = allocation.tensor(target.to)
        const { offset, stride } = target
        const reader = elementReaders[dtype]
        if (!reader) throw new Error(`a vector of ${dtype}`)
        return {
          unitBytes: reader.bytes,
          put(firstUnit, bytes) {
            const length = elementCount(tensor.shape)
            const { values, missing } = gathered.get(tensor) ?? {
              values: new Float32Array(length),
              missing: length,
            }
            const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
            const units = bytes.length / reader.bytes
            for (let i = 0; i < units; i++)
              values[offset + stride * (firstUnit + i)] = reader.read(view, i)
            gathered.set(tensor, { values, missing: missing - units })
            if (missing > units) return
            write(gpu, tensor, values)
            gathered.delete(tensor)
          },
        }
      }
      case 'mxfp4': {
        const weight = allocation.resolve<Pick<ExpertWeight, 'blocks' | 'scales'>>(target.weight)
        const { rows } = target
        return repacked('mxfp4', ggufMxfp4BlockBytes, (blocks) =>
          repackMxfp4(gpu, { ...blocks, weight, rows }),
        )
      }
      case 'q8_0': {
        const weight = allocation.resolve<Q80Weight>(target.weight)
        const blocksBefore = (target.firstRow * denseShape(weight).channels) / 32
        return repacked('q8_0', ggufQ80BlockBytes, ({ firstBlock, ...blocks }) =>
          repackQ80(gpu, { ...blocks, firstBlock: blocksBefore + firstBlock, weight }),
        )
      }
    }
  }
}

type Q80Weight = Extract<DenseWeight, { format: 'q8_0' }>
