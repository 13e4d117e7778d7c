import { FileDown, QrCode as QrCodeIcon, Share2 } from 'lucide-react'
import { Suspense, useEffect, useId, useMemo, useState } from 'react'
import type { Conversation, Message } from '../conversations/conversation'
import { fileName } from '../conversations/markdown-export'
import { formatList } from '../format'
import { t } from '../i18n/t'
import { isSealed } from '../network/policy'
import { saveFile } from '../save-file'
import fields from '../settings/Fields.module.css'
import { settingsOf } from '../stores/chat-settings-store'
import { useChat, useConversations, useSettings } from '../stores/context'
import { Button } from '../ui/Button'
import { CopyButton } from '../ui/CopyButton'
import { Notice } from '../ui/Notice'
import { onDemand } from '../ui/on-demand'
import { encodeShare } from './codec'
import { previewHref, shareAddress, toShareFile } from './link'
import { makeShare, type ShareChoice } from './make-share'
import { canEncrypt } from './passphrase'
import { type Refusal, refusalText, ShareRefused } from './refusal'
import styles from './ShareForm.module.css'
import type { Share, SharedAnswer, SharedQuestion } from './share'
import { shareExtension, shareMediaType } from './share-file'

const QrCode = onDemand(async () => (await import('./QrCode')).QrCode)

/** Longest message of Discord without a subscription, and of Telegram, which cuts what is longer. */
const discordMax = 2000
const telegramMax = 4096
/** Most bytes of the largest QR code, of version 40 at level L. */
const qrMax = 2953

/** What of a conversation is shared, and as what. */
export function ShareForm({ conversation }: { conversation: Conversation }) {
  const branch = useBranch(conversation.id)
  if (branch === undefined) return null
  if (branch.length === 0) return <p>{t('This chat has no messages yet.')}</p>
  return <Form conversation={conversation} branch={branch} />
}

/** The shown branch, with what is not written yet. */
function useBranch(id: string): readonly Message[] | undefined {
  const branchOf = useConversations((state) => state.branchOf)
  const flush = useChat((state) => state.flush)
  const [branch, setBranch] = useState<readonly Message[]>()
  useEffect(() => {
    let isCurrent = true
    void flush()
      .then(() => branchOf(id))
      .then((branch) => {
        if (isCurrent) setBranch(branch ?? [])
      })
    return () => {
      isCurrent = false
    }
  }, [id, branchOf, flush])
  return branch
}

interface FormProps {
  conversation: Conversation
  branch: readonly Message[]
}

function Form({ conversation, branch }: FormProps) {
  const effort = useSettings((state) => state.reasoningEffort)
  const [choice, setChoice] = useState<ShareChoice>({
    first: 0,
    last: branch.length - 1,
    promptOnly: false,
    reasoning: true,
    instructions: true,
    replay: true,
  })
  const [passphrase, setPassphrase] = useState('')
  const { title } = conversation
  const share = useMemo(() => {
    const { instructions, sampling } = settingsOf(conversation)
    return makeShare(title, branch, choice, { effort, instructions, sampling })
  }, [title, branch, choice, conversation, effort])
  const made = useCode(share, passphrase)
  const change = (patch: Partial<ShareChoice>) => setChoice({ ...choice, ...patch })
  const answers = branch.filter((message) => message.role === 'assistant')
  // What there is none of is no choice.
  const hasReasoning = answers.some(({ reasoning }) => reasoning !== '')
  const hasInstructions = [conversation, ...answers].some(({ instructions }) => instructions)
  const hasRuns = answers.some(({ run }) => run)

  return (
    <div className={styles.form}>
      <Part branch={branch} choice={choice} onChange={change} />
      <fieldset className={styles.choices}>
        <legend className="visually-hidden">{t('What goes along')}</legend>
        {hasReasoning && !choice.promptOnly && (
          <Choice
            label={t('The reasoning')}
            checked={choice.reasoning}
            onChange={(reasoning) => change({ reasoning })}
          />
        )}
        {hasInstructions && (
          <Choice
            label={t('The instructions')}
            checked={choice.instructions}
            onChange={(instructions) => change({ instructions })}
          />
        )}
        {hasRuns && !choice.promptOnly && (
          <Choice
            label={t('What a replay takes: seeds, dates, tokens')}
            checked={choice.replay}
            onChange={(replay) => change({ replay })}
          />
        )}
        {hasRuns && choice.replay && !choice.reasoning && !choice.promptOnly && (
          <p className={fields.hint}>
            {t('Whoever replays an answer on their device sees its reasoning being made again.')}
          </p>
        )}
      </fieldset>
      {canEncrypt() && (
        <label className={fields.field}>
          <span className={fields.label}>{t('Passphrase, if only some may read it')}</span>
          <input
            className={fields.input}
            type="password"
            autoComplete="new-password"
            dir="auto"
            value={passphrase}
            onChange={({ target }) => setPassphrase(target.value)}
          />
        </label>
      )}
      <Contents share={share} isEncrypted={passphrase !== ''} />
      {made && 'refusal' in made && (
        <Notice title={t('This is too much for a link or a file')}>
          {made.refusal.code === 'too-large'
            ? t('Choose a shorter part of the chat, or leave out what a replay takes.')
            : refusalText(made.refusal)}
        </Notice>
      )}
      {/* What stands beside the link or the file can be read without the passphrase. */}
      <Ways
        title={passphrase === '' ? title : t('Shared chat')}
        code={made && 'code' in made ? made.code : undefined}
      />
    </div>
  )
}

