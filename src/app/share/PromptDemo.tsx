import { GitBranchPlus, RotateCcw, Square } from 'lucide-react'
import { useCallback, useEffect, useRef, useState } from 'react'
import type { SamplingOptions } from '../../engine/index'
import { Reasoning } from '../chat/Reasoning'
import { Waiting } from '../chat/Waiting'
import { asAnswer } from '../conversations/answer-locks'
import { computedWith, recordRun } from '../conversations/answer-run'
import { type AnswerErrorData, answerErrorData } from '../errors'
import { t } from '../i18n/t'
import { Markdown } from '../markdown/Markdown'
import { useActiveCard, useStores } from '../stores/context'
import { Button } from '../ui/Button'
import { ErrorNotice } from '../ui/ErrorNotice'
import { promptRequest } from './replay'
import styles from './SharedPage.module.css'
import type { Share, SharedAnswer, SharedSettings } from './share'
import { Transcript } from './Transcript'
import { latestAtFrames } from './use-replays'

type Demo =
  | { phase: 'waiting' | 'stopped' }
  | { phase: 'writing' | 'over'; answer: SharedAnswer }
  | { phase: 'failed'; error: AnswerErrorData }

interface PromptDemoProps {
  share: Share
  ask: SharedSettings
  /** Goes on in a conversation that has the answer too, as far as it came. */
  onContinue: (tried: Share) => void
}

/** A prompt that is tried as soon as it is opened, by whichever model is loaded. */
export function PromptDemo({ share, ask, onContinue }: PromptDemoProps) {
  const { demo, start, stop } = useDemo(share, ask)
  const answer = 'answer' in demo ? demo.answer : undefined
  const isUnderWay = demo.phase === 'waiting' || demo.phase === 'writing'
  const tried: Share = answer?.content
    ? { title: share.title, messages: [...share.messages, answer] }
    : share
  return (
    <>
      <div className={styles.actions}>
        <Button look="primary" disabled={isUnderWay} onClick={() => onContinue(tried)}>
          <GitBranchPlus size={16} aria-hidden />
          {t('Continue in a chat of your own')}
        </Button>
        {isUnderWay ? (
          <Button onClick={stop}>
            <Square size={14} aria-hidden />
            {t('Stop')}
          </Button>
        ) : (
          <Button onClick={start}>
            <RotateCcw size={16} aria-hidden />
            {t('Try it again')}
          </Button>
        )}
      </div>
      <div className={styles.messages}>
        <Transcript share={demo.phase === 'over' ? tried : share} />
        {demo.phase === 'writing' && <Growing answer={demo.answer} />}
        {demo.phase === 'waiting' && <Waiting>{t('Waiting for the model')}</Waiting>}
        {demo.phase === 'failed' && <ErrorNotice error={demo.error} actions={null} />}
      </div>
    </>
  )
}

function Growing({
  answer: { reasoning = '', commentary = '', content },
}: {
  answer: SharedAnswer
}) {
  const stage = commentary + content === '' ? 'thinking' : 'answering'
  return (
    <article aria-label={t('Assistant')} aria-busy>
      {reasoning !== '' && <Reasoning message={{ stage, reasoning }} />}
      {commentary !== '' && <Markdown live>{commentary}</Markdown>}
      <Markdown live>{content}</Markdown>
    </article>
  )
}

function useDemo(share: Share, ask: SharedSettings) {
  const { engine, inference, answerLocks } = useStores()
  const card = useActiveCard()
  const [demo, setDemo] = useState<Demo>({ phase: 'waiting' })
  const controller = useRef<AbortController>(undefined)
  const model = useRef(card)
  useEffect(() => {
    model.current = card
  }, [card])

  const run = useCallback(
    async (signal: AbortSignal) => {
      /** Nobody has begun anew meanwhile. */
      const show = (demo: Demo) => {
        if (controller.current?.signal === signal) setDemo(demo)
      }
      const paints = latestAtFrames<SharedAnswer>((answer) => show({ phase: 'writing', answer }))
      const write = async () => {
        const { status } = engine.getState()
        const { name, sampling } = model.current
        const request = { ...promptRequest(share, ask, sampling), return_token_ids: true }
        const loaded = status.phase === 'ready' ? status.model : undefined
        const record = recordRun(request, computedWith(loaded))
        let answer: SharedAnswer = { ...newAnswer(name, ask, sampling) }
        for await (const chunk of inference.chat(request, { signal })) {
          record.take(chunk)
          const { delta, finish_reason: finishReason } = chunk.choices[0]
          answer = {
            ...answer,
            ...(delta.reasoning && { reasoning: (answer.reasoning ?? '') + delta.reasoning }),
            ...(delta.commentary && { commentary: (answer.commentary ?? '') + delta.commentary }),
            content: answer.content + (delta.content ?? ''),
            ...(finishReason && { finishReason }),
          }
          paints.show(answer)
          if (finishReason) {
            const run = await record.finish(chunk.seed)
            answer = { ...answer, ...(run && { run }) }
          }
        }
        return answer
      }
      show({ phase: 'waiting' })
      try {
        await engine.getState().whenReady(signal)
        const answer = await asAnswer(answerLocks, write)
        paints.end()
        show({ phase: 'over', answer })
      } catch (thrown) {
        paints.end()
        if (signal.aborted) return show({ phase: 'stopped' })
        const error = answerErrorData(thrown)
        if (error.code === 'device-lost' || error.code === 'model-not-loaded')
          engine.getState().forget()
        show({ phase: 'failed', error })
      }
    },
    [engine, inference, answerLocks, share, ask],
  )

  const start = useCallback(() => {
    controller.current?.abort()
    controller.current = new AbortController()
    void run(controller.current.signal)
  }, [run])

  useEffect(() => {
    start()
    return () => controller.current?.abort()
  }, [start])

  return { demo, start, stop: () => controller.current?.abort() }
}

function newAnswer(model: string, ask: SharedSettings, recommended: SamplingOptions): SharedAnswer {
  const { temperature = 1 } = { ...recommended, ...ask.sampling }
  return { role: 'assistant', model, ...ask, temperature, content: '' }
}
