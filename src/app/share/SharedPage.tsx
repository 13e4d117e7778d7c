import { GitBranchPlus, Info, RotateCcw, Square } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { t } from '../i18n/t'
import { LoadFailure } from '../model/LoadFailure'
import { conversationHref, useHash } from '../route'
import { type Stores, useActiveCard, useEngine, useStores } from '../stores/context'
import { Button } from '../ui/Button'
import { OpenShare } from './OpenShare'
import { PromptDemo } from './PromptDemo'
import { noReplayText, ReplayResult, shortHash } from './ReplayResult'
import styles from './SharedPage.module.css'
import type { Share, SharedAnswer } from './share'
import { Tick, Transcript } from './Transcript'
import { toConversation } from './take-over'
import { isReplayable, type Replayable, useReplays } from './use-replays'

/** What somebody has shared: to be read, replayed on this device, and gone on with. */
export function SharedPage() {
  const hash = useHash()
  return (
    <main className={styles.page}>
      <div className={styles.content}>
        {/* Another link is another page. */}
        <OpenShare key={hash} hash={hash}>
          {(share) => <Opened share={share} />}
        </OpenShare>
      </div>
    </main>
  )
}

function Opened({ share }: { share: Share }) {
  const stores = useStores()
  const status = useEngine((state) => state.status)
  const heading = useRef<HTMLHeadingElement>(null)
  const { ask } = share

  useEffect(() => {
    // A keyboard or a screen reader goes on where the page begins.
    heading.current?.focus({ preventScroll: true })
  }, [])

  return (
    <>
      <header className={styles.head}>
        <p className={styles.mark}>{ask ? t('Shared prompt') : t('Shared chat, read-only')}</p>
        <h2 ref={heading} tabIndex={-1} dir="auto">
          {share.title}
        </h2>
        <details className={styles.about}>
          <summary>
            <Info size={16} aria-hidden />
            {t('Who can see this')}
          </summary>
          <p>
            {t(
              'All of it is in the link itself, after the “#”, which browsers send to no server: nobody keeps it for you, and whoever has the link can read it. Who sent it does not learn that you opened it. Nothing here was checked: anybody can write any words into such a link.',
            )}
          </p>
        </details>
      </header>
      {status.phase === 'failed' && <LoadFailure error={status.error} />}
      {ask ? (
        <PromptDemo share={share} ask={ask} onContinue={(tried) => void takeOver(stores, tried)} />
      ) : (
        <Conversation share={share} onContinue={() => void takeOver(stores, share)} />
      )}
    </>
  )
}

/** Begins a conversation of one's own with what was shared. */
async function takeOver({ conversations, toasts }: Stores, share: Share) {
  const place = { newId: () => crypto.randomUUID(), now: Date.now() }
  const { conversation, messages } = toConversation(share, place)
  try {
    await conversations.getState().adopt(conversation, messages)
  } catch {
    toasts.getState().show(t('The browser refuses to store more. Free some space, and try again.'))
    return
  }
  location.hash = conversationHref(conversation.id)
}

function Conversation({ share, onContinue }: { share: Share; onContinue: () => void }) {
  const { states, isRunning, start, stop } = useReplays(share)
  const replayable = share.messages.flatMap((message, index) =>
    message.role === 'assistant' && isReplayable(message) ? [index] : [],
  )
  const below = (answer: SharedAnswer, index: number) => {
    if (isReplayable(answer))
      return (
        <ReplayResult
          answer={answer}
          state={states.get(index)}
          onReplay={() => void start([index])}
        />
      )
    return answer.noReplay && <p className={styles.noReplay}>{noReplayText(answer.noReplay)}</p>
  }
  return (
    <>
      <div className={styles.actions}>
        <Button look="primary" onClick={onContinue}>
          <GitBranchPlus size={16} aria-hidden />
          {t('Continue in a chat of your own')}
        </Button>
        {replayable.length > 0 &&
          (isRunning ? (
            <Button onClick={stop}>
              <Square size={14} aria-hidden />
              {t('Stop')}
            </Button>
          ) : (
            <Button onClick={() => void start(replayable)}>
              <RotateCcw size={16} aria-hidden />
              {t('Replay on this device')}
            </Button>
          ))}
      </div>
      {replayable.length > 0 && <ModelLine share={share} />}
      <div className={styles.messages}>
        <Transcript share={share} below={below} />
      </div>
    </>
  )
}

/** Which models wrote it, and whether the one that is loaded here is the same. */
function ModelLine({ share }: { share: Share }) {
  const { name } = useActiveCard()
  const status = useEngine((state) => state.status)
  const answers = share.messages.filter(
    (message): message is Replayable => message.role === 'assistant' && isReplayable(message),
  )
  const models = new Map(answers.map(({ model, run }) => [run.weightHash ?? '', model]))
  const theirs = [...models].map(([hash, model]) =>
    hash ? `${model} (${shortHash(hash)})` : model,
  )
  const written = t('Written by {{models}}.', { models: theirs.join(', ') })
  if (status.phase !== 'ready') return <p className={styles.model}>{written}</p>
  const ours = status.model.weightHash
  const isSame = ours !== undefined && models.size === 1 && models.has(ours)
  return (
    <div className={styles.model}>
      <p>{written}</p>
      {/* A name could say as much; a tick it cannot make. */}
      {isSame ? (
        <Tick>{t('The same model is loaded here, to the last byte.')}</Tick>
      ) : (
        <p>
          {t('Loaded here: {{model}}. Another model writes other tokens.', {
            model: ours ? `${name} (${shortHash(ours)})` : name,
          })}
        </p>
      )}
    </div>
  )
}
