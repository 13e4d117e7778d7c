import {
  Ellipsis,
  FileCode2,
  Globe,
  Pencil,
  Play,
  RefreshCw,
  RotateCw,
  Trash2,
  Type,
} from 'lucide-react'
import { memo, type RefObject, useEffect, useRef, useState } from 'react'
import type { FinishReason, ReasoningEffort } from '../../engine/index'
import type { AssistantMessage } from '../conversations/conversation'
import { formatDuration, formatRate } from '../format'
import { t } from '../i18n/t'
import { Markdown } from '../markdown/Markdown'
import { hrefs } from '../route'
import { effortFact } from '../settings/effort-fact'
import { samplingFacts } from '../settings/sampling-facts'
import { canResume, isUnderWay } from '../stores/chat-store'
import { useChat, useEngine, useStores } from '../stores/context'
import { reasoningEfforts } from '../stores/settings-store'
import { Button } from '../ui/Button'
import { CopyButton } from '../ui/CopyButton'
import { ErrorNotice } from '../ui/ErrorNotice'
import { Menu, MenuGroup, MenuItem, MenuNote } from '../ui/Menu'
import styles from './Answer.module.css'
import { AnswerEditor } from './AnswerEditor'
import { ContextChoices } from './ContextChoices'
import shared from './Message.module.css'
import { Reasoning } from './Reasoning'
import { useRemoveMessage } from './use-remove-message'
import { VersionSwitcher } from './VersionSwitcher'
import { Waiting } from './Waiting'

interface AnswerProps {
  message: AssistantMessage
  versions: readonly string[] | undefined
  /** Only the last answer can be asked for again after a failure. */
  last: boolean
}

/** What the model wrote: its reasoning, its answer, and how it went. */
export const Answer = memo(function Answer({ message, versions, last }: AnswerProps) {
  const { stage, remote, reasoning, commentary, content, error } = message
  const live: boolean = isUnderWay(message)
  const shown = useRef<HTMLDivElement>(null)
  const more = useRef<HTMLButtonElement>(null)
  const [editedId, setEditedId] = useState<string>()
  const [isPlain, setPlain] = useState(false)
  const editing = editedId === message.id
  const wasEditing = useRef(false)

  // The focus comes back to where editing began.
  useEffect(() => {
    if (wasEditing.current && !editing) more.current?.focus()
    wasEditing.current = editing
  }, [editing])

  if (editing)
    return (
      <article className={styles.answer} aria-label={t('Assistant')}>
        <AnswerEditor message={message} onClose={() => setEditedId(undefined)} />
      </article>
    )
  return (
    <article className={styles.answer} aria-label={t('Assistant')} aria-busy={live}>
      {remote !== undefined && (
        <p className={styles.origin}>
          <Globe size={14} aria-hidden />
          {t('From {{host}}', { host: remote })}
        </p>
      )}
      {reasoning !== '' && <Reasoning message={message} />}
      {commentary !== '' && (
        <Markdown className={styles.commentary} live={live}>
          {commentary}
        </Markdown>
      )}
      {content !== '' && (
        <div ref={shown}>
          {isPlain ? (
            <div className={styles.plain} dir="auto">
              {content}
            </div>
          ) : (
            <Markdown live={live}>{content}</Markdown>
          )}
        </div>
      )}
      {stage === 'queued' && <Queued />}
      {stage === 'summarising' && <Waiting>{t('Summarising what came before')}</Waiting>}
      {stage === 'reading' && (
        <Waiting>
          {remote === undefined ? t('Reading') : t('Waiting for {{host}}', { host: remote })}
        </Waiting>
      )}
      {!live && (
        <Details
          message={message}
          versions={versions}
          shown={shown}
          more={more}
          isPlain={isPlain}
          onPlain={setPlain}
          onEdit={() => setEditedId(message.id)}
        />
      )}
      {error && <Failure message={message} last={last} />}
    </article>
  )
})

function Queued() {
  const isReady = useEngine((state) => state.status.phase === 'ready')
  return (
    <Waiting>{isReady ? t('Waiting for its turn') : t('Waiting for the model to load')}</Waiting>
  )
}

function Failure({ message: { id, error }, last }: Pick<AnswerProps, 'message' | 'last'>) {
  const { chat } = useStores()
  const { retry, makeRoom } = chat.getState()
  const question = useChat((state) => state.messages.at(-2))
  if (error === undefined) return null
  return (
    <ErrorNotice
      error={error}
      actions={
        error.code === 'context-full' ? (
          last && (
            <ContextChoices
              question={question?.role === 'user' ? question : { content: '' }}
              isSent
              onRoom={(room) => void makeRoom(id, room)}
            />
          )
        ) : (
          <>
            {last && (
              <Button onClick={() => void retry(id)}>
                <RotateCw size={16} aria-hidden />
                {t('Try again')}
              </Button>
            )}
            {error.code.startsWith('remote-') && (
              <Button
                look="plain"
                onClick={() => {
                  location.hash = hrefs.models
                }}
              >
                {t('Your own servers')}
              </Button>
            )}
          </>
        )
      }
    />
  )
}

function endingText(reason: FinishReason): string | undefined {
  switch (reason) {
    case 'cancelled':
      return t('Stopped')
    case 'length':
      return t('Ended at the length limit')
    case 'tool_calls':
      return t('Asked for a tool, which this chat does not have')
    case 'stop':
      return undefined
  }
}

