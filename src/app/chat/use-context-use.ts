import { useEffect, useState } from 'react'
import type { Question } from '../attachments/question-text'
import type { ContextUse } from '../conversations/context-window'
import { tokensOf } from '../stores/attachments-store'
import {
  useChat,
  useChatSettings,
  useEngine,
  useSettings,
  useShownServer,
  useStores,
} from '../stores/context'

/** A pause in typing after which the draft is counted. */
const typingMs = 250

/**
 * What the next request takes of the loaded model's context; undefined until it is counted, and where
 * a server answers. While an answer is being written, what it was before.
 */
export function useContextUse({ content, attachments }: Question): ContextUse | undefined {
  const { chat } = useStores()
  // A growing answer is counted once, when it is over.
  const messages = useChat((state) => (state.busy ? undefined : state.messages))
  const instructions = useChatSettings((state) => state.settings.instructions)
  const effort = useSettings((state) => state.reasoningEffort)
  const isHere = useShownServer() === undefined
  const contextTokens = useEngine(({ status }) =>
    isHere && status.phase === 'ready' ? status.model.contextTokens : undefined,
  )
  const [taken, setTaken] = useState<Pick<ContextUse, 'instructions' | 'history'>>()
  const [message, setMessage] = useState(0)

  // biome-ignore lint/correctness/useExhaustiveDependencies: each of them changes what is counted
  useEffect(() => {
    if (contextTokens === undefined || messages === undefined) return
    let isOver = false
    // A model that is gone meanwhile is counted by again when it is back.
    chat
      .getState()
      .countContext()
      .then((counted) => !isOver && setTaken(counted))
      .catch(() => {})
    return () => {
      isOver = true
    }
  }, [chat, messages, instructions, effort, contextTokens])

  useEffect(() => {
    if (contextTokens === undefined) return
    let isOver = false
    const count = async () => {
      const counted = content === '' ? 0 : await chat.getState().countText(content)
      if (!isOver) setMessage(counted)
    }
    const timer = setTimeout(() => void count().catch(() => {}), content === '' ? 0 : typingMs)
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [chat, content, contextTokens])

  return contextTokens === undefined || taken === undefined
    ? undefined
    : { ...taken, message: message + tokensOf(attachments ?? []), contextTokens }
}
