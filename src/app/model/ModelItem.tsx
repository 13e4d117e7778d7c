import {
  CircleAlert,
  CircleCheck,
  CircleHelp,
  Download,
  MessageSquare,
  Pause,
  Play,
  ShieldCheck,
  Trash2,
  X,
} from 'lucide-react'
import { type ReactNode, useId, useState } from 'react'
import { errorText } from '../error-text'
import { formatBytes, formatContext, formatCount, formatPercent } from '../format'
import { t } from '../i18n/t'
import { hrefs } from '../route'
import { useEngine, useModels, useStores } from '../stores/context'
import type { EngineStatus } from '../stores/engine-store'
import type { ModelEntry } from '../stores/models-store'
import { Button } from '../ui/Button'
import { Dialog } from '../ui/Dialog'
import { ErrorNotice } from '../ui/ErrorNotice'
import { MemoryBar } from './MemoryBar'
import styles from './ModelItem.module.css'
import { type ModelSituation, situationOf } from './situation'
import { TransferPanel } from './TransferPanel'
import { verdictText } from './verdict-text'

/** One model: what it is, whether it fits, where it stands, and what can be done with it. */
export function ModelItem({ entry }: { entry: ModelEntry }) {
  const { card, task, outcome, error } = entry
  const heading = useId()
  const status = useEngine((state) => (state.target.model === entry.model ? state.status : idle))
  const situation = situationOf(entry, status)
  const loadError = status.phase === 'failed' ? status.error : undefined

  return (
    <article className={styles.item} aria-labelledby={heading} data-active={situation === 'active'}>
      <div className={styles.head}>
        <h3 id={heading} tabIndex={-1}>
          {card.name}
        </h3>
        <Badge entry={entry} situation={situation} />
      </div>
      <p className={styles.summary}>{card.summary}</p>
      {entry.kind === 'picked' && <p className={styles.summary}>{pickNote(entry)}</p>}
      <Fit entry={entry} />
      {situation === 'loading' && status.phase === 'loading' && (
        <TransferPanel name={card.name} progress={status.progress} isLoad />
      )}
      {situation === 'downloading' && task?.kind === 'download' && (
        <TransferPanel name={card.name} progress={task.progress} isLoad={false} />
      )}
      {task?.kind === 'verify' && (
        <p className={styles.note}>
          {task.progress && task.progress.total > 0
            ? t('Verifying: {{done}} of {{total}} hashed', {
                done: formatBytes(task.progress.done),
                total: formatBytes(task.progress.total),
              })
            : t('Verifying what is stored')}
        </p>
      )}
      {outcome && <Outcome entry={entry} />}
      {(error ?? loadError) && <Failure entry={entry} loadFailed={!error} />}
      <Room entry={entry} />
      <Actions entry={entry} situation={situation} />
      <About entry={entry} status={status} />
    </article>
  )
}

/** What becomes of a pick at the next visit, or what this one needs. */
function pickNote({ isKept, memory }: ModelEntry): string {
  if (!isKept) return t('For this visit: this browser cannot open the files again by itself.')
  return memory
    ? t('Read where the files lie. The next visit asks for them again with one click.')
    : t('From an earlier visit: the browser may ask whether this page may read the files.')
}

const idle: EngineStatus = { phase: 'empty' }

function Badge({ entry, situation }: { entry: ModelEntry; situation: ModelSituation }) {
  return (
    <span className={styles.badge} data-situation={situation}>
      {badgeText(situation, entry)}
    </span>
  )
}

function badgeText(situation: ModelSituation, { stored }: ModelEntry): string {
  switch (situation) {
    case 'active':
      return t('Active')
    case 'loading':
      return t('Loading')
    case 'downloading':
      return t('Downloading')
    case 'verifying':
      return t('Verifying')
    case 'deleting':
      return t('Deleting')
    case 'paused':
      return stored && stored.totalBytes > 0
        ? t('Paused at {{percent}}', {
            percent: formatPercent(stored.storedBytes / stored.totalBytes),
          })
        : t('Paused')
    case 'stored':
      return t('On this device')
    case 'picked':
      return t('Your files')
    case 'absent':
      return t('Not downloaded')
  }
}

