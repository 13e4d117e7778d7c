/**
 * The engine from the command line, in Node: `npm run -s engine -- COMMAND --model PATH …`.
 *
 * Results go to standard output as JSON, progress and errors to standard error; an error ends the
 * command with exit code 1.
 */
import type { Readable } from 'node:stream'
import { text as readToEnd } from 'node:stream/consumers'
import { EngineError, errorData } from '../../src/engine/errors'
import { createGenerator } from '../../src/engine/generate/generate'
import { checkSampling, defaultSampling } from '../../src/engine/generate/sampler'
import { parseRequest, renderRequest, writeMessage } from '../../src/engine/harmony/json'
import { HarmonyParser } from '../../src/engine/harmony/parser'
import { renderConversation } from '../../src/engine/harmony/render'
import { stopTokenIds } from '../../src/engine/harmony/tokens'
import { loadModel } from '../../src/engine/model/load'
import { toHarmony } from '../../src/engine/openai/chat-completions'
import type { ChatMessage, ChatRequest } from '../../src/engine/openai/types'
import type { Tokenizer } from '../../src/engine/tokenizer/tokenizer'
import type { Checkpoint } from '../../src/engine/weights/checkpoint'
import { openNodeGpu } from './adapter'
import { errorLine } from './error-line'
import { checkOutput, parseJson, readText, writeOutput } from './files'
import { info } from './info'
import { ledger } from './ledger'
import { type OpenModel, openModel, openTokenizer } from './model'
import {
  count,
  invalid,
  misused,
  number,
  type Options,
  parseOptions,
  readSizes,
  required,
} from './options'
import { synthesize } from './synthesize'

const commands: Record<string, (given: Options, stdin: Readable) => Promise<unknown>> = {
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
  ledger,
  synthesize,
}

/** Runs a command, which may read `stdin`; resolves to the exit code. */
export async function main(
  args: readonly string[],
  stdin: Readable = process.stdin,
): Promise<number> {
  try {
    const [name, ...rest] = args
    if (name === undefined) throw misused('no command is given')
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined
    if (!command) throw misused(`there is no command ${JSON.stringify(name)}`)
    const result = await command(parseOptions(rest), stdin)
    progress('')
    process.stdout.write(`${JSON.stringify(result)}\n`)
    return 0
  } catch (error) {
    progress('')
    console.error(`error: ${errorLine(errorData(error))}`)
    return 1
  }
}

async function logits(given: Options) {
  const tokens = readTokens(required(given, 'tokens'))
  const out = required(given, 'out')
  checkOutput(out)
  const sizes = readSizes(given)
  const model = await openModel(given)
  const { config } = model
  const { generator, destroy } = await loadGenerator(model, tokens, {
    contextTokens: tokens.length,
    ...sizes,
  })
  const all = new Float32Array(tokens.length * config.vocabSize)
  let row = 0
  for await (const values of generator.session.logits(
    tokens,
    given.decode ? 'decode' : 'prefill',
  )) {
    all.set(values, config.vocabSize * row++)
    progress(`logits ${row}/${tokens.length}`)
  }
  destroy()
  writeOutput(out, new Uint8Array(all.buffer))
  return { out, shape: [tokens.length, config.vocabSize] }
}

