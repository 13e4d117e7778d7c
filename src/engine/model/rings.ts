import { rowBytes, type Tensor } from '../gpu/tensor'
import { type KvCache, type LayerCache, snapshotSlots } from './kv-cache'

/** How much of the past the sliding layers remember, and how many copies of it can be kept. */
export interface RingSize {
  /** Positions that each ring holds. */
  capacity: number
  /** Positions before a token that it may need. */
  window: number
  /** Copies of a window that can be kept. */
  slots: number
}

/** The caches of the sliding layers as one: what the window before a position holds can be kept. */
export interface Rings extends RingSize {
  /** Encodes the copy of the window before `position` from the rings to a slot. */
  save(encoder: GPUCommandEncoder, slot: number, position: number): void
  /** Encodes the copy from the slot back to where the rings have it. */
  restore(encoder: GPUCommandEncoder, slot: number, position: number): void
}

/** Undefined where every layer holds the whole context. */
export function createRings(
  { layers, snapshots }: KvCache,
  isSliding: readonly boolean[],
  window: number,
): Rings | undefined {
  if (snapshots.length === 0) return undefined
  const rings = layers.filter((_, layer) => isSliding[layer])
  const capacity = rings[0]?.keys.shape[0] as number

  type Copy = (ring: Tensor, ringRow: number, saved: Tensor, savedRow: number, rows: number) => void
  function eachStretch(slot: number, position: number, copy: Copy) {
    const first = Math.max(0, position - window)
    for (let at = first; at < position; ) {
      const ringRow = at % capacity
      const rows = Math.min(position - at, capacity - ringRow)
      const savedRow = slot * window + at - first
      rings.forEach((ring, i) => {
        const saved = snapshots[i] as LayerCache
        copy(ring.keys, ringRow, saved.keys, savedRow, rows)
        copy(ring.values, ringRow, saved.values, savedRow, rows)
      })
      at += rows
    }
  }

  return {
    capacity,
    window,
    slots: snapshotSlots,
    save(encoder, slot, position) {
      eachStretch(slot, position, (ring, ringRow, saved, savedRow, rows) =>
        copyRows(encoder, ring, ringRow, saved, savedRow, rows),
      )
    },
    restore(encoder, slot, position) {
      eachStretch(slot, position, (ring, ringRow, saved, savedRow, rows) =>
        copyRows(encoder, saved, savedRow, ring, ringRow, rows),
      )
    },
  }
}

/** Encodes the copy of rows between tensors whose rows are of one length. */
function copyRows(
  encoder: GPUCommandEncoder,
  from: Tensor,
  fromRow: number,
  to: Tensor,
  toRow: number,
  rows: number,
) {
  const bytes = rowBytes(from)
  encoder.copyBufferToBuffer(from.buffer, fromRow * bytes, to.buffer, toRow * bytes, rows * bytes)
}