const toneIcons = { good: CircleCheck, fair: CircleAlert, bad: CircleAlert, open: CircleHelp }

/** Size, context and GPU memory, and the verdict that follows. */
function Fit({ entry }: { entry: ModelEntry }) {
  const { model, memory, memoryError, totalBytes, contextTokens, card } = entry
  const setContextTokens = useModels((state) => state.setContextTokens)
  const probe = useModels((state) => state.probe)
  const isProbing = useModels((state) => state.deviceCheck.running)
  // A software adapter is not tested: that would take the machine's own memory.
  const canProbe = useModels(({ deviceCheck }) => deviceCheck.device?.adapter.isSoftware !== true)
  const assess = useModels((state) => state.assess)
  const contextLabel = useId()
  const verdict = memory && verdictText(memory)
  const Icon = verdict && toneIcons[verdict.tone]
  const fitting =
    memory?.verdict.fit === 'fits-with-context' ? memory.verdict.contextTokens : undefined

  return (
    <div className={styles.fit}>
      {verdict && Icon && (
        <div className={styles.verdict} data-tone={verdict.tone}>
          <Icon size={18} aria-hidden />
          <div>
            <p className={styles.verdictTitle}>{verdict.title}</p>
            <p>{verdict.why}</p>
            {verdict.tone === 'open' && card.facts && canProbe && (
              <button
                type="button"
                className={styles.inline}
                disabled={isProbing}
                onClick={() => void probe(model)}
              >
                {isProbing ? t('Testing') : t('Test GPU memory')}
              </button>
            )}
            {fitting && (
              <button
                type="button"
                className={styles.inline}
                onClick={() => void setContextTokens(model, fitting)}
              >
                {t('Use {{size}} context', { size: formatContext(fitting) })}
              </button>
            )}
          </div>
        </div>
      )}
      {!memory && memoryError && (
        <div className={styles.verdict} data-tone="open">
          <CircleHelp size={18} aria-hidden />
          <div>
            <p className={styles.verdictTitle}>{t('Not known whether it fits')}</p>
            <p>{errorText(memoryError).happened}</p>
            <button type="button" className={styles.inline} onClick={() => void assess()}>
              {t('Look again')}
            </button>
          </div>
        </div>
      )}
      <dl className={styles.facts}>
        <div>
          <dt>{entry.kind === 'picked' ? t('Files') : t('Download')}</dt>
          <dd>{totalBytes === undefined ? '–' : formatBytes(totalBytes)}</dd>
        </div>
        <div>
          <dt>{t('GPU memory')}</dt>
          <dd>{memory ? formatBytes(memory.totalBytes) : '–'}</dd>
        </div>
        <div>
          <dt id={contextLabel}>{t('Context')}</dt>
          <dd>
            <select
              className={styles.select}
              aria-labelledby={contextLabel}
              value={contextTokens}
              onChange={(event) => void setContextTokens(model, Number(event.target.value))}
            >
              {contextChoices(entry).map((tokens) => (
                <option key={tokens} value={tokens}>
                  {formatContext(tokens)}
                </option>
              ))}
            </select>
          </dd>
        </div>
      </dl>
      {memory && <MemoryBar memory={memory} />}
    </div>
  )
}

/** Powers of two up to what the model was made for, and whatever is chosen now. */
function contextChoices({ contextTokens, maxContextTokens = 131_072 }: ModelEntry): number[] {
  const choices = new Set([contextTokens])
  for (let tokens = 2048; tokens <= maxContextTokens; tokens *= 2) choices.add(tokens)
  return [...choices].sort((a, b) => a - b)
}

