import type { Gpu } from '../src/engine/gpu/device'
import { compilePipelines, type Dispatch, encode, type Work } from '../src/engine/gpu/kernel'
import type { Clock } from './clock'

/** A batch holds as many dispatches as take about this long, so that submitting costs nothing beside them. */
const batchMs = 50
const maxDispatches = 1000
/** Batches until this much time is spent; the median counts. */
const spentMs = 500
const maxBatches = 9

/** Runs dispatches one after another; resolves when the device is done with them. */
export async function run(gpu: Gpu, dispatches: readonly Dispatch[], work: Work): Promise<void> {
  await compilePipelines(gpu)
  gpu.device.queue.submit([record(gpu, dispatches, work)])
  await gpu.settle(gpu.device.queue.onSubmittedWorkDone())
}

/**
 * Milliseconds of one dispatch, the median of several batches. The dispatches of a batch are
 * `variants` in turn, one after another; a kernel that reads weights comes in as many variants as
 * make their weights too large for any cache.
 */
export async function measure(
  gpu: Gpu,
  clock: Clock,
  variants: readonly Dispatch[],
  work: Work = { position: 0, rows: 1 },
): Promise<number> {
  const time = async (count: number) => {
    const inTurn = Array.from(
      { length: count },
      (_, i) => variants[i % variants.length] as Dispatch,
    )
    const commands = record(gpu, inTurn, work)
    const startedMs = clock.now()
    gpu.device.queue.submit([commands])
    await gpu.settle(gpu.device.queue.onSubmittedWorkDone())
    return clock.now() - startedMs
  }

  await compilePipelines(gpu)
  await time(1) // a driver may compile at the first use
  let count = 1
  let elapsedMs = await time(count)
  while (elapsedMs < batchMs / 4 && count < maxDispatches) {
    count = Math.min(4 * count, maxDispatches)
    elapsedMs = await time(count)
  }
  const batches = [elapsedMs]
  for (let spentSoFar = elapsedMs; spentSoFar < spentMs && batches.length < maxBatches; ) {
    const ms = await time(count)
    batches.push(ms)
    spentSoFar += ms
  }
  batches.sort((a, b) => a - b)
  return (batches[Math.floor(batches.length / 2)] as number) / count
}

function record(gpu: Gpu, dispatches: readonly Dispatch[], work: Work): GPUCommandBuffer {
  const encoder = gpu.device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  encode(pass, dispatches, work)
  pass.end()
  return encoder.finish()
}
