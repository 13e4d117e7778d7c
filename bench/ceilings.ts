import type { Gpu } from '../src/engine/gpu/device'
import { type Dispatch, defineKernel } from '../src/engine/gpu/kernel'
import { copyMemory } from '../src/engine/kernels/copy-memory'
import source from './ceilings.wgsl?raw'
import type { Clock } from './clock'
import { measure } from './measure'
import { Operands } from './operands'

const read = defineKernel('read_memory', () => [source])
const multiplyAdd = defineKernel('multiply_add', () => [source])

/** What this device can do at best, in the run whose kernels are compared with it. */
export interface Ceilings {
  /** 10⁹ bytes a second, read and written ones both counted. */
  copy: number
  read: number
  /** 10⁹ operations a second; a fused multiply-add counts as two. */
  multiplyAdd: number
}

/** Constants of ceilings.wgsl. */
const lanes = 256
const reads = 32
const operationsPerLane = 128 * 64

/** Enough to fill a large GPU. */
const multiplyAddWorkgroups = 2048

/** Larger than any cache, within every device's binding size. */
const bytes = 128 * 2 ** 20

export async function measureCeilings(gpu: Gpu, clock: Clock): Promise<Ceilings> {
  const operands = new Operands(gpu)
  const x = operands.u32([bytes / 4])
  const y = operands.u32([bytes / 4])
  const workgroups = bytes / 16 / lanes
  const time = (dispatch: Dispatch) => measure(gpu, clock, [dispatch])
  const bind = (kernel: typeof read, count: number) =>
    kernel.bind(gpu, { tensors: { x, y }, workgroups: [count] })
  const ceilings = {
    copy: (2 * bytes) / (await time(copyMemory(gpu, { x, y }))) / 1e6,
    read: bytes / (await time(bind(read, workgroups / reads))) / 1e6,
    multiplyAdd:
      (operationsPerLane * lanes * multiplyAddWorkgroups) /
      (await time(bind(multiplyAdd, multiplyAddWorkgroups))) /
      1e6,
  }
  operands.destroy()
  return ceilings
}