function Choice(props: { label: string; checked: boolean; onChange: (checked: boolean) => void }) {
  const { label, checked, onChange } = props
  return (
    <label className={styles.choice}>
      <input
        type="checkbox"
        checked={checked}
        onChange={({ target }) => onChange(target.checked)}
      />
      {label}
    </label>
  )
}

interface PartProps {
  branch: readonly Message[]
  choice: ShareChoice
  onChange: (patch: Partial<ShareChoice>) => void
}

/** From which message to which, or one question alone. */
function Part({ branch, choice: { first, last, promptOnly }, onChange }: PartProps) {
  const name = useId()
  const places = branch.map((_, index) => index)
  const questions = places.filter((index) => branch[index]?.role === 'user')
  const label = (index: number) => {
    const { role = 'user', content = '' } = branch[index] ?? {}
    const who = role === 'user' ? t('You') : t('Assistant')
    return `${index + 1}. ${who}: ${content.trim().slice(0, 60)}`
  }
  const options = (indexes: readonly number[]) =>
    indexes.map((index) => (
      <option key={index} value={index}>
        {label(index)}
      </option>
    ))
  return (
    <fieldset className={styles.part}>
      <legend className="visually-hidden">{t('What is shared')}</legend>
      <label className={styles.choice}>
        <input
          type="radio"
          name={name}
          checked={!promptOnly}
          onChange={() => onChange({ promptOnly: false, last: Math.max(first, last) })}
        />
        {t('The chat, to be read')}
      </label>
      <label className={styles.choice}>
        <input
          type="radio"
          name={name}
          checked={promptOnly}
          onChange={() => onChange({ promptOnly: true })}
        />
        {t('A question alone, to be tried')}
      </label>
      <label className={styles.select}>
        {promptOnly ? t('Question') : t('From')}
        <select
          value={first}
          onChange={({ target }) => {
            const first = Number(target.value)
            onChange({ first, last: Math.max(first, last) })
          }}
        >
          {options(questions)}
        </select>
      </label>
      {!promptOnly && (
        <label className={styles.select}>
          {t('To')}
          <select value={last} onChange={({ target }) => onChange({ last: Number(target.value) })}>
            {options(places.filter((index) => index >= first))}
          </select>
        </label>
      )}
    </fieldset>
  )
}

/** What whoever opens it will see, in one sentence, and who that may be. */
function Contents({ share, isEncrypted }: { share: Share; isEncrypted: boolean }) {
  const questions = share.messages.filter(
    (message): message is SharedQuestion => message.role === 'user',
  )
  const answers = share.messages.filter(
    (message): message is SharedAnswer => message.role === 'assistant',
  )
  const files = questions.flatMap(({ attachments = [] }) => attachments)
  const replayable = answers.filter(({ run }) => run).length
  const hasInstructions = [...answers, share.ask].some((asked) => asked?.instructions)
  const things = [
    t('the title'),
    t('{{count}} messages', { count: share.messages.length }),
    answers.some(({ reasoning }) => reasoning !== undefined) && t('the reasoning'),
    hasInstructions && t('the instructions'),
    files.length > 0 &&
      t('the whole text of {{files}}', { files: formatList(files.map(({ name }) => name)) }),
    answers.length > 0 && t('models and settings'),
    replayable > 0 && t('what it takes to replay {{count}} answers', { count: replayable }),
  ].filter((thing) => thing !== false)
  return (
    <p className={styles.contents}>
      {t('Readers will see: {{things}}.', { things: formatList(things) })}{' '}
      {isEncrypted
        ? t('All of it is in the link, encrypted: only who knows the passphrase can read it.')
        : t('All of it is in the link: whoever has it can read it. No server is sent any of it.')}
    </p>
  )
}

/** A link and a file, or why there is none. */
type Made = { code: string } | { refusal: Refusal }

