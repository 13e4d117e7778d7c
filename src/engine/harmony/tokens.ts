import type { Tokenizer } from '../tokenizer/tokenizer'

/** The special tokens that Harmony is made of, by name (spec section 7.1). */
export const START = '<|start|>'
export const CHANNEL = '<|channel|>'
export const CONSTRAIN = '<|constrain|>'
export const MESSAGE = '<|message|>'
export const END = '<|end|>'
export const CALL = '<|call|>'
export const RETURN = '<|return|>'
export const END_OF_TEXT = '<|endoftext|>'

/** What closes a message. */
export type ClosingToken = typeof END | typeof CALL | typeof RETURN | typeof END_OF_TEXT

/**
 * The ids at which generation stops (spec section 8): the turn is over, or a tool is to be run.
 * `<|end|>` is none of them: after it the model goes on with its next message.
 *
 * @throws EngineError `file-invalid` when the tokenizer lacks one of them
 */
export function stopTokenIds(tokenizer: Tokenizer): number[] {
  return [RETURN, CALL, END_OF_TEXT].map((name) => tokenizer.requiredSpecialId(name))
}
