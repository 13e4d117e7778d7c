import { backUp } from '../chat/back-up'
import { conversationActions } from '../chat/conversation-actions'
import { isWide } from '../chat/use-is-wide'
import { type Language, locales } from '../i18n/locales'
import { t } from '../i18n/t'
import { isSealed } from '../network/policy'
import { canSeal, seal, unseal } from '../network/seal'
import { hrefs, parseRoute } from '../route'
import type { Stores } from '../stores/context'

/** What the keyboard can do: the command palette, the list of shortcuts and the keys all read it. */
export interface Command {
  id: string
  /** What it does, in the language of the moment. */
  text: string
  group: CommandGroup
  /**
   * Shortcuts as tinykeys reads them, the one to be shown first. Letters are named by their place on
   * the keyboard, since what a key types differs by layout and, on Macs, by Alt. None is a browser's
   * or a screen reader's own (commands.test.ts).
   */
  keys?: readonly string[]
  /** Whether the shortcut is a character, which in a text field is to be typed. */
  isCharacter?: boolean
  /** Whether there is anything to do; always, where it is left out. */
  when?: () => boolean
  /** Left out where a text field answers to the keys itself. */
  run?: () => void
}

export const commandGroups = ['general', 'chat', 'answer', 'effort', 'theme', 'language'] as const
export type CommandGroup = (typeof commandGroups)[number]

