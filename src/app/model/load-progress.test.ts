import { describe, expect, it } from 'vitest'
import type { LoadProgress } from '../../engine/index'
import { obstacleText, overallProgress, progressText } from './load-progress'

const nothing = { done: 0, total: 0 }
const at = (progress: Partial<LoadProgress>): LoadProgress => ({
  download: nothing,
  verify: nothing,
  upload: nothing,
  compile: nothing,
  ...progress,
})
const whole = { done: 10, total: 10 }
const half = { done: 5, total: 10 }

describe('the whole load’s progress', () => {
  it('runs from 0 to 1 without going back, though phases overlap', () => {
    const course = [
      at({}),
      at({ download: { done: 0, total: 10 } }),
      at({ download: half, upload: { done: 4, total: 10 } }),
      at({ download: whole, upload: half, compile: half }),
      at({ download: whole, upload: whole, compile: whole }),
    ]
    const values = course.map(overallProgress)
    expect(values[0]).toBe(0)
    expect(values.at(-1)).toBe(1)
    expect(values).toEqual(values.toSorted((a, b) => a - b))
  })

  it('takes a download that is not needed as done', () => {
    expect(overallProgress(at({ upload: whole, compile: whole }))).toBe(1)
  })
})

describe('what is being done', () => {
  it('says how much has arrived', () => {
    expect(progressText(at({ download: { done: 900_000, total: 1_635_768 } }))).toBe(
      'Downloading 900 kB of 1.6 MB',
    )
  })

  it('is the GPU once all bytes are here', () => {
    expect(progressText(at({ download: whole, upload: half }))).toBe('Copying to the GPU')
    expect(progressText(at({ upload: whole, compile: half }))).toBe('Preparing the GPU')
  })

  it('names what is in the way before anything else', () => {
    const obstacle = { kind: 'other-tab' } as const
    expect(progressText(at({ download: half, obstacle }))).toContain('Another tab')
  })
})

it('says why a download waits, and until when', () => {
  const url = 'https://example.test/a'
  const retry = (status: number) =>
    obstacleText({ kind: 'retry', error: { code: 'http-status', url, status }, retryInMs: 7_600 })
  expect(retry(503)).toBe('The server is busy. Trying again in 8 s.')
  expect(retry(502)).toBe('The server answered 502. Trying again in 8 s.')
  expect(
    obstacleText({ kind: 'retry', error: { code: 'network', url, detail: '' }, retryInMs: 10 }),
  ).toBe('The connection was lost. Trying again in 1 s.')
})
