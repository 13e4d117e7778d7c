import { RotateCcw } from 'lucide-react'
import { areOtherKernels, type ComputedWith } from '../conversations/answer-run'
import { t } from '../i18n/t'
import { Markdown } from '../markdown/Markdown'
import { Button } from '../ui/Button'
import { ErrorNotice } from '../ui/ErrorNotice'
import { ProgressBar } from '../ui/ProgressBar'
import styles from './ReplayResult.module.css'
import type { ReplayProgress } from './replay'
import type { NoReplay } from './share'
import { Tick } from './Transcript'
import type { Replayable, ReplayState, TokenTexts } from './use-replays'

/** Why an answer cannot be made once more from what was shared. */
export function noReplayText(reason: NoReplay): string {
  switch (reason) {
    case 'edited':
      return t('A person changed this answer, so it cannot be replayed.')
    case 'pieces':
      return t(
        'This answer came in several pieces, or from an older Alcove: it cannot be replayed.',
      )
    case 'server':
      return t('A server wrote this answer, so it cannot be replayed here.')
    case 'withheld':
      return t('The model saw messages or instructions that are not shared: no replay.')
    case 'left-out':
      return t('What a replay takes was not shared.')
  }
}

interface ReplayResultProps {
  answer: Replayable
  state: ReplayState | undefined
  onReplay: () => void
}

/** The replay of one answer: to be started, on its way, and what came out. */
export function ReplayResult({ answer, state, onReplay }: ReplayResultProps) {
  if (state === undefined)
    return (
      <Button look="plain" className={styles.start} onClick={onReplay}>
        <RotateCcw size={14} aria-hidden />
        {t('Replay this answer')}
      </Button>
    )
  switch (state.phase) {
    case 'waiting':
      return <p className={styles.result}>{t('Waiting for its turn')}</p>
    case 'running':
      return (
        <div className={styles.result}>
          <p>{progressText(state.progress)}</p>
          <ProgressBar
            label={t('Replaying')}
            fraction={state.progress.done / state.progress.total}
            text={progressText(state.progress)}
          />
          <Markdown live>{state.progress.text}</Markdown>
        </div>
      )
    case 'failed':
      return (
        <ErrorNotice
          error={state.error}
          actions={<Button onClick={onReplay}>{t('Try again')}</Button>}
        />
      )
    case 'over':
      return (
        <div className={styles.result} role="status">
          <Over answer={answer} state={state} />
        </div>
      )
  }
}

const progressText = ({ done, total }: ReplayProgress) =>
  t('Replaying: {{done}} of {{total}} tokens, all the same so far', { done, total })

function Over({
  answer: { model, run },
  state: { outcome, tokens, computed },
}: {
  answer: Replayable
  state: Extract<ReplayState, { phase: 'over' }>
}) {
  switch (outcome.kind) {
    case 'same':
      return <Tick>{t('Identical: {{count}} tokens are the same', { count: outcome.tokens })}</Tick>
    case 'other-prompt':
      return (
        <p>
          {t(
            'Not comparable: the model would read another prompt here than it did then. Messages before this answer have changed since, or the models differ.',
          )}
        </p>
      )
    case 'differs':
      return (
        <>
          <p className={styles.differs}>{differenceText(outcome.at, tokens)}</p>
          <p>{causeText(model, run, computed)}</p>
        </>
      )
  }
}

function differenceText(at: number, { expected = '', got }: TokenTexts): string {
  const position = at + 1
  if (got === undefined)
    return t('Token {{position}} differs: expected {{expected}}, and it ended there.', {
      position,
      expected: JSON.stringify(expected),
    })
  return t('Token {{position}} is the first that differs: expected {{expected}}, got {{got}}.', {
    position,
    expected: JSON.stringify(expected),
    got: JSON.stringify(got),
  })
}

function causeText(model: string, then: ComputedWith, now: ComputedWith): string {
  const [theirs, ours] = [then.weightHash, now.weightHash]
  if (theirs === undefined || ours === undefined)
    return t('Whether it is the same model, nobody can say: one of the two has no weight hash.')
  if (theirs === ours && areOtherKernels(then.kernels, now.kernels))
    return t(
      'The weights are the same, but other variants of the kernels compute here, which round differently. That may tip the choice of a token.',
    )
  if (theirs === ours)
    return t(
      'The weights are the same. Graphics devices and drivers round differently, which may tip the choice of a token.',
    )
  return t('The weights here are not those of {{model}} then: {{ours}} in place of {{theirs}}.', {
    model,
    ours: shortHash(ours),
    theirs: shortHash(theirs),
  })
}

/** As much of a hash as people compare. */
export const shortHash = (hash: string) => hash.slice(0, 12)
