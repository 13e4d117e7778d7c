import { Command as Cmdk } from 'cmdk'
import { fold } from '../conversations/search'
import { t } from '../i18n/t'
import { conversationHref } from '../route'
import { useConversations, useStores } from '../stores/context'
import { type CommandGroup, commandGroups, commandsOf } from './commands'
import { Keys } from './Keys'
import styles from './Palette.module.css'
import input from './PaletteInput.module.css'

/** More titles than these are found by typing more of them. */
const chatsMax = 8

interface PaletteProps {
  /** What is looked for. */
  query: string
  onQuery: (query: string) => void
  onClose: () => void
}

/** All commands, and all conversations by their titles, found by words of theirs. */
export function Palette({ query, onQuery, onClose }: PaletteProps) {
  const stores = useStores()
  const conversations = useConversations((state) => state.conversations)
  const words = fold(query).split(/\s+/).filter(Boolean)
  const isFound = (text: string) => words.every((word) => fold(text).includes(word))

  const commands = commandsOf(stores).filter(
    ({ id, text, run, when }) =>
      run && id !== 'palette' && (when?.() ?? true) && (isFound(text) || isFound(id)),
  )
  const chats = conversations?.filter(({ title }) => words.length > 0 && isFound(title))
  const choose = (run: (() => void) | undefined) => {
    // First, so that the focus is back before a command moves it.
    onClose()
    run?.()
  }

  return (
    <Cmdk className={styles.palette} label={t('Commands')} shouldFilter={false} loop>
      <Cmdk.Input
        className={input.input}
        placeholder={t('Type a command or the title of a chat')}
        value={query}
        onValueChange={onQuery}
        autoFocus
      />
      <Cmdk.List className={styles.list} label={t('Commands')}>
        <Cmdk.Empty className={styles.empty}>{t('Nothing is called that')}</Cmdk.Empty>
        {commandGroups.map((group) => {
          const items = commands.filter((command) => command.group === group)
          if (items.length === 0) return null
          return (
            <Cmdk.Group key={group} className={styles.group} heading={headingOf(group)}>
              {items.map(({ id, text, keys, run }) => (
                <Cmdk.Item key={id} className={styles.item} value={id} onSelect={() => choose(run)}>
                  {text}
                  {keys?.[0] && <Keys keys={keys[0]} />}
                </Cmdk.Item>
              ))}
            </Cmdk.Group>
          )
        })}
        {chats && chats.length > 0 && (
          <Cmdk.Group className={styles.group} heading={t('Chats')}>
            {chats.slice(0, chatsMax).map(({ id, title }) => (
              <Cmdk.Item
                key={id}
                className={styles.item}
                value={id}
                onSelect={() => choose(() => location.assign(conversationHref(id)))}
              >
                <span dir="auto">{title}</span>
              </Cmdk.Item>
            ))}
          </Cmdk.Group>
        )}
      </Cmdk.List>
    </Cmdk>
  )
}

function headingOf(group: CommandGroup): string {
  switch (group) {
    case 'general':
      return t('General')
    case 'chat':
      return t('This chat')
    case 'answer':
      return t('Answer')
    case 'effort':
      return t('Reasoning')
    case 'theme':
      return t('Theme')
    case 'language':
      return t('Language')
  }
}
