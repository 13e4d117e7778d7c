import type { ContextStart, Message, UserMessage } from './conversation'

/** What the next request takes of the context, in tokens. */
export interface ContextUse {
  /** The system message and the instructions. */
  instructions: number
  /** The messages that the model sees. */
  history: number
  /** The message that is being written. */
  message: number
  /** All there is room for. */
  contextTokens: number
}

/** `high` is worth a look; `full` leaves no room for an answer. */
export type ContextLevel = 'calm' | 'high' | 'full'

const highShare = 0.8

/** Tokens that a prompt leaves for its answer at least: a prompt that leaves fewer does not fit. */
export const answerRoom = (contextTokens: number) => Math.min(256, Math.floor(contextTokens / 16))

export const usedTokens = ({ instructions, history, message }: ContextUse) =>
  instructions + history + message

export function contextLevel(use: ContextUse): ContextLevel {
  const { contextTokens } = use
  const used = usedTokens(use)
  if (used + answerRoom(contextTokens) > contextTokens) return 'full'
  return used >= highShare * contextTokens ? 'high' : 'calm'
}

/** The question with which the model's view of a branch begins; undefined where it sees all. */
export function contextStartOf(branch: readonly Message[]): UserMessage | undefined {
  return branch.findLast(
    (message): message is UserMessage =>
      message.role === 'user' && message.contextStart !== undefined,
  )
}

/** The messages of a branch that the model sees. */
export function seenMessages(branch: readonly Message[]): readonly Message[] {
  const start = contextStartOf(branch)
  return start === undefined ? branch : branch.slice(branch.indexOf(start))
}

/**
 * Where the model's view has to begin so that half of the context is free to go on; where no question
 * leaves that much, at the last one. The fewest messages are left out that do.
 *
 * @param seen messages that the model sees now
 * @param count tokens of the request made of some of them
 * @returns how many of `seen` go, which is the place of a question there, and how many tokens become
 *   free; undefined where there is one question only
 */
export async function chooseContextStart(
  seen: readonly Message[],
  count: (messages: readonly Message[]) => Promise<number>,
  contextTokens: number,
): Promise<Pick<ContextStart, 'messages' | 'tokens'> | undefined> {
  const index = await firstThatFits(questionsAfterFirst(seen), async (start) => {
    return (await count(seen.slice(start))) <= contextTokens / 2
  })
  if (index === undefined) return undefined
  const tokens = (await count(seen)) - (await count(seen.slice(index)))
  return { messages: index, tokens }
}

/**
 * The most of some messages, from a question to their end, of which a request is no longer than
 * `tokens`; the last turn where none is.
 */
export async function lastMessagesThatFit(
  messages: readonly Message[],
  count: (messages: readonly Message[]) => Promise<number>,
  tokens: number,
): Promise<readonly Message[]> {
  const starts = [0, ...questionsAfterFirst(messages)]
  const fits = async (start: number) => (await count(messages.slice(start))) <= tokens
  return messages.slice(await firstThatFits(starts, fits))
}

const questionsAfterFirst = (messages: readonly Message[]) =>
  messages.flatMap(({ role }, index) => (index > 0 && role === 'user' ? [index] : []))

/**
 * The first of the starts that fits, or the last one; undefined where there is none. A later start
 * makes a shorter request, so that halving finds it.
 */
async function firstThatFits(
  starts: readonly number[],
  fits: (start: number) => Promise<boolean>,
): Promise<number | undefined> {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (await fits(starts[middle] as number)) high = middle
    else low = middle + 1
  }
  return starts[low]
}
