import {
  FileDown,
  Globe,
  MessageSquareText,
  MoreHorizontal,
  Pencil,
  Pin,
  PinOff,
  Search,
  Share2,
  Tag,
  Trash2,
} from 'lucide-react'
import { useDeferredValue, useEffect, useId, useMemo, useState } from 'react'
import type { Conversation } from '../conversations/conversation'
import { groupByDate } from '../conversations/date-groups'
import type { SearchHit } from '../conversations/search'
import { hasTag, tagsInUse } from '../conversations/tags'
import { t } from '../i18n/t'
import { conversationHref } from '../route'
import { useChat, useConversations, useDraftFiles, useStores } from '../stores/context'
import { Menu, MenuItem } from '../ui/Menu'
import { BackupBar } from './BackupBar'
import { conversationActions } from './conversation-actions'
import styles from './Sidebar.module.css'

/** All conversations: found by date, tag or what they say, renamed, tagged, pinned and deleted. */
export function Sidebar({ onNavigate }: { onNavigate?: () => void }) {
  const conversations = useConversations((state) => state.conversations)
  const [query, setQuery] = useState('')
  const tags = useMemo(() => tagsInUse(conversations ?? []), [conversations])
  const [chosenTag, setChosenTag] = useState('')
  // The last chat of a tag may lose it while it is chosen.
  const tag = tags.find((known) => known === chosenTag)
  const isChosen = (conversation: Conversation) => tag === undefined || hasTag(conversation, tag)
  const hits = useSearch(query)?.filter(({ conversation }) => isChosen(conversation))
  const item = { onNavigate }

  return (
    <nav className={styles.sidebar} aria-label={t('Chats')}>
      <label className={styles.search}>
        <Search size={16} aria-hidden />
        <input
          type="search"
          aria-label={t('Search chats')}
          placeholder={t('Search chats')}
          value={query}
          onChange={(event) => setQuery(event.target.value)}
        />
      </label>
      {tags.length > 0 && (
        <label className={styles.tagFilter}>
          <Tag size={16} aria-hidden />
          <select
            aria-label={t('Chats with the tag')}
            value={tag ?? ''}
            onChange={(event) => setChosenTag(event.target.value)}
          >
            <option value="">{t('All chats')}</option>
            {tags.map((tag) => (
              <option key={tag}>{tag}</option>
            ))}
          </select>
        </label>
      )}
      <div className={styles.list}>
        {query.trim() !== '' ? (
          <Hits hits={hits} {...item} />
        ) : (
          conversations && <Groups conversations={conversations.filter(isChosen)} {...item} />
        )}
      </div>
      <BackupBar />
    </nav>
  )
}

/** What is found for a query; undefined until the first reading of all messages is done. */
function useSearch(query: string): SearchHit[] | undefined {
  const { conversations } = useStores()
  const list = useConversations((state) => state.conversations)
  const flush = useChat((state) => state.flush)
  const [search, setSearch] = useState<(query: string) => SearchHit[]>()
  const deferredQuery = useDeferredValue(query)
  const isActive = query.trim() !== ''

  // biome-ignore lint/correctness/useExhaustiveDependencies: a list that changed is read again
  useEffect(() => {
    if (!isActive) return
    let isCurrent = true
    void flush()
      .then(() => conversations.getState().openSearch())
      .then((search) => {
        if (isCurrent) setSearch(() => search)
      })
    return () => {
      isCurrent = false
    }
  }, [isActive, list, conversations, flush])

  return useMemo(() => search?.(deferredQuery), [search, deferredQuery])
}

interface ItemActions {
  /** Called when another conversation is to be shown. */
  onNavigate: (() => void) | undefined
}

