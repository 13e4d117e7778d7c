import type { Constants } from '../gpu/kernel'

/** Keys that one workgroup attends to alone: to this many, dividing them costs more than it saves. */
const UNDIVIDED_KEYS = 1024
/** Keys of a part, where there are no more than MOST_SPLITS parts of them. */
const SPLIT_KEYS = 256
const MOST_SPLITS = 64

/**
 * Into how many parts the keys of one token's attention in a full layer are divided, so that
 * enough workgroups share them: 1 where they are not. shaders/shared/splits.wgsl says the same of more than 1.
 */
export function splitsAt(position: number, headDim: number): number {
  if (position < UNDIVIDED_KEYS) return 1
  const { SPLIT_KEYS: keys } = splitConstants(headDim)
  const length = keys * (Math.floor(position / (keys * MOST_SPLITS)) + 1)
  return Math.floor(position / length) + 1
}

/** The most parts at any position before `contextTokens`. */
export const mostSplits = (contextTokens: number, headDim: number) =>
  contextTokens > MOST_SPLITS * splitConstants(headDim).SPLIT_KEYS
    ? MOST_SPLITS
    : splitsAt(contextTokens - 1, headDim)

/** The override constants of shaders/shared/splits.wgsl. */
export const splitConstants = (headDim: number) =>
  ({ SPLIT_KEYS: headDim * Math.ceil(SPLIT_KEYS / headDim), MOST_SPLITS }) satisfies Constants
