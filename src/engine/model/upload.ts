import type { Gpu } from '../gpu/device'
import { allocate } from '../gpu/tensor'
import type { TensorEntry, TensorPlaces } from '../weights/tensor-table'
import type { Allocation } from './allocation'
import type { MemoryPlan } from './memory-plan'
import { createSinks, type Sink } from './sinks'
import { StagingRing } from './staging-ring'
import { Stretches } from './stretches'
import type { Placement } from './weight-plan'

/** Takes a checkpoint's bytes, in any order, to where the memory plan wants them. */
export interface Uploader {
  /**
   * Takes a stretch of a file, each byte of a tensor once; bytes between tensors are passed over.
   * Stretches need not be aligned to anything, nor come in any order, and calls may overlap: they
   * are worked off one after another, each once its buffers are there. When it resolves, `bytes` may
   * be reused, and the next stretch may come: who waits for it keeps memory low.
   * @throws EngineError `device-lost`, `device-out-of-memory`; what an earlier call has thrown
   */
  accept(file: string, byteOffset: number, bytes: Uint8Array): Promise<void>
  /**
   * Waits until all of it is on the GPU, and frees the staging buffers.
   * @throws Error where a byte is missing, which is a bug of whoever feeds
   * @throws EngineError `device-lost`
   */
  finish(): Promise<void>
  destroy(): void
}

/** @param onProgress hears of bytes that are on their way, and of all bytes there will be */
export function createUploader(
  gpu: Gpu,
  { placements, staging }: MemoryPlan,
  allocation: Allocation,
  tensors: TensorPlaces,
  onProgress: (doneBytes: number, totalBytes: number) => void = () => {},
): Uploader {
  const ring = new StagingRing(gpu, staging)
  const raw =
    staging.rawBytes > 0 ? allocate(gpu, 'u8', [staging.rawBytes], 'raw blocks') : undefined
  const sinkFor = createSinks(gpu, ring, raw, allocation)
  const destroy = () => {
    ring.destroy()
    raw?.buffer.destroy()
  }
  const regions = placements
    .map((placement) => {
      const entry = tensors.get(placement.tensor)
      return createRegion(placement, entry, sinkFor(placement, entry.dtype))
    })
    .sort((a, b) => a.begin - b.begin)
  const files = new Map<string, { regions: Region[]; received: Stretches }>()
  for (const region of regions) {
    const file = files.get(region.file)
    if (file) file.regions.push(region)
    else files.set(region.file, { regions: [region], received: new Stretches() })
  }
  const totalBytes = regions.reduce((sum, { begin, end }) => sum + end - begin, 0)
  let doneBytes = 0

  async function place(file: string, byteOffset: number, bytes: Uint8Array) {
    const known = files.get(file)
    if (!known || bytes.length === 0) return
    const end = byteOffset + bytes.length
    if (!known.received.add(byteOffset, end))
      throw new Error(`bytes ${byteOffset} to ${end} of ${file} come a second time`)
    const ofFile = known.regions
    for (let i = firstEndingAfter(ofFile, byteOffset); i < ofFile.length; i++) {
      const region = ofFile[i] as Region
      if (region.begin >= end) break
      const from = Math.max(byteOffset, region.begin)
      const part = bytes.subarray(from - byteOffset, Math.min(end, region.end) - byteOffset)
      await fill(region, from - region.begin, part)
      doneBytes += part.length
      onProgress(doneBytes, totalBytes)
    }
  }

  let last: Promise<void> = Promise.resolve()
  return {
    accept(file, byteOffset, bytes) {
      last = last.then(() => place(file, byteOffset, bytes))
      // Whoever called hears of a failure, and so does everyone who calls after.
      last.catch(() => {})
      return last
    },
    async finish() {
      await last
      for (const [file, { regions, received }] of files)
        for (const { begin, end } of regions)
          if (!received.has(begin, end))
            throw new Error(`of bytes ${begin} to ${end} of ${file}, some have not come`)
      await ring.drain()
      destroy()
    },
    destroy,
  }
}

/** Bytes of a file that go to one place, in units that are not cut. */
interface Region {
  file: string
  begin: number
  end: number
  /** There once its buffers are. */
  sink: Promise<Sink>
  /** Units of which a part has come, by number. */
  fragments: Map<number, Fragment>
}

interface Fragment {
  bytes: Uint8Array
  filledBytes: number
}

function createRegion(
  { tensor, first, count }: Placement,
  { file, byteOffset, byteLength, shape }: TensorEntry,
  sink: Promise<Sink>,
): Region {
  const bytesEach = byteLength / (shape[0] as number)
  const begin = byteOffset + first * bytesEach
  const end = begin + count * bytesEach
  const checked = sink.then((made) => {
    if ((end - begin) % made.unitBytes === 0) return made
    throw new Error(`${tensor} is no whole number of units`)
  })
  // Awaited when its first bytes come; until then a failure is not "unhandled".
  checked.catch(() => {})
  return { file, begin, end, sink: checked, fragments: new Map() }
}

/** Hands whole units on; what is less waits for its other part. `at` counts from the region's begin. */
async function fill({ sink: made, fragments }: Region, at: number, bytes: Uint8Array) {
  const sink = await made
  const { unitBytes } = sink
  let taken = 0
  while (taken < bytes.length) {
    const unit = Math.floor((at + taken) / unitBytes)
    const within = (at + taken) % unitBytes
    const units = within === 0 ? Math.floor((bytes.length - taken) / unitBytes) : 0
    const length =
      units > 0 ? units * unitBytes : Math.min(unitBytes - within, bytes.length - taken)
    const part = bytes.subarray(taken, taken + length)
    const whole = units > 0 ? part : joined(fragments, unit, unitBytes, within, part)
    if (whole) await sink.put(unit, whole)
    taken += length
  }
}

/** Adds a part of a unit to those that came before; the unit, once it is whole. */
function joined(
  fragments: Map<number, Fragment>,
  unit: number,
  unitBytes: number,
  within: number,
  part: Uint8Array,
): Uint8Array | undefined {
  const fragment = fragments.get(unit) ?? { bytes: new Uint8Array(unitBytes), filledBytes: 0 }
  fragment.bytes.set(part, within)
  fragment.filledBytes += part.length
  fragments.set(unit, fragment)
  if (fragment.filledBytes < unitBytes) return undefined
  fragments.delete(unit)
  return fragment.bytes
}

/** The first region that ends after `byteOffset`; they lie in order. */
function firstEndingAfter(regions: readonly Region[], byteOffset: number): number {
  let low = 0
  let high = regions.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((regions[middle] as Region).end > byteOffset) high = middle
    else low = middle + 1
  }
  return low
}