function Groups({
  conversations,
  ...item
}: ItemActions & { conversations: readonly Conversation[] }) {
  const groups = useMemo(() => groupByDate(conversations, new Date()), [conversations])
  const id = useId()
  if (conversations.length === 0)
    return (
      <div className={styles.empty}>
        <MessageSquareText size={22} aria-hidden />
        <p>{t('Your chats will be listed here. They stay in this browser.')}</p>
      </div>
    )
  return groups.map(({ label, conversations }, index) => (
    <section key={label} className={styles.group} aria-labelledby={`${id}${index}`}>
      <h2 id={`${id}${index}`} className={styles.heading}>
        {label}
      </h2>
      <ul>
        {conversations.map((conversation) => (
          <Item key={conversation.id} conversation={conversation} {...item} />
        ))}
      </ul>
    </section>
  ))
}

function Hits({ hits, ...item }: ItemActions & { hits: SearchHit[] | undefined }) {
  return (
    <section className={styles.group} aria-label={t('Search results')}>
      <p className={styles.heading} aria-live="polite">
        {hits && foundText(hits.length)}
      </p>
      <ul>
        {hits?.map(({ conversation, snippet }) => (
          <Item key={conversation.id} conversation={conversation} snippet={snippet} {...item} />
        ))}
      </ul>
    </section>
  )
}

function foundText(count: number): string {
  if (count === 0) return t('No chat has all of these words')
  return t('{{count}} chats found', { count })
}

interface ItemProps extends ItemActions {
  conversation: Conversation
  snippet?: SearchHit['snippet']
}

function Item({ conversation, snippet, onNavigate }: ItemProps) {
  const { id, title, tags, pinned, endpoint } = conversation
  const stores = useStores()
  const isShown = useChat((state) => state.conversationId === id)
  const isWriting = useChat((state) => state.writing.has(id))
  const hasText = useConversations((state) => state.drafts.has(id))
  const hasDraft = useDraftFiles(id).attachments.length > 0 || hasText

  const { rename, tag, share, togglePin, exportMarkdown, remove } = conversationActions(
    stores,
    conversation,
  )

  return (
    <li className={styles.item} data-shown={isShown}>
      <a
        className={styles.link}
        href={conversationHref(id)}
        aria-current={isShown ? 'page' : undefined}
        onClick={onNavigate}
      >
        <span className={styles.title} dir="auto">
          {title}
        </span>
        {endpoint && (
          <Globe
            className={styles.remote}
            size={14}
            role="img"
            aria-label={t('Goes to {{name}}', { name: endpoint.name })}
          />
        )}
        {tags && (
          <span className={styles.tags} dir="auto">
            {tags.join(' · ')}
          </span>
        )}
        {snippet && (
          <span className={styles.snippet} dir="auto">
            {snippet.before}
            <mark>{snippet.match}</mark>
            {snippet.after}
          </span>
        )}
        {isWriting && <span className={styles.writing}>{t('Writing')}</span>}
        {!isWriting && hasDraft && !isShown && <span className={styles.draft}>{t('Draft')}</span>}
      </a>
      <Menu
        label={t('Options for {{title}}', { title })}
        icon={<MoreHorizontal size={18} aria-hidden />}
        className={styles.options}
      >
        <MenuItem icon={<Pencil size={16} aria-hidden />} onClick={rename}>
          {t('Rename')}
        </MenuItem>
        <MenuItem icon={<Tag size={16} aria-hidden />} onClick={tag}>
          {t('Tags')}
        </MenuItem>
        <MenuItem
          icon={pinned ? <PinOff size={16} aria-hidden /> : <Pin size={16} aria-hidden />}
          onClick={togglePin}
        >
          {pinned ? t('Unpin') : t('Pin')}
        </MenuItem>
        <MenuItem icon={<Share2 size={16} aria-hidden />} onClick={share}>
          {t('Share')}
        </MenuItem>
        <MenuItem icon={<FileDown size={16} aria-hidden />} onClick={() => void exportMarkdown()}>
          {t('Export as Markdown')}
        </MenuItem>
        <MenuItem
          icon={<Trash2 size={16} aria-hidden />}
          danger
          onClick={() => {
            onNavigate?.()
            remove()
          }}
        >
          {t('Delete')}
        </MenuItem>
      </Menu>
    </li>
  )
}