/** While a passphrase is typed, not every letter is worth a third of a second. */
const passphraseDelayMs = 400

/** Undefined while it is being made. What was made of another choice or passphrase is never shown. */
function useCode(share: Share, passphrase: string): Made | undefined {
  const [latest, setLatest] = useState<{ share: Share; passphrase: string; made: Made }>()
  useEffect(() => {
    let isCurrent = true
    const make = async () => {
      let made: Made
      try {
        made = { code: await encodeShare(share, passphrase) }
      } catch (error) {
        if (!(error instanceof ShareRefused)) throw error
        made = { refusal: error.refusal }
      }
      if (isCurrent) setLatest({ share, passphrase, made })
    }
    const timer = setTimeout(() => void make(), passphrase === '' ? 0 : passphraseDelayMs)
    return () => {
      isCurrent = false
      clearTimeout(timer)
    }
  }, [share, passphrase])
  return latest?.share === share && latest.passphrase === passphrase ? latest.made : undefined
}

/**
 * How it gets to its readers. Everything waits until `code` is there.
 * @param title what anybody may know it by
 */
function Ways({ title, code }: { title: string; code: string | undefined }) {
  const [showsQr, setShowsQr] = useState(false)
  const link = code === undefined ? '' : shareAddress('app', code)
  const fitsQr = link !== '' && link.length <= qrMax
  const download = () => {
    if (code !== undefined)
      saveFile(`${fileName(title)}${shareExtension}`, shareMediaType, toShareFile(code))
  }
  const send = async () => {
    try {
      await navigator.share({ title, url: link })
    } catch (error) {
      // Whoever closes the system's sheet has chosen so.
      if (!(error instanceof DOMException)) throw error
    }
  }
  return (
    <div className={styles.ways}>
      <label className={fields.field}>
        <span className={fields.label}>{t('Link')}</span>
        <input
          className={fields.input}
          readOnly
          dir="ltr"
          value={link}
          onFocus={({ target }) => target.select()}
        />
      </label>
      <p className={fields.hint} role="status">
        {link === '' ? t('The link is being made.') : lengthText(link.length)}
      </p>
      <div className={styles.buttons}>
        <CopyButton text={link} label={t('Copy link')} />
        {'share' in navigator && (
          <Button disabled={link === ''} onClick={() => void send()}>
            <Share2 size={16} aria-hidden />
            {t('Send')}
          </Button>
        )}
        <Button disabled={code === undefined} onClick={download}>
          <FileDown size={16} aria-hidden />
          {t('Save as a file')}
        </Button>
        {fitsQr && (
          <Button aria-expanded={showsQr} onClick={() => setShowsQr(!showsQr)}>
            <QrCodeIcon size={16} aria-hidden />
            {t('QR code')}
          </Button>
        )}
        {code !== undefined && (
          <a
            className={styles.preview}
            href={previewHref(code, isSealed)}
            target="_blank"
            rel="noopener"
          >
            {t('See it as a reader does')}
          </a>
        )}
      </div>
      {fitsQr && showsQr && (
        <Suspense>
          <QrCode text={link} />
        </Suspense>
      )}
      {code !== undefined && (
        <details className={fields.fold}>
          <summary>{t('Embed it in a page')}</summary>
          <Embed title={title} code={code} />
        </details>
      )}
    </div>
  )
}

function lengthText(length: number): string {
  if (length <= discordMax)
    return t('{{length}} characters: short enough for every messenger.', { length })
  if (length <= telegramMax)
    return t('{{length}} characters: too long for Discord, which takes {{limit}}.', {
      length,
      limit: discordMax,
    })
  return t(
    '{{length}} characters: Telegram cuts messages at {{limit}}, and other messengers cut long ones too. A file arrives whole.',
    { length, limit: telegramMax },
  )
}

function Embed({ title, code }: { title: string; code: string }) {
  const snippet = `<iframe src="${shareAddress('embed', code)}" title="${escapeHtml(title)}" width="100%" height="480" loading="lazy" referrerpolicy="no-referrer" style="border: 0"></iframe>`
  return (
    <div className={fields.folded}>
      <p className={fields.hint}>
        {t(
          'A view to be read in a blog or a wiki, without model and storage. It follows the reader’s light or dark theme.',
        )}
      </p>
      <textarea
        className={fields.text}
        aria-label={t('HTML for the page')}
        readOnly
        dir="ltr"
        rows={4}
        value={snippet}
      />
      <div className={styles.buttons}>
        <CopyButton text={snippet} label={t('Copy HTML')} />
      </div>
    </div>
  )
}

const escapeHtml = (text: string) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)
