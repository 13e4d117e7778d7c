import type { EngineStatus } from '../stores/engine-store'
import type { ModelEntry } from '../stores/models-store'

/** Where a model stands, in one word; what can be done with it follows. */
export type ModelSituation =
  | 'active'
  | 'loading'
  | 'downloading'
  | 'verifying'
  | 'deleting'
  /** Part of it is stored. */
  | 'paused'
  | 'stored'
  /** A person's own files, read where they lie. */
  | 'picked'
  | 'absent'

/** @param status of the GPU as far as it is this model's; `empty` where another one is there */
export function situationOf(entry: ModelEntry, status: EngineStatus): ModelSituation {
  if (status.phase === 'loading') return 'loading'
  if (entry.task?.kind === 'download') return 'downloading'
  if (entry.task?.kind === 'verify') return 'verifying'
  if (entry.task?.kind === 'delete') return 'deleting'
  if (status.phase === 'ready') return 'active'
  if (entry.kind === 'picked') return 'picked'
  if (!entry.stored) return 'absent'
  return entry.stored.isComplete ? 'stored' : 'paused'
}
