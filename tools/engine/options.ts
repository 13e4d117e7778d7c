import { parseArgs } from 'node:util'
import { EngineError } from '../../src/engine/errors'

const usage = `usage: npm run -s engine -- COMMAND --model PATH [options]

  logits    --tokens FILE.json --out FILE.f32 [--decode] [--chunk N]
            logits after every token, float32 little-endian [tokens, vocabulary]; in one prefill,
            or with --decode one token at a time
  generate  (--messages FILE.json | --tokens FILE.json) [--max-tokens N] [--temperature T]
            [--top-k K] [--top-p P] [--min-p P] [--repetition-penalty R] [--seed S]
            [--effort low|medium|high] [--date YYYY-MM-DD] [--context N] [--chunk N]
            --messages holds OpenAI-style messages, or an object with messages and tools
  tokenize  a JSON array of strings on standard input → an array of arrays of ids
  render    { conversation, mode, auto_drop_analysis } on standard input → { text, ids }
  parse     { ids, role, strict } on standard input → { messages }
  ledger    [--context N] [--chunk N]
            what a prefill of N tokens (128) and a token decoded after it ask of the device:
            dispatches, submissions, objects created, bytes bound and needed, JavaScript time
  info      [--context N] [--chunk N] [--limits 128MiB|1GiB|…]
            the model, what this adapter offers, and the memory plan: every buffer and what it
            holds; with --limits for an adapter whose buffers may have that size, without asking one
  info      --shape gpt-oss-20b|gpt-oss-120b|… [--layers N] [--vocab N] [--format gguf], as above
            without --model: the plan of a model that is not there
  synthesize  --shape gpt-oss-20b|gpt-oss-120b|tiny|wide|S|L1|M [--layers N] [--vocab N] [--seed N]
            [--format safetensors|gguf] (--out DIR | --serve [--port N] [--hashes])
            without --model: a checkpoint of random weights in the layout of the real ones, written,
            or computed as it is served, as a hub does; with --hashes the hub knows each SHA-256

PATH is a folder in the Hugging Face layout, of which tokenize, render and parse read tokenizer.json
alone, or a GGUF file.`

const options = {
  model: { type: 'string' },
  tokens: { type: 'string' },
  messages: { type: 'string' },
  out: { type: 'string' },
  decode: { type: 'boolean' },
  'max-tokens': { type: 'string' },
  temperature: { type: 'string' },
  'top-k': { type: 'string' },
  'top-p': { type: 'string' },
  'min-p': { type: 'string' },
  'repetition-penalty': { type: 'string' },
  seed: { type: 'string' },
  effort: { type: 'string' },
  date: { type: 'string' },
  context: { type: 'string' },
  chunk: { type: 'string' },
  limits: { type: 'string' },
  shape: { type: 'string' },
  format: { type: 'string' },
  layers: { type: 'string' },
  vocab: { type: 'string' },
  serve: { type: 'boolean' },
  port: { type: 'string' },
  hashes: { type: 'boolean' },
} as const

/** What is given on the command line; every option belongs to some commands. */
export type Options = { [Name in keyof typeof options]?: string | boolean }

/** @throws EngineError `request-invalid`, with the usage */
export function parseOptions(args: string[]): Options {
  try {
    return parseArgs({ args, options }).values
  } catch (error) {
    throw misused((error as Error).message)
  }
}

/** @throws EngineError `request-invalid` when the option is not given */
export function required(given: Options, name: keyof Options): string {
  const value = given[name]
  if (typeof value !== 'string' || value === '') throw misused(`--${name} is missing`)
  return value
}

/** @throws EngineError `request-invalid` when the option is no number */
export function number(given: Options, name: keyof Options): number | undefined {
  const text = given[name]
  if (text === undefined) return undefined
  const value = Number(text)
  if (text === '' || Number.isNaN(value)) throw invalid(`--${name} is "${text}", not a number`)
  return value
}

/**
 * A number of tokens.
 * @throws EngineError `request-invalid` when it is no whole number of at least 1
 */
export function count(given: Options, name: keyof Options): number | undefined {
  const value = number(given, name)
  if (value === undefined || (Number.isInteger(value) && value >= 1)) return value
  throw invalid(`--${name} is ${value}; it must be a whole number of at least 1`)
}

/** Sizes of the model in use that the command line may set. */
export function readSizes(given: Options): { contextTokens?: number; chunkTokens?: number } {
  const contextTokens = count(given, 'context')
  const chunkTokens = count(given, 'chunk')
  return {
    ...(contextTokens !== undefined && { contextTokens }),
    ...(chunkTokens !== undefined && { chunkTokens }),
  }
}

/** @throws EngineError `request-invalid` */
export function readFormat({ format = 'safetensors' }: Options): 'safetensors' | 'gguf' {
  if (format === 'safetensors' || format === 'gguf') return format
  throw invalid(`--format ${format}: the formats are safetensors and gguf`)
}

/** For a request that cannot be met. */
export const invalid = (problem: string) => new EngineError({ code: 'request-invalid', problem })

/** For a command line that is wrong as a whole: says how it goes. */
export const misused = (problem: string) => invalid(`${problem}\n\n${usage}`)
