/**
 * The engine from the command line, in Node: `npm run -s engine -- COMMAND --model DIR …`.
 *
 * Results go to standard output as JSON, progress and errors to standard error; an error ends the
 * command with exit code 1.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { EngineError, errorData } from '../../src/engine/errors'
import { createGenerator } from '../../src/engine/generate/generate'
import { defaultSampling } from '../../src/engine/generate/sampler'
import { parseRequest, renderRequest, writeMessage } from '../../src/engine/harmony/json'
import { HarmonyParser } from '../../src/engine/harmony/parser'
import { renderConversation } from '../../src/engine/harmony/render'
import { stopTokenIds } from '../../src/engine/harmony/tokens'
import { type ModelConfig, parseConfig } from '../../src/engine/model/config'
import { kvCacheBytes } from '../../src/engine/model/kv-cache'
import { loadModel } from '../../src/engine/model/load'
import { bytesByFamily, checkTensors, parameterCount } from '../../src/engine/model/weights'
import { toHarmony } from '../../src/engine/openai/chat-completions'
import type { ChatMessage, ChatRequest } from '../../src/engine/openai/types'
import { createTokenizer, type Tokenizer } from '../../src/engine/tokenizer/tokenizer'
import { type Checkpoint, openCheckpoint } from '../../src/engine/weights/checkpoint'
import { readAll } from '../../src/engine/weights/shard-source'
import { createFsSource } from '../fs-source'
import { openNodeGpu } from './adapter'
import { errorLine } from './error-line'

const usage = `usage: npm run -s engine -- COMMAND --model DIR [options]

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
  info      [--context N] the model, and what this adapter would need and offers

DIR is a folder in the Hugging Face layout; tokenize, render and parse read its tokenizer.json alone.`

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
} as const

type Options = { [Name in keyof typeof options]?: string | boolean }

const commands: Record<string, (given: Options) => Promise<unknown>> = {
  logits,
  generate,
  tokenize: withTokenizer((json, tokenizer) => {
    if (!Array.isArray(json) || !json.every((text) => typeof text === 'string'))
      throw invalid('tokenize reads a JSON array of strings')
    return json.map((text: string) => tokenizer.encode(text))
  }),
  render: withTokenizer(renderRequest),
  parse: withTokenizer(parseRequest),
  info,
}

/** Runs a command; resolves to the exit code. */
export async function main(args: string[]): Promise<number> {
  try {
    const [name = '', ...rest] = args
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined
    if (!command) {
      console.error(usage)
      return 1
    }
    const result = await command(parseOptions(rest))
    if (result !== undefined) process.stdout.write(`${JSON.stringify(result)}\n`)
    return 0
  } catch (error) {
    console.error(`error: ${errorLine(errorData(error))}`)
    return 1
  }
}

async function logits(given: Options) {
  const tokens = readTokens(required(given, 'tokens'))
  const out = required(given, 'out')
  const { config, checkpoint } = await openModel(given)
  checkTokens(tokens, config.vocabSize)
  const { generator, destroy } = await loadGenerator(config, checkpoint, given, tokens.length)
  const all = new Float32Array(tokens.length * config.vocabSize)
  let row = 0
  for await (const values of generator.session.logits(
    tokens,
    given.decode ? 'decode' : 'prefill',
  )) {
    all.set(values, config.vocabSize * row++)
    progress(`logits ${row}/${tokens.length}`)
  }
  writeFileSync(out, new Uint8Array(all.buffer))
  destroy()
  return { out, shape: [tokens.length, config.vocabSize] }
}

async function generate(given: Options) {
  const { config, checkpoint } = await openModel(given)
  const tokenizer = checkpointTokenizer(checkpoint)
  const prompt = readPrompt(given, tokenizer)
  checkTokens(prompt, config.vocabSize)
  const maxTokens = number(given, 'max-tokens') ?? 256
  if (!(Number.isInteger(maxTokens) && maxTokens > 0))
    throw invalid(`--max-tokens is ${maxTokens}; it must be a whole number above 0`)
  const sampling = {
    temperature: number(given, 'temperature') ?? defaultSampling.temperature,
    topK: number(given, 'top-k') ?? defaultSampling.topK,
    topP: number(given, 'top-p') ?? defaultSampling.topP,
    minP: number(given, 'min-p') ?? defaultSampling.minP,
    repetitionPenalty: number(given, 'repetition-penalty') ?? defaultSampling.repetitionPenalty,
    seed: number(given, 'seed') ?? Math.floor(Math.random() * 2 ** 32),
  }
  const context = Math.min(prompt.length + maxTokens, config.maxPositionEmbeddings)
  const { generator, destroy } = await loadGenerator(config, checkpoint, given, context)

  const started = performance.now()
  let prefilled = started
  const tokens: number[] = []
  const generation = generator.generate({
    prompt,
    sampling,
    maxTokens,
    stopTokens: new Set(stopTokenIds(tokenizer)),
    onPrefilled: () => {
      prefilled = performance.now()
    },
  })
  let step = await generation.next()
  const firstTokenMs = performance.now() - started
  for (; !step.done; step = await generation.next()) {
    tokens.push(step.value)
    progress(`token ${tokens.length}`)
  }
  const decodeMs = performance.now() - started - firstTokenMs
  const prefillMs = prefilled - started

  const parser = new HarmonyParser(tokenizer, { mode: 'tolerant', role: 'assistant' })
  for (const token of tokens) parser.push(token)
  parser.finish()
  destroy()
  return {
    tokens,
    text: tokenizer.decode(tokens),
    messages: parser.messages.map(writeMessage),
    finishReason: step.value,
    repairs: parser.repairs,
    seed: sampling.seed,
    timings: {
      firstTokenMs,
      prefillMs,
      decodeMs,
      prefillTokensPerSecond: (1000 * prompt.length) / prefillMs,
      decodeTokensPerSecond: (1000 * (tokens.length - 1)) / decodeMs,
    },
  }
}

