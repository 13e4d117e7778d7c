import { sha256 } from './sha256'
import {
  checkPiece,
  checkWhole,
  createPieceSource,
  describeModel,
  existing,
  type ModelRecord,
  newRecord,
  obsoletePieces,
  PIECE_BYTES,
  type PieceKey,
  type ShardStore,
} from './shard-store'
import { verifyPieces } from './verify'
import { weightHash } from './weight-hash'

interface Entry {
  record: ModelRecord
  pieces: Map<string, PieceKey & { blob: Blob; sha256: string | undefined }>
}

/** Keeps models in memory, where there is no browser storage: in tests. */
export function createMemoryShardStore({ pieceBytes = PIECE_BYTES } = {}): ShardStore {
  const entries = new Map<string, Entry>()

  const keyOf = (file: string, piece: number) => `${piece} ${file}`
  const summarize = ({ record, pieces }: Entry) => describeModel(record, pieces.values())

  function drop(entry: Entry, keys: readonly PieceKey[]) {
    for (const { file, piece } of keys) entry.pieces.delete(keyOf(file, piece))
    entry.record = { ...entry.record, completedAt: undefined }
  }

  return {
    async list() {
      return Array.from(entries.values(), summarize)
    },

    async find(model) {
      const entry = entries.get(model)
      return entry && summarize(entry)
    },

    async begin(model, files, publication) {
      const before = entries.get(model)
      const pieces = new Map(before?.pieces)
      if (before !== undefined) {
        const obsolete = obsoletePieces(summarize(before), files, pieceBytes, publication)
        for (const { file, piece } of obsolete) pieces.delete(keyOf(file, piece))
      }
      const entry = { record: newRecord(model, files, pieceBytes, publication), pieces }
      entries.set(model, entry)
      return summarize(entry)
    },

    async putPiece(model, file, piece, bytes) {
      const kept = { file, piece, blob: new Blob([bytes]), sha256: await sha256(bytes) }
      const { record, pieces } = existing(model, entries.get(model))
      checkPiece(record, { file, piece }, bytes.length)
      pieces.set(keyOf(file, piece), kept)
    },

    async drop(model, keys) {
      drop(existing(model, entries.get(model)), keys)
    },

    async complete(model) {
      const entry = existing(model, entries.get(model))
      checkWhole(summarize(entry))
      entry.record = { ...entry.record, completedAt: Date.now() }
    },

    async verify(model, options) {
      const entry = entries.get(model)
      if (entry === undefined) return { damaged: [], unhashed: [] }
      const { pieces } = entry
      const verification = await verifyPieces(
        summarize(entry),
        async ({ file, piece }) => {
          const found = pieces.get(keyOf(file, piece))
          return { blob: found?.blob, sha256: found?.sha256 }
        },
        options,
      )
      if (verification.damaged.length > 0) drop(entry, verification.damaged)
      return verification
    },

    async hash(model) {
      const entry = entries.get(model)
      return (
        entry &&
        weightHash(
          summarize(entry),
          ({ file, piece }) => entry.pieces.get(keyOf(file, piece))?.sha256,
        )
      )
    },

    async delete(model) {
      const entry = entries.get(model)
      entries.delete(model)
      return { freedBytes: entry === undefined ? 0 : summarize(entry).storedBytes }
    },

    source(model) {
      return createPieceSource(
        model,
        async () => entries.get(model)?.record,
        async (file, piece) => entries.get(model)?.pieces.get(keyOf(file, piece))?.blob,
      )
    },
  }
}