/** How the last task ended. */
function Outcome({ entry }: { entry: ModelEntry }) {
  const { outcome, model } = entry
  const download = useModels((state) => state.download)
  switch (outcome?.kind) {
    case 'downloaded':
      return <Good>{t('Downloaded. It starts without a network from now on.')}</Good>
    case 'deleted':
      return (
        <Good>
          {t('Deleted: {{bytes}} are free again.', { bytes: formatBytes(outcome.freedBytes) })}
        </Good>
      )
    case 'verified': {
      const { verifiedBytes, damaged, unhashedBytes } = outcome.report
      if (damaged.length === 0)
        return (
          <Good>
            {unhashedBytes > 0
              ? t(
                  'Verified: all {{bytes}} are as they arrived, {{unhashed}} of them checked by their length alone.',
                  { bytes: formatBytes(verifiedBytes), unhashed: formatBytes(unhashedBytes) },
                )
              : t('Verified: all {{bytes}} are as they arrived.', {
                  bytes: formatBytes(verifiedBytes),
                })}
          </Good>
        )
      const bytes = damaged.reduce((sum, { byteLength }) => sum + byteLength, 0)
      return (
        <div className={styles.damage} role="alert">
          <p className={styles.verdictTitle}>
            {t('{{count}} pieces are damaged', { count: damaged.length })}
          </p>
          <ul>
            {damaged.slice(0, maxNamedPieces).map(({ file, byteOffset, byteLength }) => (
              <li key={`${file} ${byteOffset}`}>
                {t('{{file}}, {{size}} at {{offset}}', {
                  file,
                  size: formatBytes(byteLength),
                  offset: formatBytes(byteOffset),
                })}
              </li>
            ))}
            {damaged.length > maxNamedPieces && (
              <li>{t('and {{count}} more', { count: damaged.length - maxNamedPieces })}</li>
            )}
          </ul>
          <Button onClick={() => void download(model)}>
            <Download size={16} aria-hidden />
            {t('Fetch again ({{bytes}})', { bytes: formatBytes(bytes) })}
          </Button>
        </div>
      )
    }
    default:
      return null
  }
}

/** A list of every damaged piece of a broken disk would fill the page. */
const maxNamedPieces = 5

function Good({ children }: { children: ReactNode }) {
  return (
    <p className={styles.good}>
      <CircleCheck size={16} aria-hidden />
      <span>{children}</span>
    </p>
  )
}

function Failure({ entry, loadFailed }: { entry: ModelEntry; loadFailed: boolean }) {
  const status = useEngine((state) => state.status)
  const setContextTokens = useModels((state) => state.setContextTokens)
  const use = useModels((state) => state.use)
  const error = loadFailed ? status.phase === 'failed' && status.error : entry.error
  if (!error) return null
  const shorter = contextChoices(entry).findLast((tokens) => tokens < entry.contextTokens)
  const isMemory = error.code === 'device-out-of-memory' || error.code === 'limit-exceeded'
  const tryShorter = async (tokens: number) => {
    await setContextTokens(entry.model, tokens)
    await use(entry.model)
  }
  return (
    <ErrorNotice
      error={error}
      errand={{ kind: loadFailed ? 'use' : 'download', model: entry.model }}
      actions={
        isMemory &&
        shorter && (
          <Button onClick={() => void tryShorter(shorter)}>
            {t('Try with {{size}} context', { size: formatContext(shorter) })}
          </Button>
        )
      }
    />
  )
}

/** A warning where the browser's estimate says that a download will not find room. */
function Room({ entry }: { entry: ModelEntry }) {
  const storage = useModels((state) => state.storage)
  const { kind, totalBytes, stored } = entry
  if (!storage || kind === 'picked' || totalBytes === undefined || stored?.isComplete) return null
  const neededBytes = totalBytes - (stored?.storedBytes ?? 0)
  const freeBytes = Math.max(0, storage.quotaBytes - storage.usedBytes)
  if (neededBytes <= freeBytes) return null
  return (
    <p className={styles.caution}>
      <CircleAlert size={16} aria-hidden />
      <span>
        {t(
          'The browser estimates {{free}} of free storage, and {{needed}} are to come. Estimates err: you can try, and what has arrived is kept.',
          { free: formatBytes(freeBytes), needed: formatBytes(neededBytes) },
        )}
      </span>
    </p>
  )
}

