/** Tags: short texts by which a person sorts chats. Case makes no other tag. */
import type { Conversation } from './conversation'

const tagsMax = 20
const tagLengthMax = 40

/** Tags as they are kept: trimmed, none blank, none twice; what passes the limits is cut off. */
export function cleanTags(texts: readonly string[]): string[] {
  const tags = new Map<string, string>()
  for (const text of texts) {
    const tag = text.trim().slice(0, tagLengthMax).trim()
    if (tag !== '' && !tags.has(keyOf(tag))) tags.set(keyOf(tag), tag)
  }
  return [...tags.values()].slice(0, tagsMax)
}

/** Tags as they are typed, with commas between them, Arabic ones too. */
export const splitTags = (text: string): string[] => cleanTags(text.split(/[,،]/))

/** Every tag that is in use, in the order of the alphabet. */
export const tagsInUse = (conversations: readonly Conversation[]): string[] =>
  uniqueTags(conversations.flatMap(({ tags = [] }) => tags)).sort((a, b) => a.localeCompare(b))

export const hasTag = ({ tags = [] }: Pick<Conversation, 'tags'>, tag: string): boolean =>
  tags.some((own) => keyOf(own) === keyOf(tag))

const uniqueTags = (tags: readonly string[]) => [
  ...new Map(tags.toReversed().map((tag) => [keyOf(tag), tag])).values(),
]

const keyOf = (tag: string) => tag.toLowerCase()