async function generate(given: Options) {
  const maxTokens = count(given, 'max-tokens') ?? 256
  const sizes = readSizes(given)
  const sampling = {
    temperature: number(given, 'temperature') ?? defaultSampling.temperature,
    topK: number(given, 'top-k') ?? defaultSampling.topK,
    topP: number(given, 'top-p') ?? defaultSampling.topP,
    minP: number(given, 'min-p') ?? defaultSampling.minP,
    repetitionPenalty: number(given, 'repetition-penalty') ?? defaultSampling.repetitionPenalty,
    seed: number(given, 'seed') ?? Math.floor(Math.random() * 2 ** 32),
  }
  checkSampling(sampling)
  const model = await openModel(given)
  const { config, tokenizer } = model
  const prompt = readPrompt(given, tokenizer)
  const { generator, destroy } = await loadGenerator(model, prompt, {
    contextTokens: Math.min(prompt.length + maxTokens, config.maxPositionEmbeddings),
    ...sizes,
  })

  const started = performance.now()
  let prefilled = started
  const tokens: number[] = []
  const generation = generator.generate({
    prompt,
    sampling,
    maxTokens,
    stopTokens: new Set(tokenizer ? stopTokenIds(tokenizer) : endTokens(model.checkpoint)),
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

  destroy()
  return {
    tokens,
    ...(tokenizer && read(tokens, tokenizer)),
    finishReason: step.value,
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

/** What generated tokens say. */
function read(tokens: readonly number[], tokenizer: Tokenizer) {
  const parser = new HarmonyParser(tokenizer, { mode: 'tolerant', role: 'assistant' })
  for (const token of tokens) parser.push(token)
  parser.finish()
  return {
    text: tokenizer.decode(tokens),
    messages: parser.messages.map(writeMessage),
    repairs: parser.repairs,
  }
}

/** Where there is no tokenizer to name them, the tokens that generation_config.json ends with. */
function endTokens({ generationConfig }: Checkpoint): number[] {
  const { eos_token_id: ids = [] } = (generationConfig ?? {}) as { eos_token_id?: unknown }
  return [ids].flat().filter((id) => Number.isInteger(id)) as number[]
}

/** A command that needs a tokenizer alone, and reads its input from `stdin`. */
function withTokenizer(run: (json: unknown, tokenizer: Tokenizer) => unknown) {
  return async (given: Options, stdin: Readable) => {
    const tokenizer = await openTokenizer(given)
    return run(parseJson(await readToEnd(stdin), 'standard input'), tokenizer)
  }
}

/** Loads a model for a sequence that begins with `tokens`, which are checked first. */
async function loadGenerator(
  { config, checkpoint, tokenizer }: OpenModel,
  tokens: readonly number[],
  sizes: { contextTokens: number; chunkTokens?: number },
) {
  checkTokens(tokens, config.vocabSize, sizes.contextTokens)
  const gpu = await openNodeGpu()
  progress(`adapter ${gpu.adapter.description}`)
  const model = await loadModel(gpu, config, checkpoint.tensors, {
    ...sizes,
    onProgress: (done, total) => progress(`upload ${done}/${total} bytes`),
  })
  const generator = await createGenerator(
    gpu,
    model.forward,
    tokenizer?.tokenCount ?? config.vocabSize,
  )
  return {
    generator,
    destroy() {
      generator.destroy()
      model.destroy()
    },
  }
}

function readPrompt(given: Options, tokenizer: Tokenizer | undefined): number[] {
  if ((given.tokens === undefined) === (given.messages === undefined))
    throw misused('one of --messages and --tokens must be given')
  if (given.tokens !== undefined) return readTokens(required(given, 'tokens'))
  if (!tokenizer)
    throw new EngineError({ code: 'file-missing', file: 'tokenizer.json', neededBy: '--messages' })
  const file = required(given, 'messages')
  const json = parseJson(readText(file), file)
  if (typeof json !== 'object' || json === null)
    throw new EngineError({ code: 'file-invalid', file, problem: 'holds no messages' })
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

/** @throws EngineError `request-invalid`, `context-full` */
function checkTokens(tokens: readonly number[], vocabSize: number, contextTokens: number) {
  const stray = tokens.find((id) => id < 0 || id >= vocabSize)
  if (stray !== undefined) throw invalid(`token ${stray} is outside the vocabulary of ${vocabSize}`)
  const neededTokens = tokens.length
  if (neededTokens > contextTokens)
    throw new EngineError({ code: 'context-full', contextTokens, neededTokens })
}

/** A line that replaces itself on a terminal; elsewhere progress would be noise. */
function progress(text: string) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
}