interface ActionsProps {
  entry: ModelEntry
  situation: ModelSituation
}

function Actions({ entry, situation }: ActionsProps) {
  const { models, engine } = useStores()
  const { model, kind, stored, memory } = entry
  const { name } = entry.card
  const [asks, setAsks] = useState<'cancel' | 'delete' | 'remove'>()
  const { download, use, pause, verify, deleteStored, remove } = models.getState()
  const close = () => setAsks(undefined)
  const hasRoom = memory?.verdict.fit !== 'will-not-fit'
  const isOwn = kind !== 'built-in'
  const isBusy = situation === 'deleting' || situation === 'verifying'

  return (
    <div className={styles.actions}>
      {(situation === 'stored' || situation === 'picked') && (
        <Button
          look="primary"
          aria-label={t('Use {{name}}', { name })}
          onClick={() => void use(model)}
        >
          <Play size={16} aria-hidden />
          {t('Use')}
        </Button>
      )}
      {situation === 'active' && (
        <a className={styles.link} href={hrefs.chat}>
          <MessageSquare size={16} aria-hidden />
          {t('Chat')}
        </a>
      )}
      {(situation === 'absent' || situation === 'paused') && (
        <>
          <Button
            look={hasRoom ? 'primary' : 'outlined'}
            aria-label={
              situation === 'paused'
                ? t('Resume {{name}}', { name })
                : t('Download {{name}}', { name })
            }
            onClick={() => void download(model)}
          >
            <Download size={16} aria-hidden />
            {situation === 'paused' ? t('Resume') : t('Download')}
          </Button>
          <Button
            aria-label={
              situation === 'paused'
                ? t('Resume and use {{name}}', { name })
                : t('Download and use {{name}}', { name })
            }
            title={t('Goes to the GPU while it arrives')}
            onClick={() => void use(model)}
          >
            {situation === 'paused' ? t('Resume and use') : t('Download and use')}
          </Button>
        </>
      )}
      {(situation === 'downloading' || situation === 'loading') && (
        <>
          {kind !== 'picked' && !stored?.isComplete && (
            <Button aria-label={t('Pause {{name}}', { name })} onClick={() => void pause(model)}>
              <Pause size={16} aria-hidden />
              {t('Pause')}
            </Button>
          )}
          <Button
            look="plain"
            aria-label={t('Cancel {{name}}', { name })}
            onClick={() =>
              kind === 'picked' || stored?.isComplete ? void pause(model) : setAsks('cancel')
            }
          >
            <X size={16} aria-hidden />
            {t('Cancel')}
          </Button>
        </>
      )}
      {situation === 'verifying' && (
        <Button
          aria-label={t('Cancel verifying {{name}}', { name })}
          onClick={() => void pause(model)}
        >
          {t('Cancel')}
        </Button>
      )}
      {kind !== 'picked' && stored?.isComplete && !isBusy && situation !== 'loading' && (
        <Button
          look="plain"
          aria-label={t('Verify files of {{name}}', { name })}
          onClick={() => void verify(model)}
        >
          <ShieldCheck size={16} aria-hidden />
          {t('Verify files')}
        </Button>
      )}
      {stored && !isBusy && situation !== 'downloading' && situation !== 'loading' && (
        <Button
          look="plain"
          aria-label={t('Delete {{name}}', { name })}
          onClick={() => setAsks('delete')}
        >
          <Trash2 size={16} aria-hidden />
          {t('Delete')}
        </Button>
      )}
      {isOwn && !stored && !isBusy && situation !== 'downloading' && situation !== 'loading' && (
        <Button
          look="plain"
          aria-label={t('Remove {{name}} from the list', { name })}
          onClick={() => void remove(model)}
        >
          <X size={16} aria-hidden />
          {t('Remove')}
        </Button>
      )}

      <Dialog
        title={t('Cancel the download of {{name}}?', { name })}
        open={asks === 'cancel'}
        onClose={close}
        actions={
          <>
            <Button onClick={close}>{t('Go on')}</Button>
            <Button
              onClick={() => {
                close()
                void pause(model)
              }}
            >
              {t('Keep what is here')}
            </Button>
            <Button
              look="danger"
              onClick={() => {
                close()
                void deleteStored(model)
              }}
            >
              {t('Delete it')}
            </Button>
          </>
        }
      >
        <p>{t('What has arrived can stay, so that a later download goes on from here.')}</p>
      </Dialog>
      <Dialog
        title={t('Delete {{name}}?', { name })}
        open={asks === 'delete'}
        onClose={close}
        actions={
          <>
            <Button onClick={close}>{t('Keep')}</Button>
            <Button
              look="danger"
              onClick={() => {
                close()
                void deleteStored(model)
              }}
            >
              {t('Delete')}
            </Button>
          </>
        }
      >
        <p>
          {stored &&
            t('This frees {{bytes}}. To use it again it has to be downloaded again.', {
              bytes: formatBytes(stored.storedBytes),
            })}
        </p>
        {engine.getState().target.model === model && situation === 'active' && (
          <p>{t('It goes on working until this page is closed.')}</p>
        )}
      </Dialog>
    </div>
  )
}