async function info(given: Options) {
  const { config, checkpoint } = await openModel(given)
  const gpu = await openNodeGpu()
  const contextTokens = number(given, 'context') ?? Math.min(config.maxPositionEmbeddings, 8192)
  const families = bytesByFamily(config)
  const weightBytes = Object.values(families).reduce((a, b) => a + b, 0)
  const kvBytes = kvCacheBytes(gpu, config, contextTokens)
  return {
    config,
    parameterCount: parameterCount(config),
    files: checkpoint.files,
    tensors: [...checkpoint.tensors.names()].map((name) => checkpoint.tensors.get(name)),
    bytesByFamily: families,
    adapter: {
      ...gpu.adapter,
      features: gpu.features,
      limits: gpu.limits,
    },
    memory: {
      contextTokens,
      weightBytes,
      kvCacheBytes: kvBytes,
      totalBytes: weightBytes + kvBytes,
    },
  }
}

/** A command that needs a tokenizer alone, and reads its input from standard input. */
function withTokenizer(run: (json: unknown, tokenizer: Tokenizer) => unknown) {
  return async (given: Options) => {
    const maxBytes = 64 * 1024 * 1024
    const source = createFsSource(required(given, 'model'))
    const text = new TextDecoder().decode(await readAll(source, 'tokenizer.json', maxBytes))
    return run(parseJson(readFileSync(0, 'utf8'), 'standard input'), createTokenizer(text))
  }
}

async function openModel(given: Options): Promise<{ config: ModelConfig; checkpoint: Checkpoint }> {
  const checkpoint = await openCheckpoint(createFsSource(required(given, 'model')))
  const config = parseConfig(checkpoint.config)
  checkTensors(config, checkpoint.tensors)
  return { config, checkpoint }
}

async function loadGenerator(
  config: ModelConfig,
  checkpoint: Checkpoint,
  given: Options,
  contextNeeded: number,
) {
  const gpu = await openNodeGpu()
  progress(`adapter ${gpu.adapter.description}`)
  const model = await loadModel(gpu, config, checkpoint.tensors, {
    contextTokens: number(given, 'context') ?? contextNeeded,
    chunkTokens: number(given, 'chunk'),
    onProgress: (done, total) => progress(`upload ${done}/${total} bytes`),
  })
  const tokenCount = checkpoint.tokenizerJson
    ? checkpointTokenizer(checkpoint).tokenCount
    : config.vocabSize
  const generator = await createGenerator(gpu, model.forward, tokenCount)
  return {
    generator,
    destroy() {
      generator.destroy()
      model.destroy()
    },
  }
}

function checkpointTokenizer({ tokenizerJson }: Checkpoint): Tokenizer {
  if (tokenizerJson === undefined)
    throw new EngineError({ code: 'file-missing', file: 'tokenizer.json', neededBy: 'generate' })
  return createTokenizer(tokenizerJson)
}

function readPrompt(given: Options, tokenizer: Tokenizer): number[] {
  if (given.tokens) return readTokens(required(given, 'tokens'))
  const file = required(given, 'messages')
  const json = parseJson(readText(file), file)
  const { messages, tools } = (Array.isArray(json) ? { messages: json } : json) as ChatRequest
  const request = {
    messages: messages as ChatMessage[],
    ...(tools && { tools }),
    ...(given.effort && { reasoning_effort: given.effort }),
    ...(given.date && { current_date: given.date }),
  } as ChatRequest
  return [...renderConversation(toHarmony(request), tokenizer).ids]
}

function readTokens(file: string): number[] {
  const json = parseJson(readText(file), file)
  if (!Array.isArray(json) || json.length === 0 || !json.every((id) => Number.isInteger(id)))
    throw new EngineError({ code: 'file-invalid', file, problem: 'is no JSON array of token ids' })
  return json
}

function checkTokens(tokens: readonly number[], vocabSize: number) {
  const stray = tokens.find((id) => id < 0 || id >= vocabSize)
  if (stray !== undefined) throw invalid(`token ${stray} is outside the vocabulary of ${vocabSize}`)
}

function parseOptions(args: string[]): Options {
  try {
    return parseArgs({ args, options }).values
  } catch (error) {
    throw invalid(`${(error as Error).message}\n\n${usage}`)
  }
}

function required(given: Options, name: keyof Options): string {
  const value = given[name]
  if (typeof value !== 'string' || value === '') throw invalid(`--${name} is missing\n\n${usage}`)
  return value
}

function number(given: Options, name: keyof Options): number | undefined {
  const text = given[name]
  if (text === undefined) return undefined
  const value = Number(text)
  if (text === '' || Number.isNaN(value)) throw invalid(`--${name} is "${text}", not a number`)
  return value
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new EngineError({ code: 'file-missing', file, neededBy: 'this command' })
  }
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new EngineError({
      code: 'file-invalid',
      file,
      problem: `is not JSON: ${(error as Error).message}`,
    })
  }
}

const invalid = (problem: string) => new EngineError({ code: 'request-invalid', problem })

/** A line that replaces itself on a terminal; elsewhere progress would be noise. */
function progress(text: string) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
}
