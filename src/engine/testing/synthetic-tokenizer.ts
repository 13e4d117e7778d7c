/** Tokenizers for synthetic checkpoints: of the right size, and fit for chats. */
import { readFileSync } from 'node:fs'
import { miniModelFolder, readJson } from './golden'
import { gptOssFolder } from './tokenizers'

/** Rows of the published models' vocabulary, and the id of their first special token (spec 6). */
const PUBLISHED_VOCABULARY = 201088
const PUBLISHED_SPECIALS = 199998

/** Special tokens by their distance from the first, as in the published models. */
const specialOffsets: Readonly<Record<string, number>> = {
  '<|startoftext|>': 0,
  '<|endoftext|>': 1,
  '<|return|>': 4,
  '<|constrain|>': 5,
  '<|channel|>': 7,
  '<|start|>': 8,
  '<|end|>': 9,
  '<|message|>': 10,
  '<|call|>': 14,
  '<|endofprompt|>': 20,
}

interface TokenizerFile {
  added_tokens: { id: number; content: string }[]
  model: { vocab: Record<string, number> }
}

const miniTokenizer = () => readJson<TokenizerFile>(new URL('tokenizer.json', miniModelFolder))
/** Tokens of the bundled model but for its special ones; written down, as benchmarks run where its file is not. */
const miniTokenCount = 1526

/** As far below the vocabulary's end as in the published models; undefined where there is no room. */
function firstSpecialId(vocabSize: number): number | undefined {
  const id = vocabSize - (PUBLISHED_VOCABULARY - PUBLISHED_SPECIALS)
  return id >= miniTokenCount ? id : undefined
}

/** The ids in config.json and generation_config.json; a vocabulary without a tokenizer has some, too. */
export function configuredTokenIds(vocabSize: number) {
  const first = firstSpecialId(vocabSize)
  if (first === undefined) return { bos: 0, pad: 1, eos: [2, 3] }
  return { bos: first, pad: first + 1, eos: [first + 4, first + 1, first + 14] }
}

/**
 * tokenizer.json for a vocabulary of so many rows: for the published one the published file, for any
 * other the bundled model's, its special tokens moved up and the ids between filled with tokens that
 * no text is encoded to, as they begin with a byte that UTF-8 never has.
 *
 * @returns undefined where the vocabulary has no room for the bundled model's tokens
 */
export function syntheticTokenizer(vocabSize: number): Uint8Array<ArrayBuffer> | undefined {
  if (vocabSize === PUBLISHED_VOCABULARY) {
    return new Uint8Array(readFileSync(new URL('tokenizer.json', gptOssFolder)))
  }
  const first = firstSpecialId(vocabSize)
  if (first === undefined) return undefined
  const tokenizer = miniTokenizer()
  for (let id = miniTokenCount; id < first; id++) {
    tokenizer.model.vocab[`ÿ${id.toString(36)}`] = id
  }
  for (const token of tokenizer.added_tokens) {
    token.id = first + (specialOffsets[token.content] as number)
  }
  return new TextEncoder().encode(JSON.stringify(tokenizer))
}