/** What it is and what it runs on, for those who ask. */
function About({ entry, status }: { entry: ModelEntry; status: EngineStatus }) {
  const { card, memory, parameterCount, maxContextTokens } = entry
  const loaded = status.phase === 'ready' ? status.model : undefined
  const facts = [
    [t('Parameters'), parameterCount && formatCount(parameterCount)],
    [
      t('Longest context'),
      maxContextTokens && t('{{size}} tokens', { size: formatContext(maxContextTokens) }),
    ],
    [
      t('Layers'),
      loaded &&
        t('{{layers}}, each with {{experts}} experts', {
          layers: loaded.config.numHiddenLayers,
          experts: loaded.config.numLocalExperts,
        }),
    ],
    [
      t('Loaded with'),
      loaded && t('{{size}} context', { size: formatContext(loaded.contextTokens) }),
    ],
    [t('Runs on'), loaded && (loaded.adapter.description || loaded.adapter.vendor)],
    [
      t('Kernels'),
      loaded &&
        Object.entries(loaded.kernels)
          .map(([kernel, variant]) => `${kernel}: ${variant}`)
          .join('; '),
    ],
    [t('Loaded from'), loaded && loadedFrom(entry, loaded.fromStorage)],
    [
      t('GPU buffers'),
      memory && memory.bufferCount > 0
        ? t('{{number}}, the largest {{size}}', {
            number: memory.bufferCount,
            size: formatBytes(memory.largestBufferBytes),
          })
        : undefined,
    ],
    [
      t('Hashes'),
      entry.stored?.publishedCommit &&
        t('as published, commit {{commit}}', { commit: entry.stored.publishedCommit.slice(0, 7) }),
    ],
    [t('Address'), entry.kind === 'picked' ? undefined : entry.model],
  ].filter((fact): fact is [string, string] => Boolean(fact[1]))

  return (
    <details className={styles.about}>
      <summary>{t('About {{name}}', { name: card.name })}</summary>
      <div>
        <p>{card.origin}</p>
        {card.abilities.length > 0 && (
          <ul className={styles.abilities} aria-label={t('What it can do')}>
            {card.abilities.map((ability) => (
              <li key={ability}>{ability}</li>
            ))}
          </ul>
        )}
        {card.limits && <p>{card.limits}</p>}
        <dl className={styles.rows}>
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </div>
    </details>
  )
}

function loadedFrom({ kind }: ModelEntry, fromStorage: boolean): string {
  if (kind === 'picked') return t('your files')
  return fromStorage ? t('this browser’s storage') : t('the network')
}
