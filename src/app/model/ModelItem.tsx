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
          Verifying
          {task.progress && task.progress.total > 0
            ? `: ${formatBytes(task.progress.done)} of ${formatBytes(task.progress.total)} hashed`
            : ' what is stored'}
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
  if (!isKept) return 'For this visit: this browser cannot open the files again by itself.'
  return memory
    ? 'Read where the files lie. The next visit asks for them again with one click.'
    : 'From an earlier visit: the browser may ask whether this page may read the files.'
}

const idle: EngineStatus = { phase: 'empty' }

const badges: Record<ModelSituation, string> = {
  active: 'Active',
  loading: 'Loading',
  downloading: 'Downloading',
  verifying: 'Verifying',
  deleting: 'Deleting',
  paused: 'Paused',
  stored: 'On this device',
  picked: 'Your files',
  absent: 'Not downloaded',
}

function Badge({ entry, situation }: { entry: ModelEntry; situation: ModelSituation }) {
  const { stored } = entry
  const share =
    situation === 'paused' && stored && stored.totalBytes > 0
      ? ` at ${formatPercent(stored.storedBytes / stored.totalBytes)}`
      : ''
  return (
    <span className={styles.badge} data-situation={situation}>
      {badges[situation]}
      {share}
    </span>
  )
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
                {isProbing ? 'Testing' : 'Test GPU memory'}
              </button>
            )}
            {fitting && (
              <button
                type="button"
                className={styles.inline}
                onClick={() => void setContextTokens(model, fitting)}
              >
                Use {formatContext(fitting)} context
              </button>
            )}
          </div>
        </div>
      )}
      {!memory && memoryError && (
        <div className={styles.verdict} data-tone="open">
          <CircleHelp size={18} aria-hidden />
          <div>
            <p className={styles.verdictTitle}>Not known whether it fits</p>
            <p>{errorText(memoryError).happened}</p>
            <button type="button" className={styles.inline} onClick={() => void assess()}>
              Look again
            </button>
          </div>
        </div>
      )}
      <dl className={styles.facts}>
        <div>
          <dt>{entry.kind === 'picked' ? 'Files' : 'Download'}</dt>
          <dd>{totalBytes === undefined ? '–' : formatBytes(totalBytes)}</dd>
        </div>
        <div>
          <dt>GPU memory</dt>
          <dd>{memory ? formatBytes(memory.totalBytes) : '–'}</dd>
        </div>
        <div>
          <dt id={contextLabel}>Context</dt>
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
      return <Good>Downloaded. It starts without a network from now on.</Good>
    case 'deleted':
      return <Good>Deleted: {formatBytes(outcome.freedBytes)} are free again.</Good>
    case 'verified': {
      const { verifiedBytes, damaged, unhashedBytes } = outcome.report
      if (damaged.length === 0)
        return (
          <Good>
            Verified: all {formatBytes(verifiedBytes)} are as they arrived
            {unhashedBytes > 0 &&
              `, ${formatBytes(unhashedBytes)} of them checked by their length alone`}
            .
          </Good>
        )
      const bytes = damaged.reduce((sum, { byteLength }) => sum + byteLength, 0)
      return (
        <div className={styles.damage} role="alert">
          <p className={styles.verdictTitle}>
            {damaged.length === 1 ? 'One piece is damaged' : `${damaged.length} pieces are damaged`}
          </p>
          <ul>
            {damaged.slice(0, maxNamedPieces).map(({ file, byteOffset, byteLength }) => (
              <li key={`${file} ${byteOffset}`}>
                {file}, {formatBytes(byteLength)} at {formatBytes(byteOffset)}
              </li>
            ))}
            {damaged.length > maxNamedPieces && <li>and {damaged.length - maxNamedPieces} more</li>}
          </ul>
          <Button onClick={() => void download(model)}>
            <Download size={16} aria-hidden />
            Fetch again ({formatBytes(bytes)})
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
      actions={
        isMemory &&
        shorter && (
          <Button onClick={() => void tryShorter(shorter)}>
            Try with {formatContext(shorter)} context
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
        The browser estimates {formatBytes(freeBytes)} of free storage, and{' '}
        {formatBytes(neededBytes)} are to come. Estimates err: you can try, and what has arrived is
        kept.
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
  const { model, card, kind, stored, memory } = entry
  const [asks, setAsks] = useState<'cancel' | 'delete' | 'remove'>()
  const { download, use, pause, verify, deleteStored, remove } = models.getState()
  const close = () => setAsks(undefined)
  const hasRoom = memory?.verdict.fit !== 'will-not-fit'
  const isOwn = kind !== 'built-in'
  const isBusy = situation === 'deleting' || situation === 'verifying'

  return (
    <div className={styles.actions}>
      {(situation === 'stored' || situation === 'picked') && (
        <Button look="primary" aria-label={`Use ${card.name}`} onClick={() => void use(model)}>
          <Play size={16} aria-hidden />
          Use
        </Button>
      )}
      {situation === 'active' && (
        <a className={styles.link} href={hrefs.chat}>
          <MessageSquare size={16} aria-hidden />
          Chat
        </a>
      )}
      {(situation === 'absent' || situation === 'paused') && (
        <>
          <Button
            look={hasRoom ? 'primary' : 'outlined'}
            aria-label={`${situation === 'paused' ? 'Resume' : 'Download'} ${card.name}`}
            onClick={() => void download(model)}
          >
            <Download size={16} aria-hidden />
            {situation === 'paused' ? 'Resume' : 'Download'}
          </Button>
          <Button
            aria-label={`${situation === 'paused' ? 'Resume' : 'Download'} and use ${card.name}`}
            title="Goes to the GPU while it arrives"
            onClick={() => void use(model)}
          >
            {situation === 'paused' ? 'Resume and use' : 'Download and use'}
          </Button>
        </>
      )}
      {(situation === 'downloading' || situation === 'loading') && (
        <>
          {kind !== 'picked' && !stored?.isComplete && (
            <Button aria-label={`Pause ${card.name}`} onClick={() => void pause(model)}>
              <Pause size={16} aria-hidden />
              Pause
            </Button>
          )}
          <Button
            look="plain"
            aria-label={`Cancel ${card.name}`}
            onClick={() =>
              kind === 'picked' || stored?.isComplete ? void pause(model) : setAsks('cancel')
            }
          >
            <X size={16} aria-hidden />
            Cancel
          </Button>
        </>
      )}
      {situation === 'verifying' && (
        <Button aria-label={`Cancel verifying ${card.name}`} onClick={() => void pause(model)}>
          Cancel
        </Button>
      )}
      {kind !== 'picked' && stored?.isComplete && !isBusy && situation !== 'loading' && (
        <Button
          look="plain"
          aria-label={`Verify files of ${card.name}`}
          onClick={() => void verify(model)}
        >
          <ShieldCheck size={16} aria-hidden />
          Verify files
        </Button>
      )}
      {stored && !isBusy && situation !== 'downloading' && situation !== 'loading' && (
        <Button look="plain" aria-label={`Delete ${card.name}`} onClick={() => setAsks('delete')}>
          <Trash2 size={16} aria-hidden />
          Delete
        </Button>
      )}
      {isOwn && !stored && !isBusy && situation !== 'downloading' && situation !== 'loading' && (
        <Button
          look="plain"
          aria-label={`Remove ${card.name} from the list`}
          onClick={() => void remove(model)}
        >
          <X size={16} aria-hidden />
          Remove
        </Button>
      )}

      <Dialog
        title={`Cancel the download of ${card.name}?`}
        open={asks === 'cancel'}
        onClose={close}
        actions={
          <>
            <Button onClick={close}>Go on</Button>
            <Button
              onClick={() => {
                close()
                void pause(model)
              }}
            >
              Keep what is here
            </Button>
            <Button
              look="danger"
              onClick={() => {
                close()
                void deleteStored(model)
              }}
            >
              Delete it
            </Button>
          </>
        }
      >
        <p>What has arrived can stay, so that a later download goes on from here.</p>
      </Dialog>
      <Dialog
        title={`Delete ${card.name}?`}
        open={asks === 'delete'}
        onClose={close}
        actions={
          <>
            <Button onClick={close}>Keep</Button>
            <Button
              look="danger"
              onClick={() => {
                close()
                void deleteStored(model)
              }}
            >
              Delete
            </Button>
          </>
        }
      >
        <p>
          {stored && `This frees ${formatBytes(stored.storedBytes)}. `}
          To use it again it has to be downloaded again.
        </p>
        {engine.getState().target.model === model && situation === 'active' && (
          <p>It goes on working until this page is closed.</p>
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
    ['Parameters', parameterCount && formatCount(parameterCount)],
    ['Longest context', maxContextTokens && `${formatContext(maxContextTokens)} tokens`],
    [
      'Layers',
      loaded &&
        `${loaded.config.numHiddenLayers}, each with ${loaded.config.numLocalExperts} experts`,
    ],
    ['Loaded with', loaded && `${formatContext(loaded.contextTokens)} context`],
    ['Runs on', loaded && (loaded.adapter.description || loaded.adapter.vendor)],
    ['Loaded from', loaded && loadedFrom(entry, loaded.fromStorage)],
    [
      'GPU buffers',
      memory && memory.bufferCount > 0
        ? `${memory.bufferCount}, the largest ${formatBytes(memory.largestBufferBytes)}`
        : undefined,
    ],
    [
      'Hashes',
      entry.stored?.publishedCommit &&
        `as published, commit ${entry.stored.publishedCommit.slice(0, 7)}`,
    ],
    ['Address', entry.kind === 'picked' ? undefined : entry.model],
  ].filter((fact): fact is [string, string] => Boolean(fact[1]))

  return (
    <details className={styles.about}>
      <summary>About {card.name}</summary>
      <div>
        <p>{card.origin}</p>
        {card.abilities.length > 0 && (
          <ul className={styles.abilities} aria-label="What it can do">
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
  if (kind === 'picked') return 'your files'
  return fromStorage ? 'this browser’s storage' : 'the network'
}
