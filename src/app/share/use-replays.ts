import { useEffect, useRef, useState } from 'react'
import { EngineError } from '../../engine/errors'
import { asAnswer } from '../conversations/answer-locks'
import { type ComputedWith, computedWith } from '../conversations/answer-run'
import { type AnswerErrorData, answerErrorData } from '../errors'
import { useStores } from '../stores/context'
import { type ReplayOutcome, type ReplayProgress, replay, replayRequest } from './replay'
import type { Share, SharedAnswer } from './share'

export type Replayable = SharedAnswer & Required<Pick<SharedAnswer, 'run'>>

export const isReplayable = (answer: SharedAnswer): answer is Replayable => answer.run !== undefined

/** Where the replay of one answer stands. */
export type ReplayState =
  | { phase: 'waiting' }
  | { phase: 'running'; progress: ReplayProgress }
  | { phase: 'over'; outcome: ReplayOutcome; tokens: TokenTexts; computed: ComputedWith }
  | { phase: 'failed'; error: AnswerErrorData }

/** The tokens of an outcome that differ, as text. */
export interface TokenTexts {
  expected?: string | undefined
  got?: string | undefined
}

/** Replays answers of a share on the loaded model, one after another. */
export function useReplays(share: Share) {
  const { engine, inference, answerLocks } = useStores()
  const [states, setStates] = useState<ReadonlyMap<number, ReplayState>>(new Map())
  const [isRunning, setRunning] = useState(false)
  const controller = useRef<AbortController>(undefined)

  // Nobody waits for it on another page.
  useEffect(() => () => controller.current?.abort(), [])

  const set = (index: number, state: ReplayState | undefined) =>
    setStates((before) => {
      const after = new Map(before)
      if (state) after.set(index, state)
      else after.delete(index)
      return after
    })

  async function run(index: number, answer: Replayable, signal: AbortSignal) {
    /** Nobody has begun anew meanwhile. */
    const show = (state: ReplayState | undefined) => {
      if (controller.current?.signal === signal) set(index, state)
    }
    const progresses = latestAtFrames<ReplayProgress>((progress) =>
      show({ phase: 'running', progress }),
    )
    try {
      await engine.getState().whenReady(signal)
      const { status } = engine.getState()
      const computed = computedWith(status.phase === 'ready' ? status.model : undefined)
      const request = replayRequest(share, index, answer)
      const outcome = await replay(inference.chat, request, answer, progresses.show, signal)
      const tokens = outcome.kind === 'differs' ? await textsOf(outcome) : {}
      progresses.end()
      show({ phase: 'over', outcome, tokens, computed })
    } catch (thrown) {
      progresses.end()
      if (signal.aborted) return show(undefined)
      const error = answerErrorData(thrown)
      if (error.code === 'device-lost' || error.code === 'model-not-loaded')
        engine.getState().forget()
      show({ phase: 'failed', error })
    }
  }

  async function textsOf(
    outcome: Extract<ReplayOutcome, { kind: 'differs' }>,
  ): Promise<TokenTexts> {
    const { expected, got } = outcome
    const ids = got === undefined ? [expected] : [expected, got]
    const [first, second] = await inference.tokenTexts(ids)
    return { expected: first, got: second }
  }

  return {
    states,
    isRunning,
    /** @param indexes places of answers among the messages */
    async start(indexes: readonly number[]) {
      controller.current?.abort()
      const own = new AbortController()
      controller.current = own
      setRunning(true)
      // Of another replay that this one ends, what is not over begins again when it is asked for.
      setStates((before) => new Map([...before].filter(([, { phase }]) => phase === 'over')))
      for (const index of indexes) set(index, { phase: 'waiting' })
      // No update waits for a model that may never be loaded; that it was stopped, `run` sees too.
      await engine
        .getState()
        .whenReady(own.signal)
        .catch(() => {})
      await asAnswer(answerLocks, async () => {
        for (const index of indexes) {
          const answer = share.messages[index]
          if (answer?.role === 'assistant' && isReplayable(answer))
            await run(index, answer, own.signal)
        }
      })
      if (controller.current === own) setRunning(false)
    },
    stop: () => controller.current?.abort(new EngineError({ code: 'cancelled' })),
  }
}

/** Passes on the latest of many values at each paint, so that drawing costs the model little. */
export function latestAtFrames<T>(show: (value: T) => void) {
  let latest: T
  let frame: number | undefined
  return {
    show(value: T) {
      latest = value
      frame ??= requestAnimationFrame(() => {
        frame = undefined
        show(latest)
      })
    },
    end() {
      if (frame !== undefined) cancelAnimationFrame(frame)
    },
  }
}
