import { cleanFileName } from '../attachments/file-name'
import type { AnswerRun } from '../conversations/answer-run'
import { contextStartOf } from '../conversations/context-window'
import type { AssistantMessage, Message, UserMessage } from '../conversations/conversation'
import { t } from '../i18n/t'
import type {
  NoReplay,
  Share,
  SharedAnswer,
  SharedMessage,
  SharedQuestion,
  SharedSettings,
} from './share'

/** What of a branch is shared. */
export interface ShareChoice {
  /** Places of the first message, which is a question, and of the last one. */
  first: number
  last: number
  /** The first message alone, as a prompt to be tried. */
  promptOnly: boolean
  /** Whether these go along. */
  reasoning: boolean
  instructions: boolean
  /** What replaying takes: seeds, dates and tokens. */
  replay: boolean
}

/**
 * What goes into a link, and nothing else: no ids, no times, no names of servers.
 * @param settings what a prompt is asked with that has no answer yet
 */
export function makeShare(
  title: string,
  branch: readonly Message[],
  choice: ShareChoice,
  settings: SharedSettings,
): Share {
  const { first, last, promptOnly } = choice
  const question = branch[first]
  if (promptOnly && question?.role === 'user') {
    const answer = branch[first + 1]
    const asked = answer?.role === 'assistant' ? answer : settings
    // Of the messages before it a prompt alone knows nothing.
    const { context: _, ...prompt } = sharedQuestion(question)
    return { title, messages: [prompt], ask: sharedSettings(asked, choice) }
  }
  const messages = branch.slice(first, last + 1).map(
    (message, index): SharedMessage =>
      message.role === 'user'
        ? first === 0
          ? sharedQuestion(message)
          : withoutSummary(sharedQuestion(message))
        : sharedAnswer(message, choice, () => {
            if (first === 0) return true
            const seen = contextStartOf(branch.slice(0, first + index))
            return (
              seen !== undefined &&
              branch.indexOf(seen) >= first &&
              seen.contextStart?.summary === undefined
            )
          }),
  )
  return { title, messages }
}

/** A summary tells of messages before the shared part too: whoever leaves those out leaves out both. */
function withoutSummary(question: SharedQuestion): SharedQuestion {
  if (question.context === undefined) return question
  const { summary: _, ...context } = question.context
  return { ...question, context }
}

function sharedQuestion({ content, attachments, contextStart }: UserMessage): SharedQuestion {
  return {
    role: 'user',
    content,
    ...(attachments && {
      attachments: attachments.map(({ name, mediaType, text }) => ({ name, mediaType, text })),
    }),
    ...(contextStart && { context: contextStart }),
  }
}

function sharedSettings(
  { effort, instructions, sampling }: SharedSettings,
  choice: ShareChoice,
): SharedSettings {
  return {
    effort,
    ...(choice.instructions && instructions && { instructions }),
    ...(sampling && { sampling }),
  }
}

function sharedAnswer(
  answer: AssistantMessage,
  choice: ShareChoice,
  hasAllSeen: () => boolean,
): SharedAnswer {
  const {
    model,
    temperature,
    reasoning,
    commentary,
    content,
    finishReason,
    edited,
    withoutEffort,
  } = answer
  const noReplay = reasonAgainst(answer, choice, hasAllSeen)
  return {
    role: 'assistant',
    model: cleanFileName(model || t('Assistant')),
    temperature,
    ...sharedSettings(answer, choice),
    ...(choice.reasoning && reasoning !== '' && { reasoning }),
    ...(commentary !== '' && { commentary }),
    content,
    ...(finishReason && { finishReason }),
    ...(edited && { edited }),
    ...(withoutEffort && { withoutEffort }),
    ...(noReplay ? { noReplay } : answer.run && { run: sharedRun(answer.run, choice) }),
  }
}

/** Why an answer cannot be replayed from what is shared; undefined where it can. */
function reasonAgainst(
  { edited, remote, run, instructions }: AssistantMessage,
  choice: ShareChoice,
  hasAllSeen: () => boolean,
): NoReplay | undefined {
  if (edited) return 'edited'
  if (remote !== undefined) return 'server'
  if (run === undefined) return 'pieces'
  // An answer that was stopped while it was thinking has nothing to compare without that.
  if (!choice.replay || sharedRun(run, choice).tokens === '') return 'left-out'
  return !hasAllSeen() || (instructions && !choice.instructions) ? 'withheld' : undefined
}

/** Without the tokens of reasoning that is left out. */
const sharedRun = (run: AnswerRun, { reasoning }: ShareChoice): AnswerRun =>
  reasoning ? run : { ...run, tokens: run.tokens.slice(3 * run.reasoningTokens) }
