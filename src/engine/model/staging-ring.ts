import type { Gpu } from '../gpu/device'
import { bufferUsage, mapModeWrite } from '../gpu/flags'
import type { Placement } from './weight-plan'

/** Buffers that bytes pass on their way to the GPU. */
export interface Staging {
  /** A ring of buffers that the host writes and the GPU copies from, in turn. */
  readonly slots: number
  readonly slotBytes: number
  /** What a repacking kernel reads, since it cannot read a slot; 0 where nothing is repacked. */
  readonly rawBytes: number
  readonly totalBytes: number
}

/** Several, so that the host fills one while the GPU empties others. */
const SLOTS = 4
/** Large enough that a submission costs nothing against its copy; bench/LOG.md has the figures. */
const SLOT_BYTES = 4 * 1024 * 1024
/** Copied at a time, then other tasks have their turn: while nobody takes what a Blob's stream delivers, it stops. */
const COPY_BYTES = 1024 * 1024

/** @param weightBytes all that will be staged: a small model needs no large slots */
export function planStaging(
  placements: readonly Placement[],
  weightBytes: number,
  bindableBytes: number,
): Staging {
  const mostBytes = bindableBytes - (bindableBytes % 4)
  const slotBytes = Math.min(SLOT_BYTES, wholeWords(weightBytes), mostBytes)
  const isRepacked = placements.some(({ target: { kind } }) => kind === 'mxfp4' || kind === 'q8_0')
  const rawBytes = isRepacked ? slotBytes : 0
  return { slots: SLOTS, slotBytes, rawBytes, totalBytes: SLOTS * slotBytes + rawBytes }
}

/** Where staged units go. */
export interface Destination {
  /** Bytes that belong together; a unit is never cut. */
  readonly unitBytes: number
  /** Encodes the way of consecutive units from a slot to their place. */
  encode(encoder: GPUCommandEncoder, run: StagedRun): Promise<void> | void
}

/** Consecutive units in a slot, from a byte that is a multiple of 4. */
export interface StagedRun {
  readonly slot: GPUBuffer
  readonly slotOffset: number
  readonly firstUnit: number
  readonly units: number
}

interface Run {
  destination: Destination
  slotOffset: number
  firstUnit: number
  units: number
}

interface Slot {
  buffer: GPUBuffer
  /** The buffer's memory while it is mapped. */
  view: Uint8Array
  usedBytes: number
  runs: Run[]
}

/**
 * Carries bytes to the GPU. Whoever stages waits while every slot is still being copied from, so
 * host memory stays at the ring's size whatever is carried.
 */
export class StagingRing {
  readonly #gpu: Gpu
  readonly #buffers: readonly GPUBuffer[]
  /** The next slots, in order, each once it is mapped. */
  readonly #mapped: Promise<Slot>[]
  #current: Slot | undefined
  readonly #pauses = createPauses()

  constructor(gpu: Gpu, { slots, slotBytes }: Staging) {
    this.#gpu = gpu
    this.#buffers = Array.from({ length: slots }, (_, i) =>
      gpu.device.createBuffer({
        label: `staging ${i}`,
        size: slotBytes,
        usage: bufferUsage.mapWrite | bufferUsage.copySource,
        mappedAtCreation: true,
      }),
    )
    this.#mapped = this.#buffers.map(async (buffer) => emptySlot(buffer))
  }

  /**
   * Copies whole units, consecutive from `firstUnit`; when it resolves, `bytes` may be reused.
   * One call at a time.
   * @throws EngineError `device-lost`
   */
  async stage(destination: Destination, firstUnit: number, bytes: Uint8Array): Promise<void> {
    const { unitBytes } = destination
    let taken = 0
    while (taken < bytes.length) {
      const slot = await this.#slotWithRoom(unitBytes)
      const unit = firstUnit + taken / unitBytes
      const run = this.#runAt(slot, destination, unit)
      const room = slot.view.length - slot.usedBytes
      const units = Math.min(
        (bytes.length - taken) / unitBytes,
        Math.floor(room / unitBytes),
        Math.max(1, Math.floor(COPY_BYTES / unitBytes)),
      )
      const part = bytes.subarray(taken, taken + units * unitBytes)
      slot.view.set(part, slot.usedBytes)
      slot.usedBytes += part.length
      run.units += units
      taken += part.length
      if (taken < bytes.length) await this.#pauses.next()
    }
  }

  /** Submits what is staged, and waits until the GPU has all of it. */
  async drain(): Promise<void> {
    await this.#submit()
    await this.#gpu.settle(this.#gpu.device.queue.onSubmittedWorkDone())
  }

  destroy() {
    for (const buffer of this.#buffers) buffer.destroy()
    this.#pauses.end()
  }

  async #slotWithRoom(bytes: number): Promise<Slot> {
    if (this.#current && wholeWords(this.#current.usedBytes) + bytes > this.#current.view.length)
      await this.#submit()
    this.#current ??= await this.#gpu.settle(this.#mapped.shift() as Promise<Slot>)
    return this.#current
  }

  /** The slot's last run where `unit` continues it, otherwise a new one. */
  #runAt(slot: Slot, destination: Destination, unit: number): Run {
    const last = slot.runs.at(-1)
    if (last?.destination === destination && last.firstUnit + last.units === unit) return last
    slot.usedBytes = wholeWords(slot.usedBytes)
    const run = { destination, slotOffset: slot.usedBytes, firstUnit: unit, units: 0 }
    slot.runs.push(run)
    return run
  }

  async #submit() {
    if (!this.#current) return
    const { buffer, runs } = this.#current
    this.#current = undefined
    buffer.unmap()
    const encoder = this.#gpu.device.createCommandEncoder()
    for (const { destination, ...run } of runs)
      await destination.encode(encoder, { slot: buffer, ...run })
    this.#gpu.device.queue.submit([encoder.finish()])
    const mapped = buffer.mapAsync(mapModeWrite).then(() => emptySlot(buffer))
    // Awaited when its turn comes; until then a failure is not "unhandled".
    mapped.catch(() => {})
    this.#mapped.push(mapped)
  }
}

/** Pauses for other tasks, one at a time, where a timer would wait for 4 ms. */
function createPauses() {
  const { port1, port2 } = new MessageChannel()
  let begin = () => {}
  port1.onmessage = () => begin()
  return {
    /** Resolves when the tasks that are waiting by now have had their turn, or at the end. */
    next: () =>
      new Promise<void>((resolve) => {
        begin = resolve
        port2.postMessage(undefined)
      }),
    end() {
      port1.close()
      begin()
    },
  }
}

const emptySlot = (buffer: GPUBuffer): Slot => ({
  buffer,
  view: new Uint8Array(buffer.getMappedRange()),
  usedBytes: 0,
  runs: [],
})

const wholeWords = (bytes: number) => Math.ceil(bytes / 4) * 4