/** The table of commands around the page's stores. */
export function commandsOf(stores: Stores): readonly Command[] {
  const { chat, chatSettings, conversations, dialogs, install, settings, toasts, updates } = stores

  const shown = () => {
    const { conversationId } = chat.getState()
    return conversations.getState().conversations?.find(({ id }) => id === conversationId)
  }
  /** A command about the conversation that is shown. */
  const onShown = (act: (actions: ReturnType<typeof conversationActions>) => unknown) => ({
    when: () => shown() !== undefined,
    run() {
      const conversation = shown()
      if (conversation) void act(conversationActions(stores, conversation))
    },
  })
  const lastAnswer = () => {
    const { messages, busy } = chat.getState()
    return busy ? undefined : messages.findLast((message) => message.role === 'assistant')
  }
  const copyLastAnswer = async () => {
    await navigator.clipboard.writeText(lastAnswer()?.content ?? '')
    toasts.getState().show(t('Copied as Markdown'))
  }

  return [
    {
      id: 'palette',
      text: t('Command palette'),
      group: 'general',
      keys: ['$mod+KeyK'],
      run: () => dialogs.getState().show({ name: 'palette' }),
    },
    {
      id: 'shortcuts',
      text: t('Keyboard shortcuts'),
      group: 'general',
      keys: ['Shift+?', 'Shift+؟'],
      isCharacter: true,
      run: () => dialogs.getState().show({ name: 'shortcuts' }),
    },
    {
      id: 'new-chat',
      text: t('New chat'),
      group: 'general',
      keys: ['Alt+Shift+KeyN'],
      run() {
        chat.getState().newChat()
        location.hash = hrefs.chat
      },
    },
    {
      id: 'models',
      text: t('Models'),
      group: 'general',
      keys: ['Alt+Shift+KeyO'],
      run: () => location.assign(hrefs.models),
    },
    {
      id: 'sidebar',
      text: t('Show or hide the chats'),
      group: 'general',
      keys: ['Alt+Shift+KeyS'],
      when: isWide,
      run: () => settings.getState().setShowsSidebar(!settings.getState().showsSidebar),
    },
    {
      id: 'settings',
      text: t('Settings'),
      group: 'general',
      run: () => dialogs.getState().show({ name: 'settings' }),
    },
    {
      id: 'network',
      text: t('Network: what this page asked for'),
      group: 'general',
      run: () => dialogs.getState().show({ name: 'network' }),
    },
    {
      id: 'seal',
      text: isSealed ? t('Unseal this page') : t('Seal this page'),
      group: 'general',
      when: () => isSealed || canSeal(),
      run: isSealed ? unseal : seal,
    },
    {
      id: 'back-up',
      text: t('Back up all chats'),
      group: 'general',
      run: () => void backUp(stores),
    },
    {
      id: 'install',
      text: t('Install Alcove as an app'),
      group: 'general',
      when: () => install.getState().canInstall,
      run: () => void install.getState().install(),
    },
    {
      id: 'update',
      text: t('Update Alcove'),
      group: 'general',
      when: () => updates.getState().status === 'available',
      run: () => void updates.getState().update(),
    },

    { id: 'send', text: t('Send the message'), group: 'chat', keys: ['Enter'] },
    { id: 'new-line', text: t('Begin a new line'), group: 'chat', keys: ['Shift+Enter'] },
    {
      id: 'chat-settings',
      text: t('Chat settings'),
      group: 'chat',
      when: () => parseRoute(location.hash) === 'chat',
      run: () => chatSettings.getState().open(),
    },
    {
      id: 'rename',
      text: t('Rename this chat'),
      group: 'chat',
      ...onShown(({ rename }) => rename()),
    },
    {
      id: 'tags',
      text: t('Tag this chat'),
      group: 'chat',
      ...onShown(({ tag }) => tag()),
    },
    {
      id: 'share',
      text: t('Share this chat'),
      group: 'chat',
      ...onShown(({ share }) => share()),
    },
    {
      id: 'pin',
      text: t('Pin or unpin this chat'),
      group: 'chat',
      ...onShown(({ togglePin }) => togglePin()),
    },
    {
      id: 'export',
      text: t('Export this chat as Markdown'),
      group: 'chat',
      ...onShown(({ exportMarkdown }) => exportMarkdown()),
    },
    {
      id: 'delete',
      text: t('Delete this chat'),
      group: 'chat',
      ...onShown(({ remove }) => remove()),
    },

    {
      id: 'stop',
      text: t('Stop the answer'),
      group: 'answer',
      keys: ['Escape'],
      when: () => chat.getState().busy,
      run: () => chat.getState().stop(),
    },
    {
      id: 'regenerate',
      text: t('Regenerate the last answer'),
      group: 'answer',
      keys: ['Alt+Shift+KeyR'],
      when: () => lastAnswer() !== undefined,
      run: () => void chat.getState().regenerate(lastAnswer()?.id ?? ''),
    },
    {
      id: 'copy',
      text: t('Copy the last answer'),
      group: 'answer',
      keys: ['Alt+Shift+KeyC'],
      when: () => Boolean(lastAnswer()?.content),
      run: () => void copyLastAnswer(),
    },

    ...(
      [
        ['low', t('Reasoning effort: low')],
        ['medium', t('Reasoning effort: medium')],
        ['high', t('Reasoning effort: high')],
      ] as const
    ).map(([effort, text]) => ({
      id: `effort-${effort}`,
      text,
      group: 'effort' as const,
      run: () => settings.getState().setReasoningEffort(effort),
    })),
    ...(
      [
        ['system', t('Theme: as the system')],
        ['light', t('Theme: light')],
        ['dark', t('Theme: dark')],
      ] as const
    ).map(([theme, text]) => ({
      id: `theme-${theme}`,
      text,
      group: 'theme' as const,
      run: () => settings.getState().setTheme(theme),
    })),
    ...languageNames().map(([language, name]) => ({
      id: `language-${language}`,
      text: t('Language: {{name}}', { name }),
      group: 'language' as const,
      run: () => settings.getState().setLanguage(language),
    })),
  ]
}

/** Who lost their way in a foreign language finds their own by its own name. */
export function languageNames(): [Language, string][] {
  const names = Object.entries(locales).map(([locale, { name }]) => [locale, name])
  return [['system', t('as the browser')], ...(names as [Language, string][])]
}
