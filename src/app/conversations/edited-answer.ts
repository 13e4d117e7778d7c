import type { AssistantMessage } from './conversation'

/** What a person may change of an answer. */
export interface AnswerText {
  reasoning: string
  content: string
}

/**
 * The text from which the model is to write on. An answer that was left as it was does not follow
 * from reasoning that was changed, so it is written anew, with its preamble.
 */
export function textToGoOnFrom(
  answer: AssistantMessage,
  { reasoning, content }: AnswerText,
): AnswerText & { commentary: string } {
  const isBegunAnew = reasoning !== answer.reasoning && content === answer.content
  return isBegunAnew || content.trim() === ''
    ? { reasoning, commentary: '', content: '' }
    : { reasoning, commentary: answer.commentary, content }
}

/** Another version of an answer, with this text. What was measured and how it ended hold no more. */
export function editedAnswer(
  answer: AssistantMessage,
  text: AnswerText & { commentary: string },
  place: Pick<AssistantMessage, 'id' | 'createdAt'>,
): AssistantMessage {
  const { finishReason, error, usage, timings, seed, repairs, run, ...kept } = answer
  return { ...kept, ...place, ...text, activeChildId: null, stage: 'finished', edited: true }
}
