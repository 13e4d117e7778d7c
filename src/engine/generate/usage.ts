import type { Submission } from '../gpu/ledger'

/** What bytes are for: the weights as in `TensorFamily`, the KV cache, and what layers hand on. */
export type BytesFamily =
  | 'embedding'
  | 'attention'
  | 'router'
  | 'experts'
  | 'norms'
  | 'head'
  | 'kvCache'
  | 'activations'

/** What some submissions asked of the device together. */
export interface Usage extends Record<Count, number> {
  submits: number
  /** Bytes that the dispatches must read or write at least once. */
  neededBytes: Record<BytesFamily, number>
}

const counts = [
  'passes',
  'dispatches',
  'objectsCreated',
  'writes',
  'writtenBytes',
  'immediateBytes',
  'readbackBytes',
  'boundBytes',
  'hostMs',
] as const
type Count = (typeof counts)[number]

/** Adds submissions up. Buffers are told apart by their labels, which the memory plan gives them. */
export function usageOf(submissions: readonly Submission[]): Usage {
  const total = (count: Count) =>
    submissions.reduce((sum, submission) => sum + submission[count], 0)
  const neededBytes: Record<BytesFamily, number> = {
    embedding: 0,
    attention: 0,
    router: 0,
    experts: 0,
    norms: 0,
    head: 0,
    kvCache: 0,
    activations: 0,
  }
  for (const submission of submissions)
    for (const [label, bytes] of submission.neededBytes) neededBytes[familyOf(label)] += bytes
  return {
    submits: submissions.length,
    ...(Object.fromEntries(counts.map((count) => [count, total(count)])) as Record<Count, number>),
    neededBytes,
  }
}

const families: readonly [RegExp, BytesFamily][] = [
  [/^model\.embed_tokens/, 'embedding'],
  [/^model\..*norm\.weight/, 'norms'],
  [/^model\..*self_attn/, 'attention'],
  [/^model\..*router/, 'router'],
  [/^model\..*experts/, 'experts'],
  [/^lm_head/, 'head'],
  [/ cache$/, 'kvCache'],
]

const familyOf = (label: string): BytesFamily =>
  families.find(([pattern]) => pattern.test(label))?.[1] ?? 'activations'
