import type { EngineError } from '../errors'
import { O200K_SPLIT } from '../o200k'
import { fromByteCharacters } from './byte-characters'

/** What tokenizer.json says, as far as byte-level BPE needs it. */
export interface TokenizerJson {
  /** Token, one character a byte (byte-characters.ts) → id. */
  vocabulary: ReadonlyMap<string, number>
  /** Name of an added token → id. */
  specials: ReadonlyMap<string, number>
}

type Json = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Ids from here on are refused: `encodePiece` holds an id and a position in one number. */
const MAX_IDS = 2 ** 22

const isId = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) < MAX_IDS

/**
 * Checks what a tokenizer.json says, of the kind that gpt-oss ships.
 *
 * The list of merges is not read: it holds every split of every token in the order of the ids, so
 * merging by the lowest id follows it (spec section 6). That is the style of a tokenizer with
 * `ignore_merges`, and a file without it is refused.
 *
 * @param json the file's content, parsed
 * @param invalid makes the error to throw for a problem
 */
export function readTokenizerJson(
  json: unknown,
  invalid: (problem: string) => EngineError,
): TokenizerJson {
  if (!isObject(json)) throw invalid('it is not a JSON object')

  const { model, added_tokens, normalizer } = json
  if (!isObject(model) || model.type !== 'BPE') throw invalid('model.type is not "BPE"')
  if (model.ignore_merges !== true) throw invalid('model.ignore_merges is not true')
  if (normalizer !== undefined && normalizer !== null) throw invalid('it has a normalizer')
  const vocabulary = readVocabulary(model.vocab, invalid)
  const specials = readSpecials(added_tokens, invalid)
  // Some files list an added token in the vocabulary too; ordinary text must never become it.
  for (const [name, id] of specials) if (vocabulary.get(name) === id) vocabulary.delete(name)
  checkSplit(json.pre_tokenizer, invalid)
  return { vocabulary, specials }
}

function readVocabulary(
  vocab: unknown,
  invalid: (problem: string) => EngineError,
): Map<string, number> {
  if (!isObject(vocab)) throw invalid('model.vocab is not an object')
  const vocabulary = new Map<string, number>()
  for (const token of Object.keys(vocab)) {
    const id = vocab[token]
    if (!isId(id)) throw invalid(`model.vocab[${JSON.stringify(token)}] is not an id`)
    if (fromByteCharacters(token) === undefined) {
      throw invalid(`model.vocab[${JSON.stringify(token)}] is not written in byte characters`)
    }
    vocabulary.set(token, id)
  }
  return vocabulary
}

function readSpecials(
  addedTokens: unknown,
  invalid: (problem: string) => EngineError,
): Map<string, number> {
  if (!Array.isArray(addedTokens)) throw invalid('added_tokens is not an array')
  return new Map(
    addedTokens.map((token: unknown, index) => {
      if (!isObject(token) || typeof token.content !== 'string' || !isId(token.id)) {
        throw invalid(`added_tokens[${index}] lacks an id or a content`)
      }
      return [token.content, token.id]
    }),
  )
}

/** A pre_tokenizer must split by the pattern of o200k_harmony and then into bytes. */
function checkSplit(preTokenizer: unknown, invalid: (problem: string) => EngineError): void {
  const steps: unknown = isObject(preTokenizer) ? preTokenizer.pretokenizers : undefined
  if (!Array.isArray(steps) || steps.length !== 2) {
    throw invalid('pre_tokenizer is not a Sequence of Split and ByteLevel')
  }
  const [split, byteLevel] = steps as [unknown, unknown]
  if (!isObject(split) || split.type !== 'Split' || split.behavior !== 'Isolated' || split.invert) {
    throw invalid('the first step of pre_tokenizer is not a Split that isolates its matches')
  }
  if (!isObject(byteLevel) || byteLevel.type !== 'ByteLevel' || byteLevel.add_prefix_space) {
    throw invalid('the second step of pre_tokenizer is not ByteLevel without a prefix space')
  }
  if (byteLevel.use_regex !== false) throw invalid('ByteLevel splits by a pattern of its own')
  const pattern = isObject(split.pattern) ? split.pattern.Regex : undefined
  if (pattern !== O200K_SPLIT) throw invalid('the Split has another Regex than gpt-oss has')
}