interface DetailsProps {
  message: AssistantMessage
  versions: readonly string[] | undefined
  shown: RefObject<HTMLDivElement | null>
  /** The button of the menu with the rarer actions. */
  more: RefObject<HTMLButtonElement | null>
  /** Whether the answer is shown as it was written, without looks. */
  isPlain: boolean
  onPlain: (isPlain: boolean) => void
  onEdit: () => void
}

/** What can be done with the answer, and one quiet line: how it ended, how much and how fast. */
function Details({ message, versions, shown, more, ...ofMore }: DetailsProps) {
  const { id, stage, content, finishReason, usage, timings, repairs, edited } = message
  const { chat } = useStores()
  const busy = useChat((state) => state.busy)
  const facts = [
    edited && t('Edited'),
    stage === 'interrupted' && t('Interrupted'),
    finishReason && endingText(finishReason),
    usage && t('{{count}} tokens', { count: usage.completion_tokens }),
    timings && t('{{rate}} tok/s', { rate: formatRate(timings.decodeTokensPerSecond) }),
    timings && t('first token {{time}}', { time: formatDuration(timings.firstTokenMs) }),
    effortFact(message),
    repairs && repairs.length > 0 && t('format repaired'),
  ].filter(Boolean)
  return (
    <>
      {canResume(message) && (
        <Button
          className={styles.resume}
          disabled={busy}
          onClick={() => void chat.getState().resume(id)}
        >
          <Play size={14} aria-hidden />
          {t('Continue')}
        </Button>
      )}
      <div className={[shared.actions, styles.details].join(' ')}>
        <VersionSwitcher messageId={id} versions={versions} />
        {content !== '' && (
          <CopyButton
            text={content}
            html={() => htmlOf(shown.current)}
            label={t('Copy')}
            iconOnly
          />
        )}
        <Regenerate message={message} />
        <More message={message} ref={more} {...ofMore} />
        <span className={styles.facts}>{facts.join(' · ')}</span>
      </div>
    </>
  )
}

/** The answer as it is drawn, without the buttons on its code. */
function htmlOf(element: HTMLElement | null): string {
  const copy = element?.cloneNode(true)
  if (!(copy instanceof HTMLElement)) return ''
  for (const head of copy.querySelectorAll('figcaption')) head.remove()
  return copy.innerHTML
}

/** As a choice. */
function effortChoice(effort: ReasoningEffort): string {
  switch (effort) {
    case 'low':
      return t('Low effort')
    case 'medium':
      return t('Medium effort')
    case 'high':
      return t('High effort')
  }
}

const temperatures = [0, 0.7, 1] as const

function Regenerate({ message: { id } }: { message: AssistantMessage }) {
  const { chat } = useStores()
  const busy = useChat((state) => state.busy)
  const { regenerate } = chat.getState()
  return (
    <Menu label={t('Regenerate')} icon={<RefreshCw size={16} aria-hidden />} disabled={busy}>
      <MenuItem icon={<RefreshCw size={16} aria-hidden />} onClick={() => void regenerate(id)}>
        {t('Another version')}
      </MenuItem>
      <MenuGroup label={t('Reasoning')}>
        {reasoningEfforts.map((effort) => (
          <MenuItem key={effort} onClick={() => void regenerate(id, { effort })}>
            {effortChoice(effort)}
          </MenuItem>
        ))}
      </MenuGroup>
      <MenuGroup label={t('Temperature: how varied the words are')}>
        {temperatures.map((temperature) => (
          <MenuItem key={temperature} onClick={() => void regenerate(id, { temperature })}>
            {t('Temperature {{temperature}}', { temperature })}
          </MenuItem>
        ))}
      </MenuGroup>
    </Menu>
  )
}

interface MoreProps extends Pick<DetailsProps, 'isPlain' | 'onPlain' | 'onEdit'> {
  message: AssistantMessage
  ref: RefObject<HTMLButtonElement | null>
}

function More({ message, ref, isPlain, onPlain, onEdit }: MoreProps) {
  const { id, model, remote, temperature, seed, content, instructions, sampling } = message
  const { toasts } = useStores()
  const busy = useChat((state) => state.busy)
  const remove = useRemoveMessage()
  const copy = async () => {
    await navigator.clipboard.writeText(content)
    toasts.getState().show(t('Copied as Markdown'))
  }
  const origin = [
    model,
    remote,
    effortFact(message),
    instructions && t('own instructions'),
    ...samplingFacts({ ...sampling, temperature, ...(seed !== undefined && { seed }) }),
  ]
  return (
    <Menu ref={ref} label={t('More for this answer')} icon={<Ellipsis size={16} aria-hidden />}>
      {!busy && (
        <MenuItem icon={<Pencil size={16} aria-hidden />} onClick={onEdit}>
          {t('Edit answer')}
        </MenuItem>
      )}
      <MenuItem icon={<FileCode2 size={16} aria-hidden />} onClick={() => void copy()}>
        {t('Copy as Markdown')}
      </MenuItem>
      {content !== '' && (
        <MenuItem icon={<Type size={16} aria-hidden />} onClick={() => onPlain(!isPlain)}>
          {isPlain ? t('Show formatted') : t('Show as plain text')}
        </MenuItem>
      )}
      <MenuItem icon={<Trash2 size={16} aria-hidden />} danger onClick={() => void remove(id)}>
        {t('Delete from here on')}
      </MenuItem>
      <MenuNote>{origin.filter(Boolean).join(' · ')}</MenuNote>
    </Menu>
  )
}
