import type { ChatChunk, ChatRequest, Engine, SamplingOptions } from '../../engine/index'
import { hashPrompt } from '../conversations/answer-run'
import { toHistory } from '../conversations/history'
import { readTokens } from '../conversations/token-text'
import type { Share, SharedAnswer, SharedSettings } from './share'
import { toConversation } from './take-over'

/** How an answer came out that was made once more. */
export type ReplayOutcome =
  | { kind: 'same'; tokens: number }
  /** Place of the first token that differs, from 0, and both; `got` is undefined where it ended. */
  | { kind: 'differs'; at: number; expected: number; got: number | undefined }
  /** The model read other tokens than it did then, so that there is nothing to compare. */
  | { kind: 'other-prompt' }

export interface ReplayProgress {
  /** Tokens so far, and in all. */
  done: number
  total: number
  /** What it says so far. */
  text: string
}

/** What the model is asked, after the messages before the one at `index`. */
function requestFor(share: Share, index: number, { effort, instructions }: SharedSettings) {
  const before = { ...share, messages: share.messages.slice(0, index) }
  const { messages } = toConversation(before, { newId: () => '', now: 0 })
  return {
    messages: [
      ...(instructions ? [{ role: 'developer', content: instructions } as const] : []),
      ...toHistory(messages),
    ],
    reasoning_effort: effort,
  } satisfies ChatRequest
}

/** The request that makes an answer once more. */
export function replayRequest(
  share: Share,
  index: number,
  answer: SharedAnswer & Required<Pick<SharedAnswer, 'run'>>,
): ChatRequest {
  const { run } = answer
  return {
    ...run.sampling,
    ...requestFor(share, index, answer),
    max_tokens: withheldTokens(answer) + run.tokens.length / 3,
    current_date: run.date,
    return_token_ids: true,
  }
}

/** The request that tries a prompt, with what the loaded model's makers recommend. */
export function promptRequest(
  share: Share,
  ask: SharedSettings,
  recommended: SamplingOptions,
): ChatRequest {
  return { ...recommended, ...ask.sampling, ...requestFor(share, 1, ask) }
}

/** Tokens of reasoning that are not shared. */
const withheldTokens = ({ reasoning, run }: SharedAnswer) =>
  reasoning === undefined ? (run?.reasoningTokens ?? 0) : 0

/**
 * Makes an answer once more, and compares its tokens with those that are shared, up to the first that
 * differs.
 * @throws EngineError what `chat` throws; the signal's reason
 */
export async function replay(
  chat: Engine['chat'],
  request: ChatRequest,
  answer: SharedAnswer & Required<Pick<SharedAnswer, 'run'>>,
  onProgress: (progress: ReplayProgress) => void,
  signal: AbortSignal,
): Promise<ReplayOutcome> {
  const { promptHash, tokens } = answer.run
  const expected = readTokens(tokens) ?? []
  const withheld = withheldTokens(answer)
  const total = withheld + expected.length
  let done = 0
  let text = ''
  for await (const chunk of chat(request, { signal })) {
    if (promptHash && (await isOtherPrompt(chunk, promptHash))) return { kind: 'other-prompt' }
    for (const got of chunk.choices[0].token_ids ?? []) {
      const wanted = done < withheld ? got : expected[done - withheld]
      if (wanted !== undefined && wanted !== got)
        return { kind: 'differs', at: done, expected: wanted, got }
      done++
    }
    text += chunk.choices[0].delta.content ?? ''
    onProgress({ done, total, text })
  }
  signal.throwIfAborted()
  if (done >= total) return { kind: 'same', tokens: total }
  const wanted = expected[Math.max(0, done - withheld)] as number
  return { kind: 'differs', at: done, expected: wanted, got: undefined }
}

async function isOtherPrompt({ prompt_token_ids: prompt }: ChatChunk, hash: string) {
  return prompt !== undefined && (await hashPrompt(prompt)) !== hash
}
