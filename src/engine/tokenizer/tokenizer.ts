/** Text ↔ token ids by a checkpoint's tokenizer.json: byte-level BPE (spec section 6). */
import { EngineError } from '../errors'
import { encodePiece } from './bpe'
import { BYTE_CHARACTERS, fromByteCharacters, toByteCharacters } from './byte-characters'
import { splitText } from './split-pattern'
import { readTokenizerJson } from './tokenizer-json'

/** What decoding makes of a special token: its name, as `<|end|>`, or nothing. */
export type SpecialDecoding = 'name' | 'omit'

/**
 * Makes a tokenizer of what a tokenizer.json says.
 *
 * @param json the file's content, parsed: an untrusted JSON value
 * @param file its name, for errors
 * @throws EngineError `file-invalid` when it describes another kind of tokenizer, lacks one of the
 *   256 bytes, or splits text by another pattern than o200k_harmony's
 */
export function createTokenizer(json: unknown, file = 'tokenizer.json'): Tokenizer {
  return new Tokenizer(json, file)
}

export class Tokenizer {
  /** 1 + the highest id that has a token. Rows of the vocabulary from here on are reserved. */
  readonly tokenCount: number

  readonly #file: string
  readonly #idOf: ReadonlyMap<string, number>
  /** id → ordinary token, one character a byte; holes where no token is. */
  readonly #tokens: readonly (string | undefined)[]
  readonly #longestToken: number
  readonly #specialIds: ReadonlyMap<string, number>
  readonly #specialNames: ReadonlyMap<number, string>

  constructor(json: unknown, file: string) {
    const invalid = (problem: string) => new EngineError({ code: 'file-invalid', file, problem })
    const { vocabulary, specials } = readTokenizerJson(json, invalid)

    this.#file = file
    this.#specialIds = specials
    const specialNames = new Map<number, string>()
    const tokens: string[] = []
    let tokenCount = 0
    let longestToken = 0
    for (const [name, id] of specials) {
      specialNames.set(id, name)
      tokenCount = Math.max(tokenCount, id + 1)
    }
    for (const [token, id] of vocabulary) {
      if (tokens[id] !== undefined || specialNames.has(id)) {
        throw invalid(`two tokens have the id ${id}`)
      }
      tokens[id] = token
      tokenCount = Math.max(tokenCount, id + 1)
      longestToken = Math.max(longestToken, token.length)
    }
    const missingByte = BYTE_CHARACTERS.findIndex((character) => !vocabulary.has(character))
    if (missingByte !== -1) throw invalid(`the byte ${missingByte} has no token`)

    this.#specialNames = specialNames
    this.#idOf = vocabulary
    this.#tokens = tokens
    this.#longestToken = longestToken
    this.tokenCount = tokenCount
  }

  /** The ids of `text`. Special tokens written in it are ordinary text, like all a user types. */
  encode(text: string): number[] {
    const ids: number[] = []
    for (const piece of splitText(text)) {
      const characters = toByteCharacters(piece)
      const id = this.#idOf.get(characters)
      if (id !== undefined) {
        ids.push(id)
      } else {
        for (const part of encodePiece(characters, this.#idOf, this.#longestToken)) ids.push(part)
      }
    }
    return ids
  }

  /** The text of `ids`. Bytes that are no UTF-8, and ids without a token, become U+FFFD. */
  decode(ids: Iterable<number>, options: { special?: SpecialDecoding } = {}): string {
    const decoder = this.createDecoder(options)
    let text = ''
    for (const id of ids) text += decoder.push(id)
    return text + decoder.flush()
  }

  /** Decodes token by token and never gives half a character. */
  createDecoder(options: { special?: SpecialDecoding } = {}): StreamingDecoder {
    return new StreamingDecoder(this, options.special ?? 'name')
  }

  /** The bytes of a token; of a special token, those of its name. Undefined where no token is. */
  tokenBytes(id: number): Uint8Array<ArrayBuffer> | undefined {
    const name = this.#specialNames.get(id)
    if (name !== undefined) return new TextEncoder().encode(name)
    const token = this.#tokens[id]
    return token === undefined ? undefined : fromByteCharacters(token)
  }

  /** The name of a special token, as `<|start|>`; undefined for every other id. */
  specialName(id: number): string | undefined {
    return this.#specialNames.get(id)
  }

  /** The id of a special token by its name, as `<|start|>`. */
  specialId(name: string): number | undefined {
    return this.#specialIds.get(name)
  }

  /**
   * The id of a special token that the caller cannot do without.
   *
   * @throws EngineError `file-invalid` when the tokenizer has none of that name
   */
  requiredSpecialId(name: string): number {
    const id = this.specialId(name)
    if (id === undefined) {
      const problem = `it has no special token ${name}`
      throw new EngineError({ code: 'file-invalid', file: this.#file, problem })
    }
    return id
  }
}

const REPLACEMENT = new TextEncoder().encode('\uFFFD')

/**
 * Turns tokens into text as they come. A token may end inside a character; those bytes are held
 * back until the next token completes them, or turn into U+FFFD when it does not.
 */
export class StreamingDecoder {
  readonly #tokenizer: Tokenizer
  readonly #special: SpecialDecoding
  /** A byte order mark is text like any other here. */
  readonly #utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

  constructor(tokenizer: Tokenizer, special: SpecialDecoding) {
    this.#tokenizer = tokenizer
    this.#special = special
  }

  /** The text that `id` completes; may be empty. */
  push(id: number): string {
    if (this.#special === 'omit' && this.#tokenizer.specialName(id) !== undefined) return ''
    return this.#utf8.decode(this.#tokenizer.tokenBytes(id) ?? REPLACEMENT, { stream: true })
  }

  /** What is still held back: U+FFFD for an incomplete character, otherwise nothing. */
  flush(): string {
    return this.#utf8.decode()
  }
}
