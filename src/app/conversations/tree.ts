import type { Message } from './conversation'

/** The messages of one conversation by id, in no order. */
export type Messages = ReadonlyMap<string, Message>

/** A branch from its first message to its last, and the ids of all versions of each message. */
export interface Branch {
  messages: readonly Message[]
  /** By the id of a message that has several versions; oldest first. */
  versions: ReadonlyMap<string, readonly string[]>
}

/**
 * The branch that is shown: at each fork the chosen child, or the newest where the chosen one is
 * missing, as after a crash between two writes or a deletion in another tab.
 */
export function shownBranch(messages: Messages, activeRootId: string | null): Branch {
  const children = new Map<string | null, Message[]>()
  for (const message of messages.values()) {
    const siblings = children.get(message.parentId)
    if (siblings) siblings.push(message)
    else children.set(message.parentId, [message])
  }
  const branch: Message[] = []
  const versions = new Map<string, readonly string[]>()
  let parentId: string | null = null
  let activeId = activeRootId
  for (;;) {
    const siblings = children.get(parentId)
    if (siblings === undefined) return { messages: branch, versions }
    // Each parent is visited once, so that even a circle comes to its end.
    children.delete(parentId)
    siblings.sort(byAge)
    const shown: Message | undefined =
      siblings.find((message) => message.id === activeId) ?? siblings.at(-1)
    if (shown === undefined) return { messages: branch, versions }
    branch.push(shown)
    if (siblings.length > 1)
      versions.set(
        shown.id,
        siblings.map((message) => message.id),
      )
    parentId = shown.id
    activeId = shown.activeChildId
  }
}

/** Oldest first; of the same millisecond the same order every time. */
const byAge = (a: Message, b: Message) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1)

/** A message and all that follows it, on every branch. */
export function subtree(messages: Messages, rootId: string): Message[] {
  const root = messages.get(rootId)
  if (root === undefined) return []
  const found = [root]
  // The list grows while it is walked.
  for (const parent of found)
    for (const message of messages.values())
      if (message.parentId === parent.id && !found.includes(message)) found.push(message)
  return found
}
