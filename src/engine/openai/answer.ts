import { EngineError } from '../errors'
import type { GenerateEnd, Generator } from '../generate/generate'
import { defaultSampling, type Sampling } from '../generate/sampler'
import { renderConversation } from '../harmony/render'
import { stopTokenIds } from '../harmony/tokens'
import type { Tokenizer } from '../tokenizer/tokenizer'
import { answerAtEnd, ChatCollector, today, toHarmony } from './chat-completions'
import { historyTokens, withAnswer } from './history'
import { stopStringsOf } from './stop-strings'
import type { ChatChunk, ChatDelta, ChatRequest } from './types'

/** A model that is ready to chat. */
export interface ChatModel {
  /** Its name, as chunks carry it. */
  model: string
  tokenizer: Tokenizer
  generator: Generator
}

/**
 * One assistant turn: messages → tokens → generated tokens → chunks.
 * @returns the conversation with this answer, where the model ended it
 * @throws EngineError `request-invalid`, `context-full`, `device-lost`
 */
export async function* answer(
  { model, tokenizer, generator }: ChatModel,
  asked: ChatRequest,
  signal: AbortSignal | undefined,
): AsyncGenerator<ChatChunk, ChatRequest | undefined, void> {
  const startedMs = performance.now()
  const request = { ...asked, current_date: asked.current_date ?? today() }
  const { conversation, prompt, isContinued } = promptOf(request, tokenizer)
  const sampling = samplingOf(request)
  const maxTokens = request.max_tokens ?? Number.POSITIVE_INFINITY
  checkCount('max_tokens', maxTokens)
  const collector = new ChatCollector(tokenizer, newCompletion(model), {
    begun: isContinued ? answerAtEnd(conversation) : [],
    stops: stopStringsOf(request.stop),
  })

  let cachedTokens = 0
  let prefilledMs = startedMs
  let firstTokenMs = startedMs
  let completionTokens = 0
  const deltas: ChatDelta[] = []
  const withTokens = tokenTeller(request, prompt)
  let end: GenerateEnd = 'cancelled'
  const tokens = generator.generate({
    prompt,
    sampling,
    maxTokens,
    stopTokens: new Set(stopTokenIds(tokenizer)),
    signal,
    onPrefilled(cached) {
      cachedTokens = cached
      prefilledMs = performance.now()
    },
  })
  try {
    for (;;) {
      const step = await tokens.next()
      if (step.done) {
        end = step.value
        break
      }
      if (completionTokens++ === 0) firstTokenMs = performance.now()
      withTokens.take(step.value)
      for (const chunk of collector.push(step.value)) {
        deltas.push(chunk.choices[0].delta)
        yield withTokens.tell(chunk)
      }
      if (collector.isStopped) {
        end = 'stop'
        break
      }
    }
  } finally {
    // Whoever stops listening stops the generation; the next turn begins when the GPU is free.
    await tokens.return('cancelled')
  }

  const prefillMs = prefilledMs - startedMs
  const decodeMs = Math.max(0, performance.now() - firstTokenMs)
  const last = collector.finish(end, {
    promptTokens: prompt.length,
    cachedTokens,
    seed: sampling.seed,
    timings: {
      firstTokenMs: firstTokenMs - startedMs,
      prefillMs,
      decodeMs,
      prefillTokensPerSecond: perSecond(prompt.length - cachedTokens, prefillMs),
      decodeTokensPerSecond: perSecond(completionTokens - 1, decodeMs),
    },
  })
  for (const chunk of last) yield withTokens.tell(chunk)
  deltas.push(...last.map(({ choices }) => choices[0].delta))
  return end === 'stop' ? withAnswer(request, deltas) : undefined
}

/** Adds to chunks the tokens behind them, and to the first one the prompt, where that is asked for. */
function tokenTeller({ return_token_ids, current_date }: ChatRequest, prompt: readonly number[]) {
  let untold: number[] = []
  let isFirst = true
  return {
    take: (id: number) => untold.push(id),
    tell(chunk: ChatChunk): ChatChunk {
      if (!return_token_ids) return chunk
      const told = { ...chunk.choices[0], token_ids: untold }
      const about = isFirst && { prompt_token_ids: prompt, ...(current_date && { current_date }) }
      untold = []
      isFirst = false
      return { ...chunk, choices: [told], ...about }
    },
  }
}

/**
 * Prefills what the next prompt of a conversation will begin with, so that only what is new is left to
 * compute then. An abort takes effect within one submission, and keeps what is there.
 * @throws EngineError `context-full`, `device-lost`
 */
export async function prefillHistory(
  { tokenizer, generator }: ChatModel,
  conversation: ChatRequest,
  signal: AbortSignal,
): Promise<void> {
  await generator.session.prefill(historyTokens(conversation, tokenizer), signal)
}

/**
 * How many tokens the prompt of a request has.
 * @throws EngineError `request-invalid`
 */
export function countPromptTokens(request: ChatRequest, tokenizer: Tokenizer): number {
  return promptOf(request, tokenizer).prompt.length
}

/** @throws EngineError `request-invalid` */
function promptOf(request: ChatRequest, tokenizer: Tokenizer) {
  const conversation = toHarmony(request)
  const isContinued = request.continue_final_message === true
  const prompt = renderConversation(conversation, tokenizer, {
    // The reasoning behind an answer that is continued is still needed.
    ...(isContinued && { mode: 'continuation', autoDropAnalysis: false }),
  }).ids
  return { conversation, prompt, isContinued }
}

/** The whole of an answer that was cancelled before its turn came. */
export function cancelledAnswer(model: string): ChatChunk {
  return {
    object: 'chat.completion.chunk',
    ...newCompletion(model),
    choices: [{ index: 0, delta: { role: 'assistant' }, finish_reason: 'cancelled' }],
  }
}

const newCompletion = (model: string) => ({
  id: crypto.randomUUID(),
  created: Math.floor(Date.now() / 1000),
  model,
})

function samplingOf(request: ChatRequest): Sampling {
  return {
    temperature: request.temperature ?? defaultSampling.temperature,
    topK: request.top_k ?? defaultSampling.topK,
    topP: request.top_p ?? defaultSampling.topP,
    minP: request.min_p ?? defaultSampling.minP,
    repetitionPenalty: request.repetition_penalty ?? defaultSampling.repetitionPenalty,
    seed: request.seed ?? (crypto.getRandomValues(new Uint32Array(1))[0] as number),
  }
}

/** @throws EngineError `request-invalid` for what is no whole number of at least 1; Infinity is one here */
function checkCount(name: string, count: number): void {
  if (count >= 1 && Math.floor(count) === count) return
  const problem = `${name} is ${count}; it must be a whole number of at least 1`
  throw new EngineError({ code: 'request-invalid', problem })
}

const perSecond = (count: number, ms: number) => (ms > 0 && count > 0 ? (1000 * count) / ms : 0)
