import { startTransition, useEffect, useState } from 'react'
import { contextStartOf } from '../conversations/context-window'
import type { Message } from '../conversations/conversation'
import { useChat } from '../stores/context'
import { Answer } from './Answer'
import { Question } from './Question'

/** More than fit on the tallest screen. */
const firstDrawn = 12
const drawnAtATime = 24

/**
 * The messages of one conversation. At first those are drawn that can be seen, then bit by bit all
 * of them: a long conversation opens at once, and the browser still finds any text in it.
 */
export function Messages() {
  const messages = useChat((state) => state.messages)
  const versions = useChat((state) => state.versions)
  const [drawn, setDrawn] = useState(firstDrawn)
  const isComplete = drawn >= messages.length
  const start = contextStartOf(messages)

  useEffect(() => {
    if (isComplete) return
    // After a paint, and given up for anything more urgent.
    const timer = setTimeout(() => startTransition(() => setDrawn(drawn + drawnAtATime)))
    return () => clearTimeout(timer)
  }, [drawn, isComplete])

  return messages
    .slice(-drawn)
    .map((message) =>
      message.role === 'user' ? (
        <Question
          key={placeOf(message)}
          message={message}
          versions={versions.get(message.id)}
          startsContext={message === start}
        />
      ) : (
        <Answer
          key={placeOf(message)}
          message={message}
          versions={versions.get(message.id)}
          last={message === messages.at(-1)}
        />
      ),
    )
}

/** The same for all versions of a message, so that the focus stays when another one is shown. */
const placeOf = ({ parentId }: Message) => parentId ?? 'first'
